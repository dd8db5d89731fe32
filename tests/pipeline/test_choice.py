"""The choice among models that can answer the same request."""

from __future__ import annotations

from itertools import permutations

import pytest

from app.engine.messages import ModelInfo, Score
from app.pipeline.choice import ORDER, QUALITY, SPEED, Candidate, choose
from app.pipeline.routing import offers, path_of, reader_of

ENGLISH_GERMAN = ("en", "de")


def bleu(
    value: float, dataset: str = "news", conditions: str = "", languages: tuple[str, ...] = ENGLISH_GERMAN
) -> Score:
    return Score("bleu", value, dataset, languages, conditions)


def chrf(value: float, dataset: str = "news") -> Score:
    return Score("chrf", value, dataset, ENGLISH_GERMAN)


def milliseconds(value: float, run: str = "today") -> Score:
    return Score("milliseconds", value, "a sentence", ENGLISH_GERMAN, run)


def model(
    name: str, parameters: int, *scores: Score, directions: tuple[tuple[str, str], ...] = (ENGLISH_GERMAN,)
) -> ModelInfo:
    languages = sorted({code for pair in directions for code in pair})
    return ModelInfo(name, "translation", "a", "", parameters, languages, [], [*directions], 20, scores=[*scores])


def chosen(prefer: str, *models: ModelInfo) -> str:
    best = choose([Candidate(info, ENGLISH_GERMAN) for info in models], prefer)
    assert best is not None
    return best.info.name


def test_without_a_preference_the_first_answers() -> None:
    assert chosen(ORDER, model("first", 1), model("better", 9, bleu(40))) == "first"
    assert [choose([], prefer) for prefer in (ORDER, QUALITY, SPEED)] == [None, None, None]


def test_quality_is_what_was_measured_and_no_matter_of_size() -> None:
    small, large = model("small", 1, bleu(30)), model("large", 9, bleu(29.9))
    assert [chosen(QUALITY, *order) for order in permutations([small, large])] == ["small"] * 2


def test_only_sets_that_both_were_measured_on_count() -> None:
    one = model("one", 1, bleu(20, "news"), bleu(30, "captions"), bleu(99, "its own"))
    other = model("other", 9, bleu(25, "news"), bleu(26, "captions"))
    assert chosen(QUALITY, other, one) == "other", "50 to 51 on both together"


def test_values_under_other_conditions_are_not_compared() -> None:
    one, other = model("one", 1, bleu(40, conditions="tok:13a")), model("other", 9, bleu(20, conditions="tok:intl"))
    assert chosen(QUALITY, one, other) == "other", "the one with more parameters"
    assert chosen(SPEED, one, other) == "one", "the one with fewer"


def test_values_of_another_direction_are_not_compared() -> None:
    back = ("de", "en")
    one = model("one", 1, bleu(40, languages=back), directions=(ENGLISH_GERMAN, back))
    other = model("other", 9, bleu(20, languages=back), directions=(ENGLISH_GERMAN, back))
    assert chosen(QUALITY, one, other) == "other"
    path = path_of([other, one], "de", "en", QUALITY)
    assert path is not None
    assert [step.info.name for step in path] == ["one"]


def test_the_first_metric_that_both_have_decides() -> None:
    one, other = model("one", 1, bleu(30), chrf(55)), model("other", 9, bleu(31), chrf(54))
    assert chosen(QUALITY, one, other) == "one"
    assert chosen(QUALITY, one, model("other", 9, bleu(31))) == "other"


def test_a_model_that_nothing_was_measured_of_never_saves_one_that_lost() -> None:
    """In every order: `weak` has most parameters, but `strong` was measured better."""
    weak, strong, unknown = model("weak", 9, bleu(20)), model("strong", 1, bleu(30)), model("unknown", 5)
    assert {chosen(QUALITY, *order) for order in permutations([weak, strong, unknown])} == {"unknown"}
    unknown = model("unknown", 0)
    assert {chosen(QUALITY, *order) for order in permutations([weak, strong, unknown])} == {"strong"}


def test_equal_models_keep_their_order() -> None:
    for prefer in (QUALITY, SPEED):
        assert chosen(prefer, model("a", 5, bleu(30)), model("b", 5, bleu(30))) == "a"
        assert chosen(prefer, model("b", 5), model("a", 5)) == "b"


def test_where_each_loses_to_another_the_parameters_decide() -> None:
    circle = [
        model("a", 1, bleu(2, "x"), bleu(1, "z")),
        model("b", 2, bleu(1, "x"), bleu(2, "y")),
        model("c", 3, bleu(1, "y"), bleu(2, "z")),
    ]
    assert {chosen(QUALITY, *order) for order in permutations(circle)} == {"c"}


def test_speed_is_what_one_run_measured_else_the_number_of_parameters() -> None:
    assert chosen(SPEED, model("large", 9, milliseconds(3)), model("small", 1, milliseconds(4))) == "large"
    assert chosen(SPEED, model("large", 9, milliseconds(3)), model("small", 1, milliseconds(4, "yesterday"))) == "small"
    assert chosen(QUALITY, model("large", 9, milliseconds(9)), model("small", 1, milliseconds(1))) == "large"


@pytest.mark.parametrize(("prefer", "names"), [(ORDER, "ab"), (QUALITY, "Ab"), (SPEED, "aB")])
def test_each_model_of_a_way_through_english_is_chosen(prefer: str, names: str) -> None:
    to_english, from_english = (("fr", "en"),), (("en", "de"),)
    models = [
        model("a", 1, directions=to_english),
        model("A", 9, directions=to_english),
        model("b", 9, directions=from_english),
        model("B", 1, directions=from_english),
    ]
    path = path_of(models, "fr", "de", prefer)
    assert path is not None
    assert [step.info.name for step in path] == list(names)
    [offer] = [one for one in offers(models, prefer) if (one.source, one.target) == ("fr", "de")]
    assert (offer.model, offer.via) == (" + ".join(names), "en")


def test_one_model_goes_before_two_better_ones() -> None:
    direct = model("direct", 1, directions=(("fr", "de"),))
    models = [model("into", 9, directions=(("fr", "en"),)), model("out", 9, directions=(("en", "de"),)), direct]
    path = path_of(models, "fr", "de", QUALITY)
    assert path is not None
    assert [step.info.name for step in path] == ["direct"]


def test_a_script_is_served_by_the_better_model_of_its_language() -> None:
    plain, both = model("plain", 1, directions=(("en", "zh-Hans"),)), model("both", 9, directions=(("en", "zh"),))
    for prefer, name in ((QUALITY, "both"), (SPEED, "plain")):
        path = path_of([plain, both], "en", "zh-Hans", prefer)
        assert path is not None
        assert path[0].info.name == name
        assert {
            one.model for one in offers([plain, both], prefer) if (one.source, one.target) == ("en", "zh-Hans")
        } == {name}


def test_a_classifier_of_several_languages_is_compared_in_that_of_the_text() -> None:
    def classifier(name: str, languages: list[str], **recall: float) -> ModelInfo:
        scores = [Score("recall", value, f"{code}/posts", (code,), "average=macro") for code, value in recall.items()]
        return ModelInfo(name, "sentiment", "a", "", 1, languages, ["good"], [], 20, scores=scores)

    models = [classifier("own", ["en"], en=70.0), classifier("all", ["de", "en"], en=69.0, de=80.0)]
    models += [classifier("german", ["de"], de=81.0)]
    best = [reader_of(models, code, QUALITY) for code in ("en", "de", "fr")]
    assert [one.name if one else None for one in best] == ["own", "german", None]
