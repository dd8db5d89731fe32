from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.settings import SHIPPED_MODELS
from app.text.tokenizer import Tokenizer
from app.training.data.prepared import recipe_digest
from app.training.errors import RecipeError
from app.training.recipe import is_recipe, load_recipe
from app.training.run import alone

CONFIGS = Path(__file__).parents[2] / "configs"
RECIPES = [path for path in sorted(CONFIGS.rglob("*.yaml")) if is_recipe(path)]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes_are_sound(path: Path) -> None:
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    assert recipe.limits
    known = yaml.safe_load((CONFIGS / "corpora.yaml").read_text())
    assert {Path(spec.file).name.partition(".")[0] for spec in recipe.data} <= set(known)


def test_a_file_beside_the_recipe_is_shown_without_the_path_of_this_machine() -> None:
    recipe = load_recipe(CONFIGS / "translation-en-fr.yaml")
    phrases = next(spec for spec in recipe.data if "phrases" in spec.file)
    assert Path(phrases.file) == CONFIGS.parent / "data" / "phrasebook" / "phrases.en-fr"
    assert phrases.shown == "phrases.en-fr"
    assert recipe.data[-1].shown == recipe.data[-1].file == "lexicon/osm_presets.en-fr"


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED_MODELS.iterdir() if path.is_dir()))
def test_a_run_of_a_recipe_that_begins_with_its_model_leaves_no_token_out(name: str) -> None:
    assert (
        Tokenizer.load(SHIPPED_MODELS / name / "tokenizer.json").size
        <= load_recipe(CONFIGS / f"{name}.yaml").vocabulary
    )


def test_one_corpus_alone_leaves_what_is_of_its_languages() -> None:
    recipe, other = (load_recipe(CONFIGS / f"translation-{language}-en.yaml") for language in ("fr", "de"))
    recipe.directions += other.directions
    recipe.data += other.data
    recipe.dev += other.dev
    alone(recipe, "train/tatoeba.en-fr")
    assert [spec.file for spec in recipe.data] == ["train/tatoeba.en-fr"]
    assert recipe.directions == [("fr", "en")]
    assert recipe.dev == ["dev/multi30k_val.en-fr", "dev/tatoeba_dev.en-fr", "dev/wide_dev.en-fr"]
    with pytest.raises(RecipeError, match=r"no corpus train/tatoeba\.en-zh"):
        alone(recipe, "train/tatoeba.en-zh")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "unknown colour"),
        ({"data": [{"path": "x"}]}, "data: unknown path"),
        ({"data": [{"file": "x", "offsets": [0.1]}]}, "data: x: offsets are one number each for negative, neutral"),
        ({"data": [{"file": "x", "offsets": ["a", 0, 0]}]}, "offsets are one number each"),
        ({"data": [{"file": "x", "holdout": 0.1, "sentences": True}]}, "data: x: holdout is for texts with labels"),
        ({"optimisation": {"steps": 1, "speed": 2}}, "optimisation: unknown speed"),
        ({"optimisation": {}}, "steps"),
        ({"optimisation": 5}, "wants a mapping"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    fields = yaml.safe_load(RECIPES[0].read_text())
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({**fields, **change}))
    with pytest.raises(RecipeError, match=message):
        load_recipe(tmp_path / "recipe.yaml")


@pytest.mark.parametrize("section", [None, 5, {"optimisation": 7}, {"colour": "red"}])
def test_mistakes_in_the_section_of_a_transformer_are_named(tmp_path: Path, section: object) -> None:
    fields = yaml.safe_load((CONFIGS / "sentiment-en.yaml").read_text())
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump({**fields, "transformer": section}))
    with pytest.raises(RecipeError, match=r"no section transformer|wants a mapping|unknown colour"):
        load_recipe(tmp_path / "recipe.yaml", "transformer")


def test_no_yaml_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("{")
    for name in ("recipe.yaml", "absent.yaml"):
        with pytest.raises(RecipeError, match=name):
            load_recipe(tmp_path / name)


def test_a_pack_depends_on_no_path_of_this_machine(tmp_path: Path) -> None:
    here = load_recipe(CONFIGS / "sentiment-en.yaml")
    elsewhere = tmp_path / "sentiment-en.yaml"
    elsewhere.write_text((CONFIGS / "sentiment-en.yaml").read_text())
    assert here.teacher == str(CONFIGS.parent / "data" / "teachers" / "sentiment-en.npz")
    assert load_recipe(elsewhere).teacher == str(tmp_path.parent / "data" / "teachers" / "sentiment-en.npz")
    assert recipe_digest(load_recipe(elsewhere)) == recipe_digest(here)


def test_a_corpus_of_another_task_lies_beside_those_of_the_recipes_task() -> None:
    recipe = load_recipe(CONFIGS / "sentiment-zh.yaml")
    parallel = [spec.file for spec in recipe.data if spec.parallel]
    assert "../translation/train/tatoeba.en-zh_Hans" in parallel  # below the folder of sentiment corpora
    phrasebook = [spec.file for spec in recipe.data if spec.file.endswith("contrasts.zh")]
    assert phrasebook == [str(CONFIGS.parent / "data" / "phrasebook" / "contrasts.zh")]
