from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from app.engine import devices as module
from app.engine.devices import devices, visible_gpus
from app.settings import Settings


def gpus(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """As many GPUs, and a torch that can use them."""
    found = [*(Path(f"/dev/nvidia{number}") for number in range(count)), Path("/dev/nvidiactl")]
    monkeypatch.setattr(Path, "glob", lambda self, pattern: found)
    monkeypatch.setattr(module, "version", lambda name: "2.13.0")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices(Settings(device="cpu", cpu_engines=3)) == ["cpu"] * 3
    assert devices(Settings(device="cuda:1")) == ["cuda:1"]
    gpus(monkeypatch, 1)
    assert devices(Settings(device="auto")) == ["cuda:0"]
    monkeypatch.setattr(module, "version", lambda name: "2.13.0+cpu")
    assert devices(Settings(device="auto", cpu_engines=2)) == ["cpu", "cpu"]


def test_without_torch_no_engine_gets_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus(monkeypatch, 2)

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "version", version)
    assert devices(Settings(device="auto", cpu_engines=1)) == ["cpu"]


def test_gpus_that_cuda_does_not_show_get_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus(monkeypatch, 4)
    assert devices(Settings(device="auto")) == [f"cuda:{number}" for number in range(4)]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert devices(Settings(device="auto")) == ["cuda:0", "cuda:1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert devices(Settings(device="auto", cpu_engines=2)) == ["cpu", "cpu"]


@pytest.mark.parametrize(
    ("visible", "count"),
    [
        (None, 4), ("", 0), ("-1", 0), ("0", 1), (" 1 , 3 ", 2), ("0,-1,1", 1), ("0,9,1", 1), ("1,1", 0), ("none", 0),
        ("GPU-8932f937,GPU-1a2b3c4d", 2), ("GPU-8932f937,GPU-8932f937", 0), ("MIG-a,MIG-b", 1),
    ],
)  # fmt: skip
def test_gpus_that_cuda_shows_to_a_process(visible: str | None, count: int) -> None:
    assert visible_gpus(4, visible) == count
