"""A wrong field of a foreign request is told as the native routes tell it: what to send, not what pydantic calls it."""

from __future__ import annotations

import httpx
import pytest

AMAZON = {"Content-Type": "application/x-amz-json-1.1"}


def amazon(operation: str) -> dict[str, str]:
    service = "AWSShineFrontendService_20170701" if operation == "TranslateText" else "Comprehend_20171127"
    return {**AMAZON, "X-Amz-Target": f"{service}.{operation}"}


# Paths with bodies that are wrong, and what the answer says of them.
WRONG = [
    ("/libretranslate/translate", {"q": 1, "source": "en", "target": "de"}, "q: must be a string, or a list"),
    ("/libretranslate/translate", {"q": [1], "source": "en", "target": "de"}, "text 1: must be a string"),
    ("/libretranslate/translate", {"q": "a", "source": "en"}, "target: is missing"),
    (
        "/libretranslate/translate",
        {"q": "a", "source": "en", "traget": "de"},
        "traget: is no field; did you mean target?",
    ),
    ("/libretranslate/translate", {"q": "a", "source": "en", "target": "de", "format": "x"}, "format: must be 'text'"),
    ("/libretranslate/translate_file", {"file": "a", "source": "en", "target": "de"}, "file: must be a file"),
    ("/deepl/v2/translate", {"text": ["a"], "target_language": "DE"}, "did you mean target_lang?"),
    ("/google/language/translate/v2", {"q": "a"}, "target: is missing"),
    ("/google/language/translate/v2", {"q": "a", "target": "de", "prettyprint": True}, "did you mean prettyPrint?"),
    ("/microsoft/translate?api-version=3.0&to=de", {"Text": "a"}, "body: must be a list such as"),
    ("/microsoft/translate?api-version=3.0&to=de", [{"Txt": "a"}], "body.0.Text: is missing"),
    ("/microsoft/translate?api-version=3.0&to=de&textTyp=plain", [{"Text": "a"}], "did you mean textType?"),
    ("/microsoft/translate?api-version=3.0&to=de&texts=b", [{"Text": "a"}], "texts: is no field; the fields are api-"),
    ("/sagemaker/invocations", [], "body: must be an object"),
    ("/openinference/v2/models/sentiment/infer", {"inputs": 1}, "inputs: must be a list"),
    ("/huggingface/models/translation", {"inputs": "a"}, "is missing"),
    ("/huggingface/models/translation", {"inputs": "a", "parameters": {"tgt_lng": "de"}}, "did you mean tgt_lang?"),
    ("/huggingface/models/sentiment", {"inputs": 1}, "inputs: must be a string, or a list"),
    ("/huggingface/models/sentiment", {"inputs": ["a", None]}, "text 2: must be a string"),
    ("/huggingface/predict", {"inputs": "a", "raw_scores": True}, "raw_scores: must be false"),
    ("/huggingface/predict", {"inputs": "a", "truncate": True, "truncation_direction": "Left"}, "must be 'Right'"),
]
CZECH = "Toto je úplně normální česká věta."
HAS_TARGET = "/openinference/v2/models/translation/infer"


def tensor(text: str, **parameters: str) -> dict[str, object]:
    return {"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": [text]}], "parameters": parameters}


# Errors of what is behind the foreign API name its own fields, and none that it lacks.
FIELDS = [
    ("/deepl/v2/translate", {"text": ["a"], "target_lang": "xx"}, "target_lang: 'xx'"),
    ("/deepl/v2/translate", {"text": ["a"], "target_lang": "DE", "source_lang": "xx"}, "source_lang: 'xx'"),
    ("/deepl/v2/translate", {"text": [CZECH], "target_lang": "DE"}, "set source_lang to that."),
    ("/google/language/translate/v2", {"q": "a", "target": "xx"}, "target: 'xx'"),
    ("/microsoft/translate?api-version=3.0&to=xx", [{"Text": "a"}], "to: 'xx'"),
    ("/microsoft/translate?api-version=3.0&to=de&from=xx", [{"Text": "a"}], "from: 'xx'"),
    ("/microsoft/translate?api-version=3.0&to=de", [{"Text": CZECH}], "set from to that."),
    ("/huggingface/models/translation", {"inputs": "a", "parameters": {"tgt_lang": "xx"}}, "parameters.tgt_lang: 'xx'"),
    ("/huggingface/models/sentiment", {"inputs": CZECH}, 'French, Chinese.", '),
    (HAS_TARGET, tensor("a", target="xx"), "parameters.target: 'xx'"),
    ("/openinference/v2/models/sentiment/infer", tensor(CZECH), "set parameters.language to the language of the text."),
    ("/sagemaker/invocations", {"text": CZECH}, "set language to the language of the text."),
    ("/sagemaker/invocations", {"inputs": "a", "parameters": {"tgt_lang": "xx"}}, "parameters.tgt_lang: 'xx'"),
]
WRONG += FIELDS


@pytest.mark.parametrize(("path", "body", "told"), WRONG, ids=[f"{path} {told}" for path, _, told in WRONG])
def test_wrong_fields(foreign: httpx.Client, path: str, body: object, told: str) -> None:
    answer = foreign.post(path, json=body)
    assert 400 <= answer.status_code < 500
    assert told in answer.text.replace('\\"', '"')
    assert "Input should" not in answer.text
    assert "Field required" not in answer.text


@pytest.mark.parametrize(
    ("operation", "body", "told"),
    [
        ("DetectSentiment", {"Text": "a", "LanguageCode": ""}, "must be the code of a language"),
        ("DetectSentiment", {"Text": 1, "LanguageCode": "en"}, "Text: must be a string"),
        ("TranslateText", {"Text": "a", "SourceLanguageCode": "en"}, "TargetLanguageCode: is missing"),
        ("DetectSentiment", {"Text": "a", "LanguageCode": "xx"}, "LanguageCode: 'xx'"),
        (
            "TranslateText",
            {"Text": "a", "SourceLanguageCode": "xx", "TargetLanguageCode": "de"},
            "SourceLanguageCode: 'xx'",
        ),
        (
            "TranslateText",
            {"Text": CZECH, "SourceLanguageCode": "auto", "TargetLanguageCode": "de"},
            "set SourceLanguageCode to that.",
        ),
    ],
)
def test_wrong_fields_of_amazon(foreign: httpx.Client, operation: str, body: object, told: str) -> None:
    answer = foreign.post("/amazon/", headers=amazon(operation), json=body)
    assert answer.status_code == 400
    assert told in answer.text
