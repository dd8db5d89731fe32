"""Amazon Comprehend and Amazon Translate, as boto3 calls them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."
DETECT = "Comprehend_20171127.DetectSentiment"


def client_of(service: str, url: str, key: str = "any") -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=170),
    )


@pytest.fixture(scope="module", params=["", "/amazon"])
def address(url: str, request: pytest.FixtureRequest) -> str:
    return url + request.param


@pytest.fixture(scope="module")
def comprehend(address: str) -> Any:
    return client_of("comprehend", address)


@pytest.fixture(scope="module")
def translate(address: str) -> Any:
    return client_of("translate", address)


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_sentiment(comprehend: Any, foreign: httpx.Client) -> None:
    answer = comprehend.detect_sentiment(Text="I love this phone", LanguageCode="en")
    assert answer["Sentiment"] == "POSITIVE"
    native = foreign.post("/sentiment", json={"text": "I love this phone", "language": "en"}).json()
    scores = {name.lower(): score for name, score in answer["SentimentScore"].items()}
    assert scores == {**native["scores"], "mixed": 0.0}
    assert len(answer["ResponseMetadata"]["RequestId"]) == 32
    for code in ("zh", "zh-TW"):
        answer = comprehend.detect_sentiment(Text="这家餐厅太糟糕了", LanguageCode=code)
        assert answer["Sentiment"] == "NEGATIVE"


def test_sentiments(comprehend: Any) -> None:
    texts = ["I love it", " ", "a" * 5001, "I hate it", "ü" * 2501]
    answer = comprehend.batch_detect_sentiment(TextList=texts, LanguageCode="en")
    assert [(one["Index"], one["Sentiment"]) for one in answer["ResultList"]] == [(0, "POSITIVE"), (3, "NEGATIVE")]
    assert [(one["Index"], one["ErrorCode"]) for one in answer["ErrorList"]] == [
        (1, "INVALID_REQUEST"),
        (2, "TEXT_SIZE_LIMIT_EXCEEDED"),
        (4, "TEXT_SIZE_LIMIT_EXCEEDED"),
    ]
    assert "5,001 bytes" in answer["ErrorList"][1]["ErrorMessage"]
    assert len(comprehend.batch_detect_sentiment(TextList=["fine"] * 25, LanguageCode="en")["ResultList"]) == 25


def test_dominant_languages(comprehend: Any) -> None:
    (found,) = comprehend.detect_dominant_language(Text="Wo ist denn heute mein bester Freund?")["Languages"]
    assert found["LanguageCode"] == "de"
    assert found["Score"] > 0.8
    texts = ["Where is my best friend today?", "我的朋友今天在哪里？", "我的朋友今天在哪裡？", "12345"]
    answer = comprehend.batch_detect_dominant_language(TextList=texts)
    codes = [[found["LanguageCode"] for found in one["Languages"]] for one in answer["ResultList"]]
    assert codes == [["en"], ["zh"], ["zh-TW"], []]
    assert answer["ErrorList"] == []


def test_translation(translate: Any) -> None:
    answer = translate.translate_text(Text=TEXT, SourceLanguageCode="en", TargetLanguageCode="de")
    assert answer["TranslatedText"] == TRANSLATION
    settings = {"Formality": "FORMAL", "Brevity": "ON"}
    answer = translate.translate_text(
        Text="Guten Morgen", SourceLanguageCode="auto", TargetLanguageCode="en", Settings=settings
    )
    assert (answer["TranslatedText"], answer["SourceLanguageCode"]) == ("Good morning", "de")
    assert "AppliedSettings" not in answer
    answer = translate.translate_text(Text=TEXT, SourceLanguageCode="en", TargetLanguageCode="zh-TW")
    assert answer["TargetLanguageCode"] == "zh-TW"
    assert answer["TranslatedText"]
    answer = translate.translate_text(
        Text=TEXT, SourceLanguageCode="en", TargetLanguageCode="de", TerminologyNames=["friends"]
    )
    assert answer["TranslatedText"] == "Mein Kumpel ist hier."


def test_languages(translate: Any) -> None:
    answer = translate.list_languages()
    named = {one["LanguageCode"]: one["LanguageName"] for one in answer["Languages"]}
    assert named.items() >= {"de": "German", "en": "English", "zh": "Chinese (Simplified)"}.items()
    assert "zh-TW" in named
    paged: list[str] = []
    token: dict[str, str] = {}
    while token or not paged:
        page = translate.list_languages(MaxResults=2, **token)
        paged += [one["LanguageCode"] for one in page["Languages"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert paged == list(named)


def test_exceptions_of_comprehend(comprehend: Any) -> None:
    named = comprehend.exceptions
    for call, exception in (
        (lambda: comprehend.detect_sentiment(Text="a" * 5001, LanguageCode="en"), named.TextSizeLimitExceededException),
        (lambda: comprehend.detect_sentiment(Text="hola", LanguageCode="es"), named.UnsupportedLanguageException),
        (lambda: comprehend.detect_sentiment(Text="hola", LanguageCode="xx"), named.UnsupportedLanguageException),
        (lambda: comprehend.detect_sentiment(Text="hola", LanguageCode="auto"), named.InvalidRequestException),
        (lambda: comprehend.detect_sentiment(Text=" ", LanguageCode="en"), named.InvalidRequestException),
        (
            lambda: comprehend.batch_detect_sentiment(TextList=["a"] * 26, LanguageCode="en"),
            named.BatchSizeLimitExceededException,
        ),
        (lambda: comprehend.detect_dominant_language(Text="a " * 50_001), named.TextSizeLimitExceededException),
    ):
        with pytest.raises(exception) as refused:
            call()
        assert code_of(refused) == (exception.__name__, 400)
        assert refused.value.response["Message"]
    with pytest.raises(ClientError, match="DetectDominantLanguage") as refused:
        comprehend.detect_entities(Text="a", LanguageCode="en")
    assert code_of(refused) == ("UnknownOperationException", 400)


def test_exceptions_of_translate(translate: Any) -> None:
    asked = {"Text": TEXT, "SourceLanguageCode": "en", "TargetLanguageCode": "de"}
    named = translate.exceptions
    for change, exception, status in (
        ({"Text": "a" * 10_001}, named.TextSizeLimitExceededException, 400),
        ({"TargetLanguageCode": "xx"}, named.UnsupportedLanguagePairException, 400),
        ({"TargetLanguageCode": "ja"}, named.UnsupportedLanguagePairException, 400),
        ({"SourceLanguageCode": "ja"}, named.UnsupportedLanguagePairException, 400),
        ({"SourceLanguageCode": "qq"}, named.UnsupportedLanguagePairException, 400),
        ({"TerminologyNames": ["absent"]}, named.ResourceNotFoundException, 404),
        ({"TerminologyNames": ["friends", "pals"]}, named.InvalidRequestException, 400),
        ({"Settings": {"Profanity": "MASK"}}, named.InvalidRequestException, 400),
    ):
        with pytest.raises(exception) as refused:
            translate.translate_text(**{**asked, **change})
        assert code_of(refused) == (exception.__name__, status)
    with pytest.raises(named.UnsupportedDisplayLanguageCodeException):
        translate.list_languages(DisplayLanguageCode="ja")
    with pytest.raises(named.InvalidParameterValueException):
        translate.list_languages(NextToken="7")


def test_keys(locked: Locked) -> None:
    for address in (locked.url, f"{locked.url}/amazon"):
        answer = client_of("comprehend", address, locked.key).detect_sentiment(Text="I love it", LanguageCode="en")
        assert answer["Sentiment"] == "POSITIVE"
        for service, operation in (("comprehend", "detect_dominant_language"), ("translate", "list_languages")):
            values = {"Text": "hello"} if service == "comprehend" else {}
            with pytest.raises(ClientError) as refused:
                getattr(client_of(service, address, "wrong"), operation)(**values)
            assert code_of(refused) == ("UnrecognizedClientException", 400)


REFUSED: list[tuple[str, str, Any, str]] = [
    ("no operation", "", {}, "UnknownOperationException"),
    ("an unknown operation", "Comprehend_20171127.DetectEntities", {"Text": "a"}, "UnknownOperationException"),
    ("an operation as a path", "Comprehend_20171127.DetectSentiment/../", {}, "UnknownOperationException"),
    ("no JSON", DETECT, b"{", "SerializationException"),
    ("invalid UTF-8", DETECT, b'{"Text": "\xff", "LanguageCode": "en"}', "SerializationException"),
    ("deep JSON", DETECT, b"[" * 100_000, "SerializationException"),
    ("no body", DETECT, b"", "InvalidRequestException"),
    ("no text", DETECT, {"LanguageCode": "en"}, "InvalidRequestException"),
    ("no language", DETECT, {"Text": "a"}, "InvalidRequestException"),
    ("a number", DETECT, {"Text": 5, "LanguageCode": "en"}, "InvalidRequestException"),
    ("a list", DETECT, [], "InvalidRequestException"),
    ("a list of languages", DETECT, {"Text": "a", "LanguageCode": ["en"]}, "InvalidRequestException"),
    ("another member", DETECT, {"Text": "a", "LanguageCode": "en", "text": "b"}, "InvalidRequestException"),
    ("a lone surrogate", DETECT, {"Text": "\ud83d", "LanguageCode": "en"}, "InvalidRequestException"),
    ("a code with NUL", DETECT, {"Text": "a", "LanguageCode": "e\x00n"}, "UnsupportedLanguageException"),
    ("white space", DETECT, {"Text": " " * 5_000, "LanguageCode": "en"}, "InvalidRequestException"),
    ("a long body", DETECT, {"Text": "a" * 1_100_000, "LanguageCode": "en"}, "TextSizeLimitExceededException"),
    (
        "no documents",
        "Comprehend_20171127.BatchDetectSentiment",
        {"TextList": [], "LanguageCode": "en"},
        "InvalidRequestException",
    ),
    (
        "a document",
        "Comprehend_20171127.BatchDetectSentiment",
        {"TextList": "a", "LanguageCode": "en"},
        "InvalidRequestException",
    ),
    (
        "no results",
        "AWSShineFrontendService_20170701.ListLanguages",
        {"MaxResults": 0},
        "InvalidRequestException",
    ),
    (
        "an empty text",
        "AWSShineFrontendService_20170701.TranslateText",
        {"Text": "", "SourceLanguageCode": "en", "TargetLanguageCode": "de"},
        "InvalidRequestException",
    ),
]


@pytest.mark.parametrize(
    ("operation", "body", "exception"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refusals(foreign: httpx.Client, operation: str, body: Any, exception: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.1", "X-Request-Id": "mine"}
    for path in ("/", "/amazon/", "/amazon"):
        refused = foreign.post(path, content=content, headers=headers)
        assert refused.status_code == 400, refused.text
        assert refused.json().keys() == {"__type", "Message"}
        assert refused.json()["__type"] == exception
        assert refused.headers["x-amzn-requestid"] == "mine"
        assert refused.headers["content-type"] == "application/x-amz-json-1.1"


def test_items_of_other_types(foreign: httpx.Client) -> None:
    headers = {
        "X-Amz-Target": "Comprehend_20171127.BatchDetectSentiment",
        "Content-Type": "application/x-amz-json-1.1",
    }
    body = {"TextList": [5, None, {}, "\ud83d", "I love it"], "LanguageCode": "en"}
    answer = foreign.post("/", content=json.dumps(body), headers=headers)
    assert answer.status_code == 200
    assert [one["Index"] for one in answer.json()["ErrorList"]] == [0, 1, 2, 3]
    assert [one["Index"] for one in answer.json()["ResultList"]] == [4]


def test_other_requests_to_the_root(foreign: httpx.Client) -> None:
    assert foreign.get("/").headers["content-type"].startswith("text/html")
    assert foreign.post("/", content=b"{}").headers["content-type"] == "application/problem+json"
    cbor = {"Content-Type": "application/cbor", "Smithy-Protocol": "rpc-v2-cbor"}
    path = "/amazon/service/Comprehend_20171127/operation/DetectSentiment"
    assert foreign.post(path, content=b"\xa0", headers=cbor).json()["__type"] == "UnknownOperationException"
