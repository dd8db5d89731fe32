"""Translators in CTranslate2: conversions of each family beside the original, the cache, and folders and packages that
others made."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")
pytest.importorskip("ctranslate2")

from app.engine.models import load_model
from app.huggingface import conversion
from app.huggingface import converted as cache
from app.huggingface.argos import unpacked
from app.huggingface.conversion import convert, log_probabilities
from app.huggingface.converted import MADE_OF, NotConverted
from app.huggingface.load import load_hub_model
from app.huggingface.selection import Chosen, Wanted, select, wanted_translation
from app.nets.folder import ModelFolderError
from app.runtime.base import LoadedModel
from app.runtime.beam_search import Sentence
from app.runtime.cache_folder import SUMS
from app.runtime.graph_cache import GraphCache
from app.runtime.load import Loader
from app.store.folder import entries
from app.text.tokenizer import Tokenizer
from tests.huggingface import models as hf_models

pytestmark = pytest.mark.transformer

SENTENCES = ["A man on a ladder.", "I love it!", "The train leaves at nine, and my dog loves it", "a"]
NEAR = 0.05  # of a log probability: int8 against float32


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hf_models.make(tmp_path_factory.mktemp("hf"), list(hf_models.TRANSLATORS))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, folders: Path) -> Path:
    """A cache with the conversions."""
    folder = tmp_path_factory.mktemp("cache")
    for name in hf_models.TRANSLATORS:
        convert(folders / name, folder)
    return folder


@pytest.fixture(scope="module")
def load(folders: Path, kept: Path) -> Callable[[str], LoadedModel]:
    loader = Loader("cpu", "onnx", "auto", GraphCache(kept), converts=True)
    return functools.cache(lambda name: load_model(folders / name, Wanted(name), loader))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Conversions run in this process, which saves the import of torch; their commands are noted."""
    commands: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        try:
            return subprocess.CompletedProcess(command, 0, str(convert(Path(command[3]), Path(command[4]), command[5])))
        except Exception as error:
            return subprocess.CompletedProcess(command, 1, str(error))

    monkeypatch.setattr(cache.subprocess, "run", run)
    return commands


def inputs(model: LoadedModel) -> list[list[int]]:
    tokenizer, reading = Tokenizer(model.tokenizer, model.unknown), model.prompt_formats[0]
    return [reading.frame(tokenizer.encode(reading.prompt + text)) for text in SENTENCES]


def translated(model: LoadedModel, sources: list[list[int]], beam: int = 1, **options: Any) -> Any:
    assert model.batch_translator is not None
    begin = model.prompt_formats[0].begin
    sentences = [Sentence(n, 12, beam, begin=begin) for n in range(len(sources))]
    return model.batch_translator.translate(sources, sentences, beam, **options)


@pytest.mark.parametrize("name", hf_models.TRANSLATORS)
def test_a_conversion_is_described_as_its_source_and_tokenizes_like_it(
    load: Callable[[str], LoadedModel], folders: Path, name: str
) -> None:
    ours, original = load(name), load_hub_model(folders / name, Wanted(name))
    assert ours.config.directions == original.config.directions
    assert ours.prompt_formats == original.prompt_formats
    assert (ours.parameters, ours.config.max_tokens) == (original.parameters, original.config.max_tokens)
    assert inputs(ours) == inputs(original)
    assert ours.config.description == f"{original.config.description}, converted to CTranslate2 in int8"


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("name", hf_models.TRANSLATORS)
def test_scores_are_the_mean_log_probabilities_that_the_original_gives(
    load: Callable[[str], LoadedModel], folders: Path, name: str, beam: int
) -> None:
    ours, original = load(name), load_hub_model(folders / name, Wanted(name))
    sources, begin, limit = inputs(ours), ours.prompt_formats[0].begin, 32
    for source, hypotheses in zip(sources, translated(ours, sources, beam), strict=True):
        assert len(hypotheses) == beam
        assert [one.score for one in hypotheses] == sorted((one.score for one in hypotheses), reverse=True)
        for one in hypotheses:
            [row] = log_probabilities(original.translator, [source], [[*begin, *one.tokens]])  # type: ignore[arg-type]
            given = row[len(begin) :]
            counted = given if len(one.tokens) < limit else given[:-1]  # one that reached its limit has no end
            assert one.score == pytest.approx(sum(counted) / len(counted), abs=NEAR)


@pytest.mark.parametrize("name", hf_models.TRANSLATORS)
def test_attention_is_that_of_the_heads_for_alignment(
    load: Callable[[str], LoadedModel], folders: Path, name: str
) -> None:
    ours, original = load(name), load_hub_model(folders / name, Wanted(name))
    sources, begin = inputs(ours), ours.prompt_formats[0].begin
    network = original.translator.model  # type: ignore[union-attr]
    network.set_attn_implementation("eager")
    assert ours.batch_translator is not None
    sentences = [Sentence(n, 12, begin=begin, attention=n != 1) for n in range(len(sources))]
    for n, [found] in enumerate(ours.batch_translator.translate(sources, sentences, 2)):
        if n == 1:
            assert not found.attention
            continue
        read = torch.tensor([[original.translator.start, *begin, *found.tokens]])  # type: ignore[union-attr]
        with torch.inference_mode():
            output = network(torch.tensor([sources[n]]), decoder_input_ids=read, output_attentions=True)
        layers = output.cross_attentions
        heads = layers[-1][0, :1] if name.startswith("opus-mt") else layers[max(0, len(layers) - 2)][0]
        expected = heads.mean(dim=0)[len(begin) : len(begin) + len(found.tokens)]
        assert np.array(found.attention) == pytest.approx(expected.numpy(), abs=NEAR)


@pytest.mark.parametrize("name", hf_models.TRANSLATORS)
def test_what_a_greedy_search_writes_is_told_token_by_token(load: Callable[[str], LoadedModel], name: str) -> None:
    model, written = load(name), dict[int, list[int]]()

    def on_token(index: int, token: int) -> bool:
        written.setdefault(index, []).append(token)
        return False

    begin = model.prompt_formats[0].begin
    results = translated(model, inputs(model), on_token=on_token)
    assert [written[n][len(begin) :] for n in range(len(results))] == [one[0].tokens for one in results]


def test_a_second_start_converts_nothing(folders: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "load_weights", lambda *arguments: pytest.fail("it was converted again"))
    for name in hf_models.TRANSLATORS:
        assert convert(folders / name, kept).parent == kept


def test_other_weights_are_another_entry(folders: Path, kept: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folders / "t5", tmp_path / "t5")
    assert cache.entry_of(copy, kept, "cpu") == cache.entry_of(folders / "t5", kept, "cpu")
    assert cache.entry_of(copy, kept, "cuda:0") != cache.entry_of(copy, kept, "cpu")
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert cache.entry_of(copy, kept, "cpu") != cache.entry_of(folders / "t5", kept, "cpu")


@pytest.mark.parametrize("file", ["model.bin", MADE_OF, SUMS])
def test_a_damaged_entry_is_converted_again(folders: Path, tmp_path: Path, file: str) -> None:
    entry = convert(folders / "t5", tmp_path)
    (entry / file).write_bytes(b"{")
    assert convert(folders / "t5", tmp_path) == entry
    assert (entry / file).stat().st_size > 1


def test_one_that_differs_too_much_runs_in_torch_and_says_so(
    folders: Path, tmp_path: Path, here: list[list[str]], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    write = conversion.write_ct2

    def turned_round(*arguments: Any) -> list[str]:
        """As by a converter that takes tokens for others."""
        written = write(*arguments)
        return [*written[:3], *reversed(written[3:])]

    loud = hf_models.loud(shutil.copytree(folders / "opus-mt-en-de", tmp_path / "opus-mt-en-de"))
    monkeypatch.setattr(conversion, "write_ct2", turned_round)
    loader = Loader("cpu", "onnx", "auto", GraphCache(tmp_path / "cache"), converts=True)
    for _ in range(2):
        model = load_model(loud, Wanted("opus-mt-en-de"), loader)
        assert model.batch_translator is None
        assert model.translator is not None
        assert "in torch: its int8 form differs too much from the original" in model.config.description
        assert "runs in torch, not in CTranslate2: its int8 form differs" in caplog.text
    assert len(here) == 1, "it is not tried again"


def test_one_whose_tokens_cannot_be_told_apart_runs_in_torch(
    folders: Path, tmp_path: Path, here: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any) -> list[str]:
        raise ValueError("two of its tokens have one text")

    monkeypatch.setattr(conversion, "vocabulary", refuse)
    with pytest.raises(NotConverted, match="two of its tokens"), cache.converted(folders / "t5", tmp_path, "cpu"):
        pass


def test_a_cache_that_cannot_be_written_converts_for_this_start_alone(
    folders: Path, here: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    loader = Loader("cpu", "onnx", "auto", GraphCache(Path("/proc/undertone")), converts=True)
    model = load_model(folders / "t5", Wanted("t5"), loader)
    assert translated(model, inputs(model))
    assert "is converted at each start" in caplog.text
    assert not Path(here[-1][4]).exists()


def test_without_ctranslate2_it_runs_in_torch_and_says_what_to_install(
    folders: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(cache, "version", missing)
    model = load_model(folders / "t5", Wanted("t5"), Loader("cpu", "onnx", "auto", GraphCache(kept), converts=True))
    assert model.translator is not None
    assert "in torch: CTranslate2 is not installed, which is the extra ct2" in model.config.description


def test_the_process_of_a_conversion_prints_its_entry_or_the_reason(folders: Path, tmp_path: Path) -> None:
    with cache.converted(folders / "t5", tmp_path, "cpu") as entry:
        assert (entry / "model.bin").is_file()


def ready_made(entry: Path, folder: Path, **copied: Path) -> Path:
    """As `ct2-transformers-converter --copy_files` writes it."""
    folder.mkdir(parents=True)
    for name in ("model.bin", "config.json", "shared_vocabulary.json"):
        shutil.copy(entry / name, folder / name)
    for name, path in copied.items():
        shutil.copy(path, folder / name.replace("__", "."))
    return folder


@pytest.mark.parametrize(
    ("name", "copied", "directions"),
    [
        ("opus-mt-en-de", "source.spm", None),
        ("opus-mt-en-mul", "source.spm", "en-fr+en-de"),
        ("nllb", "tokenizer.json", "en-de"),
        ("m2m_100", "sentencepiece.bpe.model", "en-de"),
    ],
)
def test_a_folder_of_the_converters_command_is_served_as_it_is(
    load: Callable[[str], LoadedModel], folders: Path, kept: Path, tmp_path: Path,
    name: str, copied: str, directions: str | None,
) -> None:  # fmt: skip
    wanted = wanted_translation(f"{name}={directions}") if directions else Wanted(name)
    entry = cache.entry_of(folders / name, kept, "cpu")
    folder = ready_made(entry, tmp_path / name, **{copied.replace(".", "__"): folders / name / copied})
    ours = load_model(folder, wanted, Loader("cpu", "onnx"))
    original = load(name)
    tokenizers = [Tokenizer(model.tokenizer, model.unknown) for model in (ours, original)]
    for pair in ours.config.directions:
        frames = [model.prompt_formats[model.config.directions.index(pair)] for model in (ours, original)]
        for text in SENTENCES:
            texts = [
                [
                    tokenizer.backend.id_to_token(number)
                    for number in (*frame.frame(tokenizer.encode(text)), *frame.begin)
                ]
                for tokenizer, frame in zip(tokenizers, frames, strict=True)
            ]
            assert texts[0] == texts[1]
    assert translated(ours, inputs(ours), 2)


def argos(entry: Path, pieces: Path, path: Path, **fields: Any) -> Path:
    """A package of Argos Translate, built of a converted Marian."""
    top = "translate-en_de-1_0"
    metadata = {"package_version": "1.0", "argos_version": "1.9", "from_code": "en", "to_code": "de", **fields}
    config = json.loads((entry / "config.json").read_text()) | {"decoder_start_token": "<s>"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(f"{top}/metadata.json", json.dumps(metadata))
        package.writestr(f"{top}/stanza/resources.json", "{}")
        package.write(pieces, f"{top}/sentencepiece.model")
        package.write(entry / "model.bin", f"{top}/model/model.bin")
        package.writestr(f"{top}/model/config.json", json.dumps(config))
        vocabulary = json.loads((entry / "shared_vocabulary.json").read_text())
        package.writestr(f"{top}/model/shared_vocabulary.txt", "\n".join(vocabulary) + "\n")
    return path


@pytest.fixture
def package(folders: Path, kept: Path, tmp_path: Path) -> Path:
    entry = cache.entry_of(folders / "opus-mt-en-de", kept, "cpu")
    pieces = folders / "opus-mt-en-de" / "source.spm"
    return argos(entry, pieces, tmp_path / "translate-en_de-1_0.argosmodel")


@pytest.mark.parametrize("where", ["cache", "/proc/undertone"])
def test_a_package_of_argos_translate_is_served_as_it_is(package: Path, tmp_path: Path, where: str) -> None:
    [(path, wanted)] = select(tmp_path / "absent", Chosen(translation=[str(package)]))
    model = load_model(path, wanted, Loader("cpu", "onnx", "auto", GraphCache(tmp_path / where)))
    assert model.config.name == "translate-en_de-1_0"
    assert model.config.directions == [("en", "de")]
    assert model.config.description == "Argos Translate package, 1 direction, CTranslate2 in int8"
    assert model.prompt_formats[0].after == [], "the models of OpenNMT read no end of a sentence"
    for [best] in translated(model, inputs(model)):
        assert Tokenizer(model.tokenizer, model.unknown).decode(best.tokens) is not None
    assert model.parameters > 5_000


def test_a_package_in_the_models_folder_needs_no_setting(package: Path) -> None:
    [(path, wanted)] = select(package.parent, Chosen())
    assert (path, wanted.name) == (package, "translate-en_de-1_0")
    [entry] = entries(package.parent)
    assert (entry.name, entry.task, entry.speaks, entry.folder) == (wanted.name, "translation", "en to de", package)


def test_codes_and_prefixes_of_argos_translate(folders: Path, kept: Path, tmp_path: Path) -> None:
    entry = cache.entry_of(folders / "opus-mt-en-mul", kept, "cpu")
    pieces = folders / "opus-mt-en-mul" / "source.spm"
    path = argos(entry, pieces, tmp_path / "a.argosmodel", to_code="pb", target_prefix=">>fra<<")
    with unpacked(path, tmp_path / "cache") as folder:
        model = load_model(folder, Wanted("a"), Loader("cpu", "onnx"))
    token = Tokenizer(model.tokenizer, model.unknown).id_of(">>fra<<")
    assert (model.config.directions, model.prompt_formats[0].begin) == ([("en", "pt")], [token])
    assert all(token != best.tokens[:1] for [best] in translated(model, inputs(model)))


def rewritten(package: Path, change: Callable[[zipfile.ZipFile], object], without: str = "") -> None:
    with zipfile.ZipFile(package) as old:
        members = {one: old.read(one) for one in old.infolist() if not without or without not in one.filename}
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as new:
        for info, data in members.items():
            new.writestr(info, data)
        change(new)


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no zip": (lambda path: path.write_bytes(b"no zip"), "no package of Argos Translate"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-200]), "no package of Argos Translate"),
    "no model": (lambda path: rewritten(path, lambda new: None, "model.bin"), "it has no model.bin"),
    "a bomb": (
        lambda path: rewritten(
            path, lambda new: new.writestr("x/model/model.bin", bytes(50_000_000)), "model.bin"
        ),
        "bytes unpacked; at most",
    ),
    "two of one name": (
        lambda path: rewritten(path, lambda new: new.writestr("other/model/model.bin", b"x")), "two members of one name"
    ),
    "no JSON": (
        lambda path: rewritten(path, lambda new: new.writestr("a/metadata.json", "{" * 99), "metadata.json"),
        "no valid JSON",
    ),
    "no language": (
        lambda path: rewritten(
            path, lambda new: new.writestr("a/metadata.json", '{"from_code": "xx", "to_code": "de"}'), "metadata.json"
        ),
        "no language code known here",
    ),
    "no CTranslate2 model": (
        lambda path: rewritten(path, lambda new: new.writestr("a/model/model.bin", b"\xff" * 99), "model.bin"),
        "no model of CTranslate2",
    ),
    "no tokenizer": (lambda path: rewritten(path, lambda new: None, "sentencepiece"), "has no tokenizer"),
    "no SentencePiece": (
        lambda path: rewritten(path, lambda new: new.writestr("a/sentencepiece.model", "x"), "sentencepiece"),
        "no SentencePiece model",
    ),
    "words by Moses": (
        lambda path: rewritten(path, lambda new: new.writestr("a/bpe.model", "#version: 0.2\n"), "sentencepiece"),
        "model of subword-nmt",
    ),
    "no vocabulary": (lambda path: rewritten(path, lambda new: None, "vocabulary"), "has no vocabulary"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_package_that_cannot_be_served_is_refused_with_the_reason(package: Path, tmp_path: Path, case: str) -> None:
    change, message = HOSTILE[case]
    change(package)
    with pytest.raises(ModelFolderError, match=message):
        load_model(package, Wanted("a"), Loader("cpu", "onnx", "auto", GraphCache(tmp_path / "cache")))


def test_members_outside_of_a_package_are_not_written(package: Path, tmp_path: Path) -> None:
    names = [
        "../evil/model.bin",
        "/etc/metadata.json",
        "a/../../metadata.json",
        "a/model/../../x",
        "a\\model\\model.bin",
    ]
    rewritten(package, lambda new: [new.writestr(name, "evil") for name in names])
    before = set(tmp_path.rglob("*"))
    with unpacked(package, tmp_path / "cache") as folder:
        assert load_model(folder, Wanted("a"), Loader("cpu", "onnx")).config.directions == [("en", "de")]
        written = set(tmp_path.rglob("*")) - before
        assert all(path == tmp_path / "cache" or folder in (path, *path.parents) for path in written)
