"""Client of Undertone, the web service for sentiment and translation.

from undertone_client import Undertone

client = Undertone("http://127.0.0.1:8000")
print(client.translate("Good morning", target="de").translation)
"""

from undertone_client.answers import (
    Alternative,
    Detection,
    Direction,
    FactWarning,
    Health,
    Language,
    LanguagesAnswer,
    Limits,
    ModelDescription,
    ModelsAnswer,
    ProblemDocument,
    ReadingGates,
    ReadToken,
    SentenceExplanation,
    SentenceSentiment,
    SentimentAnswer,
    SentimentExplanation,
    TextToken,
    TranslateAnswer,
    TranslatedFile,
    TranslationExplanation,
    WrittenToken,
)
from undertone_client.async_client import AsyncUndertone
from undertone_client.client import Undertone
from undertone_client.errors import (
    BatchError,
    ConnectionFailed,
    FieldError,
    Overloaded,
    ProblemError,
    RequestRefused,
    ServiceFailed,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    UndertoneError,
    UnexpectedAnswer,
)
from undertone_client.options import FileFormat, FileOptions, Format, SentimentOptions, Syntax, TranslateOptions
from undertone_client.streams import AsyncTranslationStream, TranslationStream

__all__ = [
    "Alternative",
    "AsyncTranslationStream",
    "AsyncUndertone",
    "BatchError",
    "ConnectionFailed",
    "Detection",
    "Direction",
    "FactWarning",
    "FieldError",
    "FileFormat",
    "FileOptions",
    "Format",
    "Health",
    "Language",
    "LanguagesAnswer",
    "Limits",
    "ModelDescription",
    "ModelsAnswer",
    "Overloaded",
    "ProblemDocument",
    "ProblemError",
    "ReadToken",
    "ReadingGates",
    "RequestRefused",
    "SentenceExplanation",
    "SentenceSentiment",
    "SentimentAnswer",
    "SentimentExplanation",
    "SentimentOptions",
    "ServiceFailed",
    "Syntax",
    "TextToken",
    "TimedOut",
    "TooManyRequests",
    "TranslateAnswer",
    "TranslateOptions",
    "TranslatedFile",
    "TranslationExplanation",
    "TranslationStream",
    "Unauthorized",
    "Undertone",
    "UndertoneError",
    "UnexpectedAnswer",
    "WrittenToken",
]
