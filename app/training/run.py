"""One training run, from a recipe to a model folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from app.nets.folder import CARD, TOKENIZER, read_config
from app.nets.modules import load_model
from app.nets.translator import GruTranslator
from app.text.tokenizer import Tokenizer
from app.training.checkpoints import shapes
from app.training.data.corpora import below
from app.training.data.pairs import directions_of, pair_of
from app.training.data.preparation import Examples, examples_from_corpora, examples_from_pack
from app.training.errors import CorpusError, RecipeError
from app.training.language import LanguageLearner
from app.training.loop import BEST, Learner, Trainer
from app.training.processes import end, first_goes_ahead, rank, start
from app.training.recipe import TRANSFORMER, Recipe
from app.training.sentiment import SentimentExamples, SentimentLearner
from app.training.translation import TranslationExamples, TranslationLearner
from app.training.vocabulary_transfer import spellings, transferred
from app.training.widening import widened

TOKEN_ROWS = ("embedding.weight", "output_bias")  # weights of our models that have a row for each token
CACHE = "prepared"  # folder of prepared examples, beside the folders of runs
FINISHED = "finished"  # file in the folder of a run that is complete


def train(
    recipe: Recipe,
    data: Path | None,
    folder: Path,
    *,
    packed: Path | None = None,
    begin: Path | None = None,
    new_vocabulary: bool = False,
    stop_after: int | None = None,
    deadline: float | None = None,
) -> Path:
    """Train a recipe in `folder`, from the checkpoint of an earlier call if there is one; returns the folder of the
    best model.

    Reads the corpora below `data` or, if that is None, the pack below `packed`; the folder `prepared` beside `folder`
    keeps their examples for all processes and later runs. The run begins with the weights and the tokenizer of the
    model folder `begin`, for a `new_vocabulary` with its weights alone, or without `begin` with fresh weights.
    `deadline` (`time.monotonic`) ends this call. Raises TrainingError and ModelFolderError.
    """
    device = start(recipe.optimisation.seed)
    with first_goes_ahead():  # the first process prepares the examples, which the others map
        learner = begun(recipe, data, folder, packed, begin, new_vocabulary)
    complete = Trainer(learner, recipe.optimisation, folder, device).run(stop_after, deadline)
    if rank() == 0:
        (folder / FINISHED).touch() if complete else (folder / FINISHED).unlink(missing_ok=True)
    end()
    return folder / BEST


def begun(
    recipe: Recipe, data: Path | None, folder: Path, packed: Path | None, begin: Path | None, new_vocabulary: bool
) -> Learner:
    """The learner of a run, with its examples and initial weights. Writes the tokenizer into the folder of the run, so
    that every process and every later call reads the corpora alike."""
    own = folder / TOKENIZER
    tokenizer_file = own if own.is_file() or begin is None or new_vocabulary else begin / TOKENIZER
    if begin is not None and recipe.task == "translation" and not new_vocabulary:
        # The recipe's model must be able to write every token that the model it begins with can write.
        before = read_config(begin)[0].sizes
        recipe.sizes["target_vocabulary"] = before.get("target_vocabulary") or before.get("vocabulary", 0)
    tokenizer = Tokenizer.load(tokenizer_file) if tokenizer_file.is_file() else None
    cache = folder.parent / CACHE
    learner, tokenizer = learner_of(recipe, data, packed, cache, tokenizer, numbered=own.is_file())
    if begin is not None:
        take_weights(learner, tokenizer, begin)
    if rank() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        if not own.is_file():
            own.write_text(tokenizer.json, "utf-8")
    return learner


def alone(recipe: Recipe, file: str) -> None:
    """Reduce a recipe to one of its corpora, and to the directions and dev sets of its languages, to measure the value
    of the other corpora. Raises RecipeError."""
    recipe.data = [spec for spec in recipe.data if file in (spec.file, spec.shown) and not spec.by_model]
    if not recipe.data:
        raise RecipeError(f"{recipe.name} has no corpus {file}")
    if recipe.task == "translation":
        recipe.directions = directions_of(pair_of(file), recipe.directions)
        recipe.dev = [one for one in recipe.dev if directions_of(pair_of(one), recipe.directions)]


def take_weights(learner: Learner, tokenizer: Tokenizer, folder: Path) -> None:
    """Give a learner the weights of a model folder, whose model must have the learner's sizes; its vocabulary may
    differ (`vocabulary_transfer`), a narrower translator is widened, and encoder layers that it lacks begin with fresh
    weights. Raises ModelFolderError and RecipeError."""
    model, target = load_model(folder), learner.model
    spelled = spellings(Tokenizer.load(folder / TOKENIZER), tokenizer)
    weights, fresh = model.state_dict(), target.state_dict()
    if isinstance(model, GruTranslator) and isinstance(target, GruTranslator):
        if model.sizes.heads != target.sizes.heads:
            raise RecipeError(f"{folder}: has {model.sizes.heads} heads, the recipe {target.sizes.heads}")
        if model.sizes.hidden < target.sizes.hidden <= 2 * model.sizes.hidden:
            weights = widened(model, target.sizes.hidden)
        deeper = range(model.sizes.encoder_layers, target.sizes.encoder_layers)
        added = tuple(f"_l{layer}{side}" for layer in deeper for side in ("", "_reverse"))
        weights |= {name: fresh[name] for name in fresh if name.startswith("encoder.") and name.endswith(added)}
    weights |= {name: transferred(weights[name], spelled, fresh[name]) for name in TOKEN_ROWS if name in weights}
    if shapes(weights) != shapes(fresh):
        raise RecipeError(f"{folder}: its architecture or sizes are not those of the recipe")
    target.load_state_dict(weights)


def learner_of(
    recipe: Recipe,
    data: Path | None,
    packed: Path | None,
    cache: Path,
    tokenizer: Tokenizer | None,
    *,
    numbered: bool = False,
) -> tuple[Learner, Tokenizer]:
    """The learner of a recipe, with its examples, and its tokenizer; with `numbered` its tokens keep their ids. Raises
    TrainingError and ModelFolderError."""
    if packed is not None:
        examples = examples_from_pack(recipe, packed / recipe.name, cache)
    elif data is not None:
        if recipe.base:
            from app.training.transformer import base_tokenizer

            tokenizer = base_tokenizer(recipe.base)
        examples = examples_from_corpora(recipe, below(data, recipe.task), cache, tokenizer, numbered=numbered)
    else:
        raise CorpusError("neither a folder of corpora nor one of packed data to train on")
    return learner_for(recipe, examples), examples.tokenizer


def learner_for(recipe: Recipe, examples: Examples) -> Learner:
    """The learner of a recipe on examples that are read already. Raises RecipeError."""
    if not examples.dev:
        raise RecipeError(f"{recipe.name}: names no dev set to choose the weights by")
    try:
        learner: Learner = learner_class(recipe, examples)(recipe, examples)
    except ValueError as error:  # from the architecture or the sizes
        raise RecipeError(f"{recipe.name}: {error}") from error
    return learner


def learner_class(recipe: Recipe, examples: Examples) -> Any:
    if recipe.architecture == TRANSFORMER:
        from app.training.transformer import TransformerSentimentLearner, TransformerTranslationLearner

        return TransformerSentimentLearner if isinstance(examples, SentimentExamples) else TransformerTranslationLearner
    learners = {SentimentExamples: SentimentLearner, TranslationExamples: TranslationLearner}
    return learners.get(type(examples), LanguageLearner)


def publish(best: Path, target: Path) -> None:
    """Copy the best model of a run to a folder of served models. A model card there is kept."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("model*.safetensors*"):  # the old model may have had more files
        old.unlink()
    for file in best.iterdir():
        if file.name != CARD or not (target / CARD).is_file():
            shutil.copy2(file, target / file.name)
