"""Models made elsewhere over the real service: one of each family by the same routes, limits and errors as our own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.engine.supervisor import Supervisor
from app.extras import needed
from app.huggingface.conversion import convert
from app.settings import Settings
from tests.conftest import running_service

pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")
pytest.importorskip("ctranslate2")

from tests.huggingface import models as hf_models

pytestmark = pytest.mark.timeout(600)  # the first start exports six classifiers

SHORT = "A man on a ladder."
RICH = "A man pays 12 in https://example.org/a?b=c for {name}, and <b>I love it</b>!"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[httpx.Client]:
    """With one model of each family: most in the models folder, three by the settings."""
    inside, outside = tmp_path_factory.mktemp("inside"), tmp_path_factory.mktemp("outside")
    named = ["bert", "opus-mt-en-de", "nllb"]
    others = [name for name in (*hf_models.CLASSIFIERS, *hf_models.TRANSLATORS) if name not in named]
    hf_models.make(inside, others)
    hf_models.make(outside, named)
    for name in hf_models.TRANSLATORS:  # all in this process; the engine finds them
        convert((outside if name in named else inside) / name, Path(os.environ["UNDERTONE_CACHE_DIR"]))
    for folder in tiny_models.iterdir():
        (inside / folder.name).symlink_to(folder)
    settings = {
        "UNDERTONE_SENTIMENT_MODEL": str(outside / "bert"),
        "UNDERTONE_SENTIMENT_LABELS": "positive,neutral,negative",
        "UNDERTONE_SENTIMENT_LANGUAGES": "en,de",
        "UNDERTONE_TRANSLATION_MODELS": f"{outside / 'opus-mt-en-de'}, {outside / 'nllb'}=en-de+fr-de+en-zh_Hant",
    }
    with running_service(inside, **settings) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        yield client


def translated(client: httpx.Client, **body: object) -> str:
    answer = client.post("/translate", json={"source": "en", "target": "de", **body})
    assert answer.status_code == 200, answer.text
    translation: str = answer.json()["translation"]
    return translation


def test_the_catalogue_has_them_beside_our_own(client: httpx.Client) -> None:
    models = {model["name"]: model for model in client.get("/models").json()["models"]}
    assert list(models)[:3] == ["bert", "opus-mt-en-de", "nllb"]
    assert {"tiny-sentiment", "tiny-translation", *hf_models.CLASSIFIERS, *hf_models.TRANSLATORS} == set(models)
    assert models["bert"]["architecture"] == "transformers/bert"
    assert models["bert"]["languages"] == ["en", "de"]
    assert "NEGATIVE is positive" in models["bert"]["description"]
    assert models["t5"]["architecture"] == "ctranslate2/t5"
    assert models["t5"]["description"] == "T5ForConditionalGeneration, 1 direction, converted to CTranslate2 in int8"
    assert models["nllb"]["directions"] == [["en", "de"], ["fr", "de"], ["en", "zh-Hant"]]


@pytest.mark.parametrize("name", [*hf_models.CLASSIFIERS, "tiny-sentiment"])
def test_sentiment_by_each(client: httpx.Client, name: str) -> None:
    language = "de" if name == "xlm-roberta" else "en"
    body = {"text": SHORT, "language": language, "model": name}
    alone = client.post("/sentiment", json=body).json()
    assert alone["model"] == name
    assert sum(alone["scores"].values()) == pytest.approx(1, abs=1e-4)
    many = {"texts": [SHORT, "I love this phone! " * 3, "a", 7, SHORT], "language": language, "model": name}
    batch = client.post("/sentiment/batch", json=many).json()["results"]
    assert batch[3]["error"]["type"].endswith("invalid-request")
    for answer in (batch[0], batch[4]):
        assert answer["scores"] == pytest.approx(alone["scores"], abs=1e-4)


def test_a_setting_chooses_the_model_and_a_request_overrides_it(client: httpx.Client) -> None:
    assert client.post("/sentiment", json={"text": SHORT, "language": "en"}).json()["model"] == "bert"
    assert client.post("/sentiment", json={"text": SHORT, "language": "fr"}).json()["model"] == "xlm-roberta"
    body = {"text": SHORT, "source": "en", "target": "de"}
    assert client.post("/translate", json=body).json()["model"] == "opus-mt-en-de"
    assert client.post("/translate", json={**body, "model": "tiny-translation"}).json()["model"] == "tiny-translation"
    assert client.post("/translate", json={**body, "target": "zh-Hant"}).json()["model"] == "nllb"


@pytest.mark.parametrize("name", hf_models.TRANSLATORS)
def test_translation_by_each_loses_nothing(client: httpx.Client, name: str) -> None:
    assert translated(client, text=SHORT, model=name, beam=2)
    translation = translated(client, text=f"  {RICH}\n\n\t{SHORT} ", model=name)
    for kept in ("12", "https://example.org/a?b=c", "{name}", "<b>", "</b>", "\n\n\t"):
        assert kept in translation
    assert translation.startswith("  ")


def test_sentences_of_many_clients_at_once_are_those_of_one(client: httpx.Client) -> None:
    texts = [f"{'A man on a ladder loves ' * (n % 3)}this phone." for n in range(6)]
    bodies = [{"text": text, "model": name} for text in texts for name in ("opus-mt-en-de", "m2m_100")]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda body: translated(client, **body, beam=2), bodies))
    assert together == [translated(client, **body, beam=2) for body in bodies]


def test_a_stream_comes_sentence_by_sentence(client: httpx.Client) -> None:
    body = {"text": f"{SHORT} {SHORT}", "source": "en", "target": "de", "model": "t5"}
    answer = client.post("/translate", json=body, headers={"Accept": "text/event-stream"})
    assert "event: answer" in answer.text
    assert "event: problem" not in answer.text


def test_limits_and_errors_are_the_same(client: httpx.Client) -> None:
    for truncate in (False, True):  # the model reads 46 tokens, 48 with the two special ones
        body = {"text": "ladder " * 200, "language": "en", "model": "distilbert", "truncate": truncate}
        assert client.post("/sentiment", json=body).json()["truncated"] is truncate
    wrong = client.post("/translate", json={"text": SHORT, "source": "en", "target": "ja", "model": "t5"})
    assert wrong.json()["detail"].startswith("The model t5 translates")
    assert translated(client, text="A man stands on a ladder, " * 40, model="opus-mt-en-de")  # in pieces


def blocked(tmp_path: Path) -> dict[str, str]:
    """An environment in which neither transformers nor the hub's library can be imported."""
    for name in ("transformers", "huggingface_hub"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('not installed')")
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}


def test_without_transformers_the_service_runs(tiny_models: Path, tmp_path: Path) -> None:
    with running_service(tiny_models, **blocked(tmp_path)) as (url, _):
        answer = httpx.post(f"{url}/sentiment", json={"text": SHORT, "language": "en"})
        assert answer.json()["model"] == "tiny-sentiment"


@pytest.mark.parametrize("setting", ["UNDERTONE_SENTIMENT_MODEL", "UNDERTONE_TRANSLATION_MODELS"])
def test_without_transformers_a_setting_that_needs_it_says_what_to_install(
    tiny_models: Path, tmp_path: Path, setting: str
) -> None:
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--models-dir", str(tiny_models)]
    environment = {**os.environ, "UNDERTONE_CPU_ENGINES": "1", setting: "owner/name", **blocked(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
    assert ended.returncode == 1
    assert needed("hf") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_model_that_cannot_be_served_ends_the_start_with_the_reason(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = {"id2label": {0: "joy", 1: "anger"}, "label2id": {"joy": 0, "anger": 1}}
    hf_models.bert(tmp_path / "emotions", **names)
    told, reasons = threading.Event(), list[str]()
    supervisor = Supervisor(
        Settings(models_dir=tmp_path, device="cpu", cpu_engines=1),
        on_failure=lambda reason: [reasons.append(reason), told.set()],  # type: ignore[func-returns-value]
    )
    supervisor.start()
    assert told.wait(100)
    supervisor.stop()
    assert "nothing tells which of its classes (joy, anger) are" in capfd.readouterr().err


def test_the_http_side_needs_neither_torch_nor_transformers() -> None:
    script = "import sys, app.main; print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
