from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from app.engine.messages import Classified, Classify, EngineRequest, Failed, Partial, ToFront, Translate, Translated
from app.engine.runner import Outcome, Runner
from app.engine.scheduler import Job
from app.huggingface.selection import Chosen
from app.nets.folder import ModelFolderError
from app.runtime.device import DeviceLost
from app.runtime.factory import runtime_of
from app.runtime.load import Loader
from app.text.decode_options import DecodeOptions


@pytest.fixture(params=["torch", "onnx"])
def runner(tiny_models: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Runner:
    runner = Runner(tiny_models, Loader("cpu", request.param), 64, tmp_path)
    for table in (runner.classifiers, runner.translators, runner.vocabularies):  # by name, which a test can write
        for key in list(table):
            table[key.partition("@")[0]] = table.pop(key)  # type: ignore[attr-defined]
    return runner


def text(number: int, tokens: list[int]) -> Job:
    return Job(b"c", Classify(number, "tiny-sentiment", tokens))


def drive(runner: Runner, waiting: list[Job]) -> list[tuple[bytes, ToFront]]:
    """Decode until nothing waits, as the worker does."""
    answers: list[tuple[bytes, ToFront]] = []
    while waiting or runner.decoding:
        room = max(runner.free_rows, 0 if runner.decoding else 1)
        taken, waiting = waiting[:room], waiting[room:]
        for outcome in (runner.join(taken), runner.step()):
            answers += outcome.answers
            waiting = outcome.again + waiting
    return answers


def sentence(number: int, tokens: list[int], limit: int = 6, beam: int = 1, **options: Any) -> Job:
    return Job(b"c", Translate(number, "tiny-translation", tokens, limit, DecodeOptions(beam), **options))


def run_to_the_end(runner: Runner) -> list[tuple[bytes, ToFront]]:
    """Steps until nothing is in flight; jobs that have to run again join again."""
    answers: list[tuple[bytes, ToFront]] = []
    while runner.decoding:
        outcome = runner.step()
        answers += outcome.answers
        for job in outcome.again:
            answers += runner.join([job]).answers
    return answers


def test_texts_are_answered_in_order_with_probabilities(runner: Runner) -> None:
    answers = runner.classify([text(7, [5, 6]), text(3, [8])]).answers
    assert [message.id for _, message in answers if isinstance(message, Classified)] == [7, 3]
    for client, message in answers:
        assert client == b"c"
        assert isinstance(message, Classified)
        assert sum(message.probabilities) == pytest.approx(1)


def test_sentences_join_late_and_leave_when_they_are_finished(runner: Runner) -> None:
    endless = [5, 5, 5, 5, 3]  # repeats, so that its translation may do so
    assert runner.join([sentence(1, endless, limit=20)]) == Outcome()
    for _ in range(3):
        runner.step()
    runner.join([sentence(2, endless, limit=2), sentence(3, endless, limit=2)])
    order = [message.id for _, message in run_to_the_end(runner) if isinstance(message, Translated)]
    assert sorted(order) == [1, 2, 3]
    assert order.index(1) == 2 or len(order) == 3
    assert runner.free_rows == 64


def test_company_changes_no_translation(runner: Runner) -> None:
    def translated(jobs: list[Job], delay: int) -> dict[int, list[int]]:
        found: list[tuple[bytes, ToFront]] = []
        for job in jobs:
            runner.join([job])
            for _ in range(delay):
                found += runner.step().answers
        found += run_to_the_end(runner)
        return {m.id: m.hypotheses[0].tokens for _, m in found if isinstance(m, Translated)}

    jobs = [sentence(n, [5 + n, 6, 7 + n % 3] * (1 + n % 4) + [3], limit=9, beam=3) for n in range(8)]
    together = translated(jobs, delay=1)
    for job in jobs:
        assert translated([job], delay=0)[job.request.id] == together[job.request.id]


def test_beams_of_different_width_run_side_by_side(runner: Runner) -> None:
    for number, beam in enumerate((1, 2, 4)):
        runner.join([sentence(number, [5, 6, 3], beam=beam, alternatives=beam)])
    found = {m.id: len(m.hypotheses) for _, m in run_to_the_end(runner) if isinstance(m, Translated)}
    assert found[0] == 1
    assert 1 <= found[1] <= 2
    assert 1 <= found[2] <= 4


def test_a_streaming_client_sees_its_translation_grow(runner: Runner) -> None:
    runner.join([sentence(1, [5, 5, 5, 5, 3], limit=6, stream=True), sentence(2, [5, 5, 5, 5, 3], limit=6)])
    messages = [message for _, message in run_to_the_end(runner)]
    partials = [message.tokens for message in messages if isinstance(message, Partial)]
    assert partials
    assert {message.id for message in messages if isinstance(message, Partial)} == {1}
    final = next(m.hypotheses[0].tokens for m in messages if isinstance(m, Translated) and m.id == 1)
    assert all(tokens == final[: len(tokens)] for tokens in partials)


def test_a_cancelled_sentence_frees_its_rows(runner: Runner) -> None:
    jobs = [sentence(n, [5, 5, 5, 5, 3], limit=50, beam=2) for n in range(3)]
    runner.join(jobs)
    runner.step()
    assert runner.free_rows == 64 - 6
    assert runner.cancel((b"c", 1))
    assert runner.free_rows == 64 - 4
    assert not runner.cancel((b"c", 1))
    answered = {message.id for _, message in run_to_the_end(runner)}
    assert answered == {0, 2}


def test_a_step_may_fail_after_all_its_sentences_were_cancelled(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the clients of a long batch are found to be gone between two of its tokens."""

    def cancelled(*arguments: Any) -> Any:
        runner.cancel((b"c", 1))
        raise RuntimeError("bad")

    runner.join([sentence(1, [5, 6, 3])])
    monkeypatch.setattr(runner.translators["tiny-translation"], "step", cancelled)
    assert runner.step() == Outcome()
    assert not runner.decoding
    assert runner.free_rows == 64


@pytest.mark.parametrize(
    "request_",
    [
        Classify(1, "nope", [1]),
        Classify(1, "tiny-translation", [1]),
        Translate(1, "tiny-sentiment", [1], 5),
        Classify(1, "tiny-sentiment", []),
        Classify(1, "tiny-sentiment", [-1]),
        Classify(1, "tiny-sentiment", [10**9]),
        Translate(1, "tiny-translation", [1], 5, begin=[10**9]),
    ],
)
def test_impossible_requests_have_a_fault(runner: Runner, request_: EngineRequest) -> None:
    assert runner.fault(request_)


def test_only_the_text_at_fault_fails(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = runner.classifiers["tiny-sentiment"]
    classify_all = model.classify

    def fragile(batch: list[list[int]]) -> list[list[float]]:
        if any(13 in tokens for tokens in batch):
            raise torch.OutOfMemoryError("no memory")
        rows: list[list[float]] = classify_all(batch)
        return rows

    monkeypatch.setattr(model, "classify", fragile)
    answers = runner.classify([text(n, [n]) for n in range(8, 16)]).answers
    assert [type(message) for _, message in answers] == [Failed if n == 13 else Classified for n in range(8, 16)]


@pytest.mark.parametrize("verb", ["encode", "step"])
def test_memory_that_runs_out_halves_the_sentences_in_flight(
    runner: Runner, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more than two sentences at a time are too many, all are translated, two at a time."""
    translator: Any = runner.translators["tiny-translation"]
    verb_itself = getattr(translator, verb)

    def small(first: Any, *rest: Any) -> Any:
        if len(first if verb == "encode" else rest[0]) > 2:
            raise torch.OutOfMemoryError("no memory")
        return verb_itself(first, *rest)

    monkeypatch.setattr(translator, verb, small)
    waiting = [sentence(n, [5, 6, 3]) for n in range(9)]
    answers = drive(runner, waiting)
    assert sorted(message.id for _, message in answers if isinstance(message, Translated)) == list(range(9))


def test_a_sentence_that_always_fails_fails_alone(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    translator: Any = runner.translators["tiny-translation"]
    encode = translator.encode

    def fragile(sources: list[list[int]], beam: int) -> Any:
        if any(13 in tokens for tokens in sources):
            raise RuntimeError("bad")
        return encode(sources, beam)

    monkeypatch.setattr(translator, "encode", fragile)
    waiting = [sentence(n, [n, 3]) for n in range(10, 16)]
    answers = drive(runner, waiting)
    kinds = {message.id: type(message) for _, message in answers}  # type: ignore[union-attr]
    assert kinds == {n: Failed if n == 13 else Translated for n in range(10, 16)}


LOST = [
    torch.AcceleratorError("CUDA error: device-side assert triggered\nCUDA kernel errors might be reported later"),
    RuntimeError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
]


@pytest.mark.parametrize("error", LOST)
def test_an_error_after_which_the_device_is_unusable_ends_the_run(
    runner: Runner, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answering it as a failure of the text would leave an engine that is ready and fails every request."""

    def broken(*arguments: Any) -> Any:
        raise error

    monkeypatch.setattr(runner.classifiers["tiny-sentiment"], "classify", broken)
    with pytest.raises(DeviceLost):
        runner.classify([text(1, [5])])
    translator = runner.translators["tiny-translation"]
    with monkeypatch.context() as patch:
        patch.setattr(translator, "encode", broken)
        with pytest.raises(DeviceLost):
            runner.join([sentence(1, [5, 3])])
    runner.in_flight.clear()
    runner.decodings.clear()
    runner.join([sentence(2, [5, 3])])
    monkeypatch.setattr(translator, "step", broken)
    with pytest.raises(DeviceLost):
        runner.step()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        torch.AcceleratorError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("CUDA error: operation not permitted when stream is capturing"),
        ValueError("shapes do not fit"),
    ],
)
def test_an_error_that_the_device_survives_fails_one_text(
    runner: Runner, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> Any:
        raise error

    monkeypatch.setattr(runner.classifiers["tiny-sentiment"], "classify", broken)
    assert [type(message) for _, message in runner.classify([text(1, [5])]).answers] == [Failed]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="no model folder"):
        Runner(tmp_path, Loader("cpu", "torch"), 64, tmp_path)


def test_models_in_the_settings_come_first(tiny_models: Path, tmp_path: Path) -> None:
    def names(chosen: Chosen) -> list[str]:
        runner = Runner(tiny_models, Loader("cpu", "torch"), 64, tmp_path, chosen=chosen)
        return [info.name for info in runner.infos]

    assert names(Chosen()) == ["tiny-sentiment", "tiny-translation"]
    assert names(Chosen(translation=["tiny-translation"])) == ["tiny-translation", "tiny-sentiment"]
    assert names(Chosen(sentiment=str(tiny_models / "tiny-sentiment"))) == ["tiny-sentiment", "tiny-translation"]
    with pytest.raises(ModelFolderError, match="is a model for translation, not for sentiment"):
        names(Chosen(sentiment="tiny-translation"))


def test_two_models_of_one_name_are_refused(tiny_models: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).symlink_to(tiny_models / "tiny-sentiment")
    with pytest.raises(ModelFolderError, match="another model is called"):
        Runner(tmp_path, Loader("cpu", "torch"), 64, tmp_path)


def test_a_model_comes_with_the_tokenizer_that_was_loaded(tiny_models: Path, tmp_path: Path) -> None:
    models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
    loaded = (models / "tiny-sentiment" / "tokenizer.json").read_bytes()
    private = tmp_path / "private"
    private.mkdir()
    runner = Runner(models, Loader("cpu", "torch"), 64, private)
    shutil.rmtree(models)
    assert [Path(info.tokenizer).read_bytes() for info in runner.infos] == [loaded] * 2
    assert {Path(info.tokenizer) for info in runner.infos} == set(private.iterdir())


def test_files_that_are_replaced_while_they_are_loaded_are_refused(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(tiny_models / "tiny-sentiment", tmp_path / "models" / "tiny-sentiment"))

    def load_and_replace(*arguments: Any) -> Any:
        model = runtime_of(*arguments)
        text = (folder / "config.json").read_text()
        (folder / "config.json").write_text(text.replace("sha256:", "sha256:0"))
        return model

    monkeypatch.setattr("app.runtime.load.runtime_of", load_and_replace)
    with pytest.raises(ModelFolderError, match="replaced while they were loaded"):
        Runner(folder.parent, Loader("cpu", "torch"), 64, tmp_path)


def test_on_demand_a_model_is_checked_and_loaded_by_its_first_text(tiny_models: Path, tmp_path: Path) -> None:
    models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
    at_once = Runner(models, Loader("cpu", "onnx"), 64, tmp_path)
    runner = Runner(models, Loader("cpu", "onnx", on_demand=True), 64, tmp_path)
    assert runner.infos == at_once.infos
    classifier, translator = (info.key for info in sorted(runner.infos, key=lambda info: info.task))
    jobs = [Job(b"c", Classify(1, classifier, [5, 6]))]
    assert [one.probabilities for _, one in runner.classify(jobs).answers] == [  # type: ignore[union-attr]
        one.probabilities  # type: ignore[union-attr]
        for _, one in at_once.classify(jobs).answers
    ]
    weights = models / "tiny-translation" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    outcome = runner.join([Job(b"c", Translate(2, translator, [5, 6, 3], 6, DecodeOptions(2)))])
    ((_, answer),) = outcome.answers
    assert isinstance(answer, Failed)
    assert "its hash is not the one" in answer.reason
    assert not runner.decoding


def test_half_precision_serves_both_tasks(tiny_models: Path, tmp_path: Path) -> None:
    runner = Runner(tiny_models, Loader("cpu", "torch", "bfloat16"), 64, tmp_path)
    classifier, translator = (info.key for info in sorted(runner.infos, key=lambda info: info.task))
    assert isinstance(runner.classify([Job(b"c", Classify(1, classifier, [5, 6]))]).answers[0][1], Classified)
    runner.join([Job(b"c", Translate(2, translator, [5, 6, 3], 6, DecodeOptions(2)))])
    assert [type(message) for _, message in run_to_the_end(runner)] == [Translated]
