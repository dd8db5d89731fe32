"""The shapes of requests to language models and of their answers, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.api.schemas import Detection, ModelOptions
from app.engine.messages import MOST_GENERATED, MOST_PREDICTED
from app.pipeline.generation import MOST_SEED


class BeginningOptions(ModelOptions):
    language: Annotated[
        str, Field(min_length=1, max_length=35, description="`auto` detects; a code skips detection.")
    ] = "auto"
    truncate: bool = Field(False, description="Read the end of a text that is too long instead of refusing it.")


class GenerateRequest(BeginningOptions):
    prompt: str = Field(
        description="The beginning of a text. Behind white space a new word begins.", examples=["The apple"]
    )
    temperature: float = Field(
        0.8, ge=0, le=2, description="Below 1 likely words become likelier; 0 always takes the likeliest."
    )
    top_p: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Draw from the likeliest tokens that together have this probability (nucleus sampling).",
    )
    seed: int | None = Field(
        None, ge=0, lt=MOST_SEED, description="The same seed gives the same text; without one, each time another."
    )
    length: int = Field(40, ge=1, le=MOST_GENERATED, description="Most tokens, words or pieces of them, to write.")


class NextWordsRequest(BeginningOptions):
    text: str = Field(
        description="The beginning of a text. Behind white space a new word begins; a word at the very end may go on.",
        examples=["the apple is"],
    )
    count: int = Field(10, ge=1, le=MOST_PREDICTED, description="How many words.")


class BeginningAnswer(BaseModel):
    model: str
    language: str = Field(description="The language the text was taken to be in.")
    detected: Detection | None = Field(description="What detection found; null where the request named one.")
    truncated: bool = Field(
        description="Whether only the end of the text was read, which happens only where the request allows it."
    )


class GenerateAnswer(BeginningAnswer):
    text: str = Field(
        description="What comes behind the prompt, to be put there as it is: with a space at its front where one is "
        "missing.",
        examples=[" is red."],
    )
    finish: Literal["end", "length"] = Field(
        description="`end`: the model ended the text; `length`: as many tokens as the request allows were written."
    )
    seed: int = Field(description="That of the request, or the one that was drawn.")


class NextWord(BaseModel):
    text: str = Field(
        description="A whole word, a mark, or in Chinese a token of the model, to be put behind the text as it is.",
        examples=[" red"],
    )
    probability: float = Field(description="That this word comes next and ends there, 0 to 1.")


class NextWordsAnswer(BeginningAnswer):
    words: list[NextWord] = Field(description="Likeliest first.")
    end: float = Field(description="Probability that the text ends where it is.")
