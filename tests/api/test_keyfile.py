from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.api.keyfile import KeyFile, KeyFileError, add_key, parse


def test_a_new_key_is_found_and_its_file_does_not_hold_it(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    shop, other = add_key(file, "shop", "600/minute"), add_key(file, "other")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = shop.partition(".")[2]
    assert len(secret) >= 43, "256 bits"
    assert secret not in file.read_text()
    keys = KeyFile(file)
    found = keys.find(shop)
    assert found is not None
    assert (found.name, str(found.limit)) == ("shop", "600 per 1 minute")
    found = keys.find(other)
    assert found is not None
    assert found.limit is None


def test_what_is_no_key_is_not_found(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    key = add_key(file, "shop")
    keys = KeyFile(file)
    digest = file.read_text().split()[1]
    for wrong in (
        "",
        "shop",
        "ut_shop.",
        key[:-1],
        key + "x",
        key.upper(),
        key.replace("shop", "other"),
        digest,
        "é" * 9,
    ):
        assert keys.find(wrong) is None


def test_keys_are_rotated_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    old = add_key(file, "shop")
    keys = KeyFile(file)
    new = add_key(file, "shop")
    assert keys.find(old)
    assert keys.find(new), "both, while clients change over"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    assert keys.find(old) is None
    assert keys.find(new)
    file.write_text("")
    assert keys.find(new) is None, "an empty file lets nobody in"


def test_a_file_that_is_swapped_as_orchestrators_do_is_read_anew(tmp_path: Path) -> None:
    first, second, link = tmp_path / "1", tmp_path / "2", tmp_path / "keys"
    old, new = add_key(first, "shop"), add_key(second, "shop")
    link.symlink_to(first)
    keys = KeyFile(link)
    (tmp_path / "next").symlink_to(second)
    os.replace(tmp_path / "next", link)
    assert keys.find(old) is None
    assert keys.find(new)


def test_a_broken_or_missing_file_leaves_the_keys_as_they_were(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    key = add_key(file, "shop")
    keys = KeyFile(file)
    file.write_text("shop sha256:abc\n")
    assert keys.find(key)
    assert keys.find(key)
    assert "line 1" in caplog.text
    assert len(caplog.records) == 1, "told once"
    file.unlink()
    assert keys.find(key)
    replaced = add_key(file, "shop")
    assert keys.find(key) is None
    assert keys.find(replaced)


@pytest.mark.parametrize(
    "line",
    [
        "shop",
        "shop plain-key",
        "sh op sha256:" + "0" * 64,
        "shop sha256:" + "0" * 63,
        "shop sha256:" + "0" * 64 + " often",
        "shop sha256:" + "0" * 64 + " 0/minute",
        "shop sha256:" + "0" * 64 + " 1/minute more",
        "shop sha256:" + "0" * 64 + " 1/minute;9/day",
    ],
)
def test_a_broken_line_is_named(line: str) -> None:
    with pytest.raises(KeyFileError, match="line 2"):
        parse(f"# mine\n{line}\n")


def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="absent"):
        KeyFile(tmp_path / "absent")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(KeyFileError, match="binary"):
        KeyFile(tmp_path / "binary")
