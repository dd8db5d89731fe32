"""The front side against real engine processes with tiny models."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from app.engine import usage
from app.engine.client import EngineClient
from app.engine.errors import EngineOverloaded, EngineUnavailable, ModelsChanged, RequestFailed
from app.engine.messages import Classified, Hello, ModelInfo, Ready, Report, Retiring, Score
from app.engine.rate import Rate
from app.engine.supervisor import Supervisor
from app.engine.usage import RequestUsage
from app.nets.modules import load_model, save_model
from app.settings import Settings
from app.text.decode_options import DecodeOptions

MODEL = "tiny-sentiment"


@asynccontextmanager
async def engines(models: Path, **settings: Any) -> AsyncIterator[tuple[EngineClient, Supervisor]]:
    options = Settings(models_dir=models, device="cpu", **{"cpu_engines": 1, **settings})
    supervisor = Supervisor(options)
    supervisor.start()
    client = EngineClient(supervisor.endpoints, options.max_queue_tokens, options.engine_timeout_s)
    await client.start()
    try:
        await asyncio.wait_for(client.became_ready.wait(), 60)
        yield client, supervisor
    finally:
        await client.close()
        await asyncio.to_thread(supervisor.stop)


def key(client: EngineClient, name: str) -> str:
    return next((info.key for info in client.models if info.name == name), name)


async def all_ready(client: EngineClient) -> None:
    while not all(engine.ready for engine in client.engines):
        await asyncio.sleep(0.02)


def crash(supervisor: Supervisor, index: int = 0) -> int:
    pid = list(supervisor.engines.values())[index].process.pid
    os.kill(pid, signal.SIGKILL)
    return pid


def test_an_engine_killed_under_load_loses_nothing(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, supervisor):
            expected = await client.classify(key(client, MODEL), [5, 6, 7])
            asks = [asyncio.create_task(client.classify(key(client, MODEL), [5, 6, 7])) for _ in range(200)]
            await asyncio.sleep(0)
            crash(supervisor)
            for answer in await asyncio.wait_for(asyncio.gather(*asks), 60):
                assert answer == pytest.approx(expected, abs=1e-6)
            assert client.ready
            assert client.tokens == 0

    asyncio.run(run())


def test_a_request_that_kills_engines_fails_alone(tiny_models: Path) -> None:
    """Each time the culprit is sent, the engine dies; its neighbours are answered all the same."""

    async def run() -> None:
        async with engines(tiny_models) as (client, supervisor):
            send = client.send

            def deadly(engine: Any, message: Any) -> None:
                send(engine, message)
                if getattr(message, "tokens", None) == [13]:
                    crash(supervisor)

            client.send = deadly  # type: ignore[method-assign]
            neighbours = [asyncio.create_task(client.classify(key(client, MODEL), [5, n])) for n in range(4, 24)]
            culprit = asyncio.create_task(client.classify(key(client, MODEL), [13]))
            later = [asyncio.create_task(client.classify(key(client, MODEL), [6, n])) for n in range(4, 24)]
            with pytest.raises(RequestFailed, match="crashed"):
                await asyncio.wait_for(culprit, 90)
            answers = await asyncio.wait_for(asyncio.gather(*neighbours, *later), 60)
            assert len(answers) == 40

    asyncio.run(run())


BREAKS_ONCE = """
import pathlib, torch
from app.nets.classifier import RecurrentClassifier

classify, flag = RecurrentClassifier.classify, pathlib.Path({flag!r})

def classify_or_break(self, batch):
    if [13] in batch and not flag.exists():
        flag.touch()
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")
    return classify(self, batch)

RecurrentClassifier.classify = classify_or_break
"""


def test_an_engine_whose_device_is_unusable_is_replaced_and_its_work_is_answered(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the engine's process the first forward of a certain text breaks the device."""
    (tmp_path / "sitecustomize.py").write_text(BREAKS_ONCE.format(flag=str(tmp_path / "broken")))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).resolve().parents[2]}")

    async def run() -> None:
        async with engines(tiny_models, runtime="torch") as (client, supervisor):
            pid = next(iter(supervisor.engines.values())).process.pid
            assert len(await asyncio.wait_for(client.classify(key(client, MODEL), [13]), 60)) == 3
            assert next(iter(supervisor.engines.values())).process.pid != pid

    asyncio.run(run())
    assert "cpu is unusable for this process (CUDA error: device-side assert triggered)" in capfd.readouterr().err


def test_a_dead_engine_leaves_its_work_to_another(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, cpu_engines=2) as (client, supervisor):
            await all_ready(client)
            asks = [asyncio.create_task(client.classify(key(client, MODEL), [5] * 30)) for _ in range(100)]
            await asyncio.sleep(0)
            assert all(engine.sent for engine in client.engines), "both have work"
            crash(supervisor, 1)
            assert len(await asyncio.wait_for(asyncio.gather(*asks), 60)) == 100

    asyncio.run(run())


def test_an_idle_engine_that_dies_is_noticed(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, supervisor):
            dead = crash(supervisor)
            while client.ready:
                await asyncio.sleep(0.01)
            while not client.ready:
                await asyncio.sleep(0.01)
            assert next(iter(supervisor.engines.values())).process.pid != dead

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_stopped_engine_leaves_its_work_to_another(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, cpu_engines=2, engine_timeout_s=2) as (client, supervisor):
            while not all(engine.ready for engine in client.engines):
                await asyncio.sleep(0.02)
            stopped = next(iter(supervisor.engines.values())).process
            stopped.send_signal(signal.SIGSTOP)
            asks = [asyncio.create_task(client.classify(key(client, MODEL), [5] * 30)) for _ in range(100)]
            assert len(await asyncio.wait_for(asyncio.gather(*asks), 60)) == 100
            assert await asyncio.to_thread(stopped.wait) == -signal.SIGKILL
            while not all(engine.ready for engine in client.engines):  # there are two again
                await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(run(), 90))


def test_an_engine_that_wakes_up_by_itself_serves_again(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody ends it: engines that somebody else started."""
    monkeypatch.setattr("app.engine.client.complain", lambda endpoint, pid: None)

    async def run() -> None:
        async with engines(tiny_models, engine_timeout_s=2) as (client, supervisor):
            process = next(iter(supervisor.engines.values())).process
            process.send_signal(signal.SIGSTOP)
            ask = asyncio.create_task(client.classify(key(client, MODEL), [5]))
            while client.ready:
                await asyncio.sleep(0.02)
            process.send_signal(signal.SIGCONT)
            assert len(await ask) == 3
            assert client.ready

    asyncio.run(asyncio.wait_for(run(), 60))


def test_work_that_takes_long_is_no_hang(tiny_models: Path, tmp_path: Path) -> None:
    """A sentence that would take hours says nothing, but the engine says that it gets on."""
    models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
    folder = models / "tiny-translation"
    model = load_model(folder)
    with torch.no_grad():
        model.output_bias[3] = -1e9  # type: ignore[union-attr, operator]
    save_model(model, (folder / "tokenizer.json").read_text(), folder)

    async def run() -> None:
        async with engines(models, engine_timeout_s=2) as (client, supervisor):
            pid = next(iter(supervisor.engines.values())).process.pid
            endless = client.translate(
                key(client, "tiny-translation"), [5] * 8, max_tokens=10**7, options=DecodeOptions()
            )
            ask = asyncio.create_task(endless)
            await asyncio.sleep(5)
            assert not ask.done()
            assert client.ready
            assert next(iter(supervisor.engines.values())).process.pid == pid
            ask.cancel()

    asyncio.run(asyncio.wait_for(run(), 60))


def test_too_much_is_refused_and_room_comes_back(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, max_queue_tokens=10) as (client, _):
            first = asyncio.create_task(client.classify(key(client, MODEL), [5] * 8))
            await asyncio.sleep(0)
            with pytest.raises(EngineOverloaded):
                await client.classify(key(client, MODEL), [5] * 3)
            await first
            await client.classify(key(client, MODEL), [5] * 3)

    asyncio.run(run())


def test_a_request_larger_than_the_queue_is_answered(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, max_queue_tokens=160) as (client, _):
            usage.CURRENT.set(RequestUsage())
            asks = [client.classify(key(client, MODEL), [5] * 20) for _ in range(40)]
            assert len(await asyncio.wait_for(asyncio.gather(*asks), 60)) == 40

    asyncio.run(run())


def test_the_rate_is_measured_while_there_is_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("app.engine.rate.time.monotonic", lambda: now)
    rate = Rate()
    rate.begin()
    for now in (0.25, 0.5):  # noqa: B007
        rate.done(50, waiting=1000)
    assert rate.weight_per_s == pytest.approx(200)
    assert rate.wait_s(1000) == pytest.approx(5)
    now = 100.0  # idle until here
    rate.begin()
    now = 100.5
    rate.done(200, waiting=1000)
    assert 200 < rate.weight_per_s < 300  # old and new
    before = rate.weight_per_s
    now = 110.0
    rate.done(10, waiting=0)  # a lone request does not show how much could be done
    assert rate.weight_per_s == before


@pytest.mark.parametrize("apart_s", [0.1, 1.0, 2.5])
def test_the_rate_of_batches_is_measured_beside_light_work(monkeypatch: pytest.MonkeyPatch, apart_s: float) -> None:
    """Batches are answered whole, and light requests all the time: together 1,000 a second, or all of it by turns."""
    now = 0.0
    monkeypatch.setattr("app.engine.rate.time.monotonic", lambda: now)
    rate, found = Rate(), []
    rate.begin()
    for tick in range(1, 6_000):
        now = tick / 100
        rate.done(1, waiting=30_000)
        if tick % int(100 * apart_s) == 0:
            for _ in range(16):
                rate.done(900 * apart_s / 16, waiting=30_000)
        if tick > 2_000:
            found.append(rate.weight_per_s)
    assert min(found) > 500
    assert max(found) < 2_000


def test_translations_grow_before_they_are_done(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, _):
            for beam in (1, 3):
                seen: list[list[int]] = []
                hypotheses = await client.translate(
                    key(client, "tiny-translation"),
                    [5, 6, 5, 6, 5, 6, 5, 6, 3],
                    max_tokens=25,
                    options=DecodeOptions(beam),
                    on_partial=seen.append,
                )
                final = hypotheses[0].tokens
                assert all(tokens == final[: len(tokens)] for tokens in seen)
                assert seen == sorted(seen, key=len)
                assert seen or beam > 1

    asyncio.run(run())


def test_a_cancelled_translation_leaves_in_mid_decode(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, max_decode_rows=1) as (client, _):
            long: dict[str, Any] = {
                "max_tokens": 1_000_000,
                "options": DecodeOptions(),
            }  # would keep the only place for minutes
            grown = asyncio.Event()
            endless = asyncio.create_task(
                client.translate(key(client, "tiny-translation"), [5] * 9, on_partial=lambda _: grown.set(), **long)
            )
            await asyncio.wait_for(grown.wait(), 30)
            waiting = asyncio.create_task(
                client.translate(key(client, "tiny-translation"), [6, 3], max_tokens=3, options=DecodeOptions())
            )
            await asyncio.sleep(0.05)
            assert not waiting.done()
            endless.cancel()
            await asyncio.wait_for(waiting, 30)

    asyncio.run(run())


def test_the_impossible_is_answered_with_its_reason(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, _):
            with pytest.raises(RequestFailed, match="token ids"):
                await client.classify(key(client, MODEL), [10**6])
            assert len(await client.classify(key(client, MODEL), [5])) == 3

    asyncio.run(run())


def test_a_cancelled_request_frees_its_place(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, _):
            asks = [asyncio.create_task(client.classify(key(client, MODEL), [5] * 10)) for _ in range(50)]
            await asyncio.sleep(0)
            for ask in asks[10:]:
                ask.cancel()
            await asyncio.gather(*asks[:10])
            await asyncio.gather(*asks, return_exceptions=True)
            assert client.tokens == 0
            assert not any(engine.sent for engine in client.engines)

    asyncio.run(run())


def test_closing_fails_requests_that_still_wait() -> None:
    async def run() -> None:
        client = EngineClient(["ipc:///tmp/undertone-test-nobody-listens"], 1000)
        await client.start()
        ask = asyncio.create_task(client.classify(key(client, MODEL), [5]))
        await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(EngineUnavailable):
            await ask

    asyncio.run(run())


def test_messages_of_an_engine_that_is_dismissed_or_down_are_ignored() -> None:
    async def run() -> None:
        client = EngineClient(["ipc:///tmp/undertone-test-nobody-listens"], 1000)
        await client.start()
        (engine,) = client.engines
        reports: list[Report] = []
        client.on_report = lambda name, report: reports.append(report)
        for engine.ready in (True, False):
            await client.handle(engine, Report(1, 1.0, 1, []))
        assert len(reports) == 1, "what a dead engine said last tells nothing of how it is"
        engine.retiring = True
        for number in (1, 2):  # both were taken back; the first leaves nothing to wait for
            await client.handle(engine, Classified(number, [1.0]))
        assert not client.engines
        await client.close()

    asyncio.run(run())


def other_weights(models: Path, copy: Path) -> None:
    """The same models with the weights of the classifier turned around, in place."""
    folder = copy / MODEL
    model = load_model(folder)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.neg_()
    save_model(model, (folder / "tokenizer.json").read_text(), folder)


def test_new_models_take_over_under_load_and_nothing_is_lost(tiny_models: Path, tmp_path: Path) -> None:
    async def run() -> None:
        models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
        async with engines(models) as (client, supervisor):
            old_key, old_engine = key(client, MODEL), next(iter(supervisor.engines.values())).process
            before = await client.classify(old_key, [5, 6, 7])
            answers: list[list[float]] = []
            replaced = 0

            async def ask_on() -> None:
                nonlocal replaced
                while not done.is_set():
                    try:
                        answers.append(await client.classify(key(client, MODEL), [5, 6, 7]))
                    except ModelsChanged:  # a pipeline would prepare the request again
                        replaced += 1

            done = asyncio.Event()
            asking = [asyncio.create_task(ask_on()) for _ in range(8)]
            await asyncio.to_thread(other_weights, tiny_models, models)
            assert await asyncio.to_thread(supervisor.reload)
            while key(client, MODEL) == old_key:
                await asyncio.sleep(0.01)
            after = await client.classify(key(client, MODEL), [5, 6, 7])
            done.set()
            await asyncio.wait_for(asyncio.gather(*asking), 30)
            assert after != pytest.approx(before, abs=1e-4)
            for answer in answers:
                assert answer == pytest.approx(before, abs=1e-5) or answer == pytest.approx(after, abs=1e-5)
            assert replaced <= 8, "only what was on its way at the switch"
            await asyncio.wait_for(asyncio.to_thread(old_engine.wait), 30)
            assert len(client.engines) == 1
            with pytest.raises(ModelsChanged):
                await client.classify(old_key, [5])

    asyncio.run(run())


def test_a_broken_folder_leaves_the_old_models_serving(tiny_models: Path, tmp_path: Path) -> None:
    async def run() -> None:
        models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
        async with engines(models, cpu_engines=2) as (client, supervisor):
            await all_ready(client)
            pids = {engine.process.pid for engine in supervisor.engines.values()}
            (models / MODEL / "model.safetensors").write_bytes(b"damaged")
            assert not await asyncio.to_thread(supervisor.reload)
            assert len(await client.classify(key(client, MODEL), [5])) == 3
            assert {engine.process.pid for engine in supervisor.engines.values()} == pids

    asyncio.run(run())


def test_a_reload_of_unchanged_models_is_not_noticed(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, cpu_engines=2) as (client, supervisor):
            await all_ready(client)
            pids = {engine.process.pid for engine in supervisor.engines.values()}
            asks = [asyncio.create_task(client.classify(key(client, MODEL), [5] * 20)) for _ in range(200)]
            assert await asyncio.to_thread(supervisor.reload)
            await asyncio.wait_for(asyncio.gather(*asks), 30)
            await client.classify(key(client, MODEL), [5])
            assert not pids & {engine.process.pid for engine in supervisor.engines.values()}

    asyncio.run(run())


@asynccontextmanager
async def client_of(count: int) -> AsyncIterator[EngineClient]:
    """A client of engines that are only seen from its side."""
    client = EngineClient([f"ipc:///tmp/undertone-test-nobody-listens-{n}" for n in range(count)], 1000)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def ready(digest: str, generation: int = 0) -> Ready:
    return Ready([ModelInfo("m", "sentiment", "a", "d", 5, ["en"], ["x"], [], 9, "", digest)], 1, generation)


def scored(value: float, generation: int = 0) -> Ready:
    message = ready("same", generation)
    scores = [Score("recall", value, "posts", ("en",))]
    return msgspec.structs.replace(message, models=[msgspec.structs.replace(message.models[0], scores=scores)])


def digests(client: EngineClient) -> list[str]:
    return [info.digest for info in client.models]


def test_an_engine_that_comes_back_with_other_models_gets_no_requests() -> None:
    async def run() -> None:
        async with client_of(2) as client:
            first, second = client.engines
            await client.handle(first, ready("old"))
            await client.handle(second, ready("old"))
            client.lost(first)
            await client.handle(first, ready("new"))
            assert digests(client) == ["old"]
            assert not first.ready
            client.lost(second)
            assert [message for message in first.outbox if isinstance(message, Hello)], "it is asked again"
            await client.handle(first, ready("new"))
            assert digests(client) == ["new"], "better than none"
            await client.handle(second, ready("old"))
            assert digests(client) == ["new"]
            assert not second.ready

    asyncio.run(run())


def test_models_change_by_a_reload() -> None:
    """Its engines have a higher generation, also where the one that they replace had just ended."""

    async def run() -> None:
        async with client_of(2) as client:
            first, second = client.engines
            for engine in (first, second):
                await client.handle(engine, ready("old"))
            client.lost(first)
            await client.handle(first, ready("new", generation=1))
            assert digests(client) == ["new"]
            assert first.ready
            assert second.ready, "until its successor is there"
            assert second.serves != first.serves

    asyncio.run(run())


def test_after_a_reload_that_changed_nothing_a_restart_still_changes_nothing() -> None:
    async def run() -> None:
        async with client_of(2) as client:
            first, second = client.engines
            await client.handle(first, ready("old", generation=1))
            await client.handle(second, ready("old", generation=0))  # not replaced yet
            client.lost(second)
            await client.handle(second, ready("new", generation=1))
            assert digests(client) == ["old"]

    asyncio.run(run())


def test_other_scores_keep_no_engine_away_and_hold_from_a_reload_on() -> None:
    """Such as after an engine crashed behind `undertone models measure`."""

    async def run() -> None:
        async with client_of(2) as client:
            first, second = client.engines
            seen: list[float] = []

            async def adopt(models: list[ModelInfo]) -> None:
                seen.extend(score.value for info in models for score in info.scores)

            client.on_models = adopt
            await client.handle(first, scored(1))
            await client.handle(second, scored(1))
            client.lost(first)
            await client.handle(first, scored(2))
            assert first.ready
            assert seen == [1]
            await client.handle(second, scored(2, generation=1))
            assert seen == [1, 2]
            await client.handle(first, scored(2, generation=1))
            assert (seen, [score.value for score in client.models[0].scores]) == ([1, 2], [2])

    asyncio.run(run())


@pytest.mark.parametrize("told", [False, True])
def test_an_engine_that_hung_during_a_reload_decides_nothing_when_it_wakes(told: bool) -> None:
    async def run() -> None:
        async with client_of(2) as client:
            hung, other = client.engines
            for engine in (hung, other):
                await client.handle(engine, ready("old"))
            client.hung(hung)
            await client.handle(other, ready("new", generation=1))
            if told:
                await client.handle(hung, Retiring())
            await client.handle(hung, ready("old"))
            assert digests(client) == ["new"]
            assert not hung.ready

    asyncio.run(run())


def test_an_engine_that_restarts_after_its_folder_changed_waits_for_a_reload(
    tiny_models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
        async with engines(models, cpu_engines=2) as (client, supervisor):
            await all_ready(client)
            old_key = key(client, MODEL)
            before = await client.classify(old_key, [5, 6, 7])
            await asyncio.to_thread(other_weights, tiny_models, models)
            crash(supervisor)
            while "undertone reload" not in caplog.text:
                await asyncio.sleep(0.05)
            assert key(client, MODEL) == old_key
            for _ in range(4):
                assert await client.classify(old_key, [5, 6, 7]) == pytest.approx(before, abs=1e-5)
            assert await asyncio.to_thread(supervisor.reload)
            while key(client, MODEL) == old_key or len([e for e in client.engines if e.ready]) < 2:
                await asyncio.sleep(0.05)
            assert await client.classify(key(client, MODEL), [5, 6, 7]) != pytest.approx(before, abs=1e-4)

    asyncio.run(asyncio.wait_for(run(), 120))


def test_the_last_engine_serves_the_models_of_its_folder_rather_than_none(
    tiny_models: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
        async with engines(models) as (client, supervisor):
            old_key = key(client, MODEL)
            await asyncio.to_thread(other_weights, tiny_models, models)
            crash(supervisor)
            while key(client, MODEL) == old_key:
                await asyncio.sleep(0.05)
            assert len(await client.classify(key(client, MODEL), [5, 6, 7])) == 3
            assert "no engine is left with the models from before" in caplog.text

    asyncio.run(asyncio.wait_for(run(), 120))
