"""Models in Hugging Face layout: labels and directions of each family, answers that do not depend on the batch, and the
errors of models that cannot be served."""

from __future__ import annotations

import functools
import json
import math
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

transformers = pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")

from app.huggingface.hub import folder_of  # noqa: E402
from app.huggingface.load import load_hub_model  # noqa: E402
from app.huggingface.runtime import StaticDecoding, TransformerClassifier, TransformerTranslator  # noqa: E402
from app.huggingface.selection import Chosen, Wanted, select, wanted_translation  # noqa: E402  # noqa: E402
from app.nets.folder import ModelFolderError  # noqa: E402
from app.runtime.base import LoadedModel  # noqa: E402
from app.runtime.beam_search import Scored, Sentence  # noqa: E402
from app.text.tokenizer import Tokenizer  # noqa: E402
from tests.huggingface import models as hf_models  # noqa: E402

SENTENCES = ["A man on a ladder.", "I love it!", "The train leaves at nine, and my dog loves this phone too!", "a"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hf_models.make(tmp_path_factory.mktemp("hf"), [*hf_models.CLASSIFIERS, *hf_models.TRANSLATORS])


@pytest.fixture(scope="module")
def load(folders: Path) -> Callable[[str], LoadedModel]:
    return functools.cache(lambda name: load_hub_model(folders / name, Wanted(name)))


def tokenizer_of(loaded: LoadedModel) -> Tokenizer:
    return Tokenizer(loaded.tokenizer, loaded.unknown)


def inputs(loaded: LoadedModel) -> list[list[int]]:
    tokenizer, reading = tokenizer_of(loaded), loaded.prompt_formats[0]
    return [reading.frame(tokenizer.encode(reading.prompt + text)) for text in SENTENCES]


@pytest.mark.parametrize(
    ("name", "labels", "languages"),
    [
        ("bert", ["negative", "neutral", "positive"], ["en"]),
        ("distilbert", ["negative", "positive"], ["en"]),
        ("mpnet", ["negative", "neutral", "positive"], ["en"]),
        ("roberta", ["negative", "neutral", "positive"], ["en"]),
        ("xlm-roberta", ["negative", "neutral", "positive"], ["de", "fr"]),
        ("deberta-v2", ["negative", "neutral", "positive"], ["en"]),
    ],
)
def test_a_classifier_of_each_family(
    load: Callable[[str], LoadedModel], name: str, labels: list[str], languages: list[str]
) -> None:
    loaded = load(name)
    assert isinstance(loaded.classifier, TransformerClassifier)
    assert (loaded.config.labels, loaded.config.languages) == (labels, languages)
    together = loaded.classifier.classify(inputs(loaded))
    for tokens, row in zip(inputs(loaded), together, strict=True):
        assert sum(row) == pytest.approx(1, abs=1e-5)
        assert loaded.classifier.classify([tokens])[0] == pytest.approx(row, abs=1e-5)


@pytest.mark.parametrize("name", hf_models.CLASSIFIERS)
def test_the_input_of_a_classifier_is_that_of_transformers(
    load: Callable[[str], LoadedModel], folders: Path, name: str
) -> None:
    theirs = transformers.AutoTokenizer.from_pretrained(folders / name)
    assert inputs(load(name)) == [theirs(text)["input_ids"] for text in SENTENCES]
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folders / name).eval()
    with torch.inference_mode():
        expected = model(**theirs([SENTENCES[0]], return_tensors="pt")).logits.softmax(-1)[0].tolist()
    found = load(name).classifier.classify([inputs(load(name))[0]])[0]  # type: ignore[union-attr]
    if len(expected) == 5:
        expected = [expected[0] + expected[1], expected[2], expected[3] + expected[4]]
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "directions"),
    [
        ("opus-mt-en-de", {("en", "de")}),
        ("opus-mt-en-mul", {("en", "fr"), ("en", "de"), ("en", "no")}),
        ("t5", {("en", "de")}),
        ("m2m_100", {("en", "de"), ("zh", "en"), ("fr", "ja")}),
        ("nllb", {("en", "de"), ("en", "zh-Hant"), ("zh-Hans", "en"), ("no", "fr")}),
    ],
)
def test_a_translator_of_each_family(
    load: Callable[[str], LoadedModel], name: str, directions: set[tuple[str, str]]
) -> None:
    loaded = load(name)
    assert isinstance(loaded.translator, TransformerTranslator)
    found = loaded.config.directions
    assert directions <= set(found)
    assert len(found) == len(set(found)) == len(loaded.prompt_formats)
    assert ("zh-Hans", "zh-Hant") not in found


def test_how_each_family_is_told_the_languages(load: Callable[[str], LoadedModel]) -> None:
    def framing(
        name: str, source: str, target: str
    ) -> tuple[str, list[str | None], list[str | None], list[str | None]]:
        loaded = load(name)
        reading = loaded.prompt_formats[loaded.config.directions.index((source, target))]
        token = tokenizer_of(loaded).backend.id_to_token
        return (
            reading.prompt,
            [token(i) for i in reading.before],
            [token(i) for i in reading.after],
            [token(i) for i in reading.begin],
        )

    assert framing("opus-mt-en-de", "en", "de") == ("", [], ["</s>"], [])
    assert framing("opus-mt-en-mul", "en", "fr") == ("", [">>fra<<"], ["</s>"], [])
    assert framing("t5", "en", "de") == ("translate English to German: ", [], ["</s>"], [])
    assert framing("m2m_100", "en", "de") == ("", ["__en__"], ["</s>"], ["__de__"])
    assert framing("nllb", "en", "no") == ("", ["eng_Latn"], ["</s>"], ["nob_Latn"])


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize("name", ["opus-mt-en-de", "opus-mt-en-mul", "m2m_100", "nllb", "t5"])
def test_the_input_of_a_translator_is_that_of_transformers(
    load: Callable[[str], LoadedModel], folders: Path, name: str
) -> None:
    languages = {"m2m_100": {"src_lang": "ar"}, "nllb": {"src_lang": "deu_Latn"}}.get(name, {})
    theirs = transformers.AutoTokenizer.from_pretrained(folders / name, **languages)
    loaded = load(name)
    source = {"m2m_100": "ar", "nllb": "de"}.get(name, "en")
    reading = loaded.prompt_formats[[a for a, _ in loaded.config.directions].index(source)]
    tokenizer = tokenizer_of(loaded)
    tag = ">>deu<< " if name == "opus-mt-en-mul" else ""
    for text in SENTENCES:
        ours = reading.frame(tokenizer.encode(reading.prompt + text))
        assert ours == theirs(tag + reading.prompt + text)["input_ids"]
        assert tokenizer.decode(ours) == reading.prompt + text


@pytest.mark.parametrize("name", [*hf_models.CLASSIFIERS, *hf_models.TRANSLATORS])
def test_a_text_forges_no_special_token(load: Callable[[str], LoadedModel], name: str) -> None:
    tokenizer = tokenizer_of(load(name))
    added = tokenizer.backend.get_added_tokens_decoder()
    special = {number: token.content for number, token in added.items() if number != load(name).unknown}
    assert special
    for content in special.values():
        for text in (content, f"a {content} b", f"a{content}b"):
            assert not special.keys() & set(tokenizer.encode(text)), text


def decoded(
    decoding: StaticDecoding, sources: list[list[int]], begin: list[int], limit: int = 12, alternatives: int = 1
) -> dict[int, list[Scored]]:
    decoding.join(sources, [Sentence(n, limit, alternatives, begin=begin) for n in range(len(sources))])
    results: dict[int, list[Scored]] = {}
    while len(decoding):
        results.update(decoding.step())
    return results


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("name", hf_models.TRANSLATORS)
def test_company_changes_no_translation(load: Callable[[str], LoadedModel], name: str, beam: int) -> None:
    loaded, sources = load(name), inputs(load(name))
    runtime, begin = loaded.translator, loaded.prompt_formats[0].begin
    assert isinstance(runtime, TransformerTranslator)
    together = decoded(runtime.decoding(beam), sources, begin, alternatives=beam)
    for number, source in enumerate(sources):
        alone = decoded(runtime.decoding(beam), [source], begin, alternatives=beam)[0]
        assert [tokens for tokens, *_ in alone] == [tokens for tokens, *_ in together[number]]
        assert len(alone) == beam
        assert all(math.isnan(score) for _, score, *_ in alone)  # not known, and not made up


def test_sentences_of_other_targets_share_a_batch(load: Callable[[str], LoadedModel]) -> None:
    loaded = load("m2m_100")
    assert isinstance(loaded.translator, TransformerTranslator)
    source = inputs(loaded)[0]
    begins = [loaded.prompt_formats[n].begin for n in (0, 1)]
    assert begins[0] != begins[1]
    decoding = loaded.translator.decoding(1)
    decoding.join([source, source], [Sentence(n, 12, begin=begin) for n, begin in enumerate(begins)])
    both = dict(decoding.step())
    for number, begin in enumerate(begins):
        assert decoded(loaded.translator.decoding(1), [source], begin)[0][0][0] == both[number][0][0]


def test_a_long_batch_lets_others_do_something_after_every_word(load: Callable[[str], LoadedModel]) -> None:
    runtime = load("opus-mt-en-de").translator
    assert isinstance(runtime, TransformerTranslator)
    called: list[int] = []
    decoding = runtime.decoding(1)
    decoding.join(inputs(load("opus-mt-en-de"))[:1], [Sentence(0, 12)])
    [(_, [(tokens, *_)])] = decoding.step(lambda: called.append(1))
    assert len(called) >= len(tokens) > 0


@pytest.mark.parametrize("beam", [1, 3])
def test_sentences_that_are_dropped_during_a_batch_have_no_result_and_end_it(
    load: Callable[[str], LoadedModel], beam: int
) -> None:
    runtime = load("opus-mt-en-de").translator
    assert isinstance(runtime, TransformerTranslator)
    called: list[int] = []
    decoding = runtime.decoding(beam)

    def drop_one_after_the_other() -> None:
        called.append(1)
        decoding.drop(len(called))

    decoding.join(inputs(load("opus-mt-en-de"))[:3], [Sentence(n, 20, begin=[]) for n in (1, 2, 3)])
    assert decoding.step(drop_one_after_the_other) == []
    assert len(called) == 3, "nobody waits for the batch, so it ends"
    assert len(decoding) == 0
    decoding.join(inputs(load("opus-mt-en-de"))[:2], [Sentence(n, 20) for n in (1, 2)])
    assert [key for key, _ in decoding.step(lambda: decoding.drop(1))] == [2]


def test_a_dropped_sentence_is_not_translated(load: Callable[[str], LoadedModel]) -> None:
    loaded = load("opus-mt-en-de")
    assert isinstance(loaded.translator, TransformerTranslator)
    decoding = loaded.translator.decoding(1)
    decoding.join(inputs(loaded)[:2], [Sentence("a", 12), Sentence("b", 12)])
    decoding.drop("a")
    assert [key for key, _ in decoding.step()] == ["b"]
    assert len(decoding) == 0


def broken(folder: Path, **fields: Any) -> Path:
    """With other fields in its config; None takes one away."""
    config = {**json.loads((folder / "config.json").read_text()), **fields}
    (folder / "config.json").write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    return folder


def pickled(folder: Path) -> Path:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    return folder


def headless(folder: Path) -> Path:
    hf_models.bert(folder)
    model = transformers.BertModel(transformers.BertConfig.from_pretrained(folder))
    model.save_pretrained(folder)
    return broken(folder, architectures=["BertForSequenceClassification"])


def damaged(folder: Path) -> Path:
    path = hf_models.bert(folder) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    return folder


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "pickle": (lambda folder: pickled(hf_models.bert(folder)), r"no \*\.safetensors.*undertone models add"),
    "labels": (
        lambda folder: hf_models.bert(folder, id2label={0: "joy", 1: "anger"}, label2id={"joy": 0, "anger": 1}),
        "joy, anger.*UNDERTONE_SENTIMENT_LABELS",
    ),
    "one class": (lambda folder: hf_models.bert(folder, num_labels=1, id2label=None, label2id=None), "LABEL_0"),
    "several labels": (
        lambda folder: broken(hf_models.bert(folder), problem_type="multi_label_classification"), "one sentiment"
    ),
    "no head": (headless, "lack classifier.bias, classifier.weight"),
    "an encoder": (
        lambda folder: broken(hf_models.bert(folder), architectures=["BertModel"]), "is a BertModel of the family bert"
    ),
    "no architecture": (lambda folder: broken(hf_models.bert(folder), architectures=None), "names no architecture"),
    "damaged": (damaged, "transformers cannot load it"),
    "another shape": (lambda folder: broken(hf_models.bert(folder), vocab_size=150), "transformers cannot load it"),
    "unknown family": (lambda folder: broken(hf_models.bert(folder), model_type="nope"), "transformers cannot read it"),
    "a task of T5 that is not ours": (
        lambda folder: hf_models.t5(folder, task_specific_params={"summarization": {}}), "UNDERTONE_TRANSLATION_MODELS"
    ),
    "a nameless Marian": (lambda folder: hf_models.marian(folder), "nothing tells its languages"),
    "no vocabulary": (
        lambda folder: [hf_models.marian(folder, source_lang="en"), (folder / "vocab.json").unlink()][0],  # type: ignore[func-returns-value, return-value]
        "vocab.json: missing",
    ),
    "two vocabularies": (
        lambda folder: [hf_models.marian(folder), (folder / "target_vocab.json").write_text("{}")][0],  # type: ignore[return-value]
        "not supported",
    ),
    "no tokenizer": (
        lambda folder: [hf_models.bert(folder), (folder / "tokenizer.json").unlink()][0],  # type: ignore[func-returns-value, return-value]
        "has no tokenizer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_model_that_cannot_be_served_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    make, message = REFUSED[case]
    folder = make(tmp_path / "model")
    with pytest.raises(ModelFolderError, match=message):
        load_hub_model(folder, Wanted("model"))


def test_a_padding_that_is_read_is_found_at_start(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a model that takes no heed of the attention mask."""
    forward = transformers.BertForSequenceClassification.forward

    def careless(self: Any, input_ids: Any, attention_mask: Any = None, **options: Any) -> Any:
        return forward(self, input_ids=input_ids, attention_mask=torch.ones_like(attention_mask), **options)

    model = transformers.BertForSequenceClassification.from_pretrained(folders / "bert")
    loud = {name: 20 * tensor for name, tensor in model.state_dict().items()}  # small random weights hardly tell
    monkeypatch.setattr(transformers.BertForSequenceClassification, "forward", careless)
    loading = "app.huggingface.load.load_weights"
    model.load_state_dict(loud)
    monkeypatch.setattr(loading, lambda *arguments: model.eval())
    with pytest.raises(ModelFolderError, match="change with the padding"):
        load_hub_model(folders / "bert", Wanted("bert"))


def test_labels_and_languages_that_somebody_names(folders: Path) -> None:
    wanted = Wanted("bert", "sentiment", ["positive", "neutral", "negative"], ["de"])
    named, plain = load_hub_model(folders / "bert", wanted), load_hub_model(folders / "bert", Wanted("bert"))
    assert named.config.languages == ["de"]
    rows = [one.classifier.classify(inputs(plain)) for one in (named, plain)]  # type: ignore[union-attr]
    assert [row[::-1] for row in rows[0]] == [pytest.approx(row) for row in rows[1]]


def test_directions_that_somebody_names(folders: Path) -> None:
    found = load_hub_model(folders / "nllb", wanted_translation("nllb=en-de+de-en"))
    assert found.config.directions == [("en", "de"), ("de", "en")]
    with pytest.raises(ModelFolderError, match="no token for Czech"):
        load_hub_model(folders / "nllb", wanted_translation("nllb=en-cs"))
    with pytest.raises(ModelFolderError, match="no token for Japanese; it has some for de, fr, no"):
        load_hub_model(folders / "opus-mt-en-mul", wanted_translation("opus-mt-en-mul=en-ja"))
    with pytest.raises(ModelFolderError, match="write it as en-de"):
        wanted_translation("nllb=german")
    with pytest.raises(ModelFolderError, match="no language code known here"):
        wanted_translation("nllb=en-klingon")


def test_a_model_for_the_other_task_is_refused(folders: Path) -> None:
    with pytest.raises(ModelFolderError, match="is a model for translation, not for sentiment"):
        load_hub_model(folders / "t5", Wanted("t5", "sentiment"))


def test_without_transformers_the_message_says_what_to_install(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("transformers", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModelFolderError, match=r"needs the extra hf: pip install"):
        load_hub_model(folders / "bert", Wanted("bert"))
    with pytest.raises(ModelFolderError, match=r"needs the extra hf: pip install"):
        folder_of("owner/name")


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        ("GatedRepoError", "asks for consent.*HF_TOKEN"),
        ("RepositoryNotFoundError", "Check the spelling"),
        ("RevisionNotFoundError", "no revision refs/pr/8"),
        ("LocalEntryNotFoundError", "cannot be reached.*Check the network"),
        ("OfflineModeIsEnabled", "HF_HUB_OFFLINE"),
    ],
)
def test_errors_of_the_hub_say_what_to_do(raised: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx
    from huggingface_hub import errors

    kind = getattr(errors, raised)
    response = httpx.Response(403, request=httpx.Request("GET", "http://hub.invalid"))
    error = kind("no", response=response) if issubclass(kind, errors.HfHubHTTPError) else kind("no")

    def download(*arguments: Any, **options: Any) -> str:
        raise error

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    with pytest.raises(ModelFolderError, match=message):
        folder_of("owner/name@refs/pr/8")


def test_a_hub_id_that_is_in_the_cache_needs_no_network(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    repository = tmp_path / "models--owner--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("a" * 40)
    shutil.copytree(folders / "bert", repository / "snapshots" / ("a" * 40))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    [(folder, wanted)] = select(tmp_path / "absent", Chosen("owner/name"))
    assert load_hub_model(folder, wanted).config.name == "owner/name"
    with pytest.raises(ModelFolderError, match="nor has the cache a copy"):
        folder_of("owner/other")


def test_names_that_are_no_model(tmp_path: Path) -> None:
    for name in (str(tmp_path / "absent"), "./absent", "a/b/c", "what is this"):
        with pytest.raises(ModelFolderError, match="no such folder, and no hub id"):
            folder_of(name)


def test_a_hub_id_asks_for_safetensors_and_no_code(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def download(repository: str, **options: Any) -> str:
        asked.update(options, repository=repository)
        return str(folders / "bert")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    [(folder, wanted)] = select(folders / "absent", Chosen("owner/name@v2"))
    assert (folder, wanted.name) == (folders / "bert", "owner/name@v2")
    assert (asked["repository"], asked["revision"]) == ("owner/name", "v2")
    assert "*.safetensors" in asked["allow_patterns"]
    assert not {"*.py", "*.bin"} & set(asked["allow_patterns"])


def test_chosen_models_come_first_and_once(folders: Path, tmp_path: Path) -> None:
    inside = tmp_path / "models"
    inside.mkdir()
    for name in ("bert", "roberta", "t5"):
        (inside / name).symlink_to(folders / name)
    chosen = Chosen("roberta", translation=[str(folders / "nllb"), "t5=en-de"])
    assert [wanted.name for _, wanted in select(inside, chosen)] == ["roberta", "nllb", "t5", "bert"]
    with pytest.raises(ModelFolderError, match="named twice"):
        select(inside, Chosen(translation=["t5", str(inside / "t5")]))
