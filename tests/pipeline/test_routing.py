from __future__ import annotations

import asyncio

import pytest

from app.engine.messages import ModelInfo
from app.pipeline.routing import sources_of
from app.pipeline.service import PipelineError
from tests.conftest import tiny_tokenizer
from tests.pipeline.engines import RepliesWith

TRANSLATOR = ModelInfo("t", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 20)
CLASSIFIER = ModelInfo("s", "sentiment", "a", "", 1, ["en"], ["negative", "neutral", "positive"], [], 20)


def refusal(info: ModelInfo, **options: str) -> PipelineError:
    pipeline = RepliesWith(info, tiny_tokenizer(), lambda tokens: []).pipeline()
    if info is CLASSIFIER:
        asked = pipeline.sentiment("a man", **options)  # type: ignore[arg-type]
    else:
        asked = pipeline.translate("a man", **{"target": "de", **options})  # type: ignore[arg-type, assignment]
    with pytest.raises(PipelineError) as caught:
        asyncio.run(asked)
    return caught.value


def test_an_unknown_language_is_told_by_the_field_that_named_it() -> None:
    for info, field in ((TRANSLATOR, "source"), (TRANSLATOR, "target"), (CLASSIFIER, "language")):
        error = refusal(info, **{field: "xx"})
        assert error.kind == "unknown-language"
        assert str(error).startswith(f"{field}: 'xx' is no language code")


def test_the_languages_that_models_translate_from() -> None:
    french = ModelInfo("f", "translation", "a", "", 1, ["fr", "en"], [], [("fr", "en")], 20)
    assert sources_of([TRANSLATOR, french], "de") == ["en", "de", "fr"]
    assert sources_of([TRANSLATOR], "de") == ["en", "de"]
    assert sources_of([TRANSLATOR, french], "cs") == ["en", "fr"]
