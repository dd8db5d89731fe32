"""Reads recipes, the YAML files of `configs/`: each describes a model, its training data and its optimisation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.nets.config import ModelConfig
from app.training.data.corpora import LABELS, CorpusSpec
from app.training.errors import RecipeError

FLOAT32 = "float32"
PRECISIONS = (FLOAT32, "bfloat16")
RECURRENT, TRANSFORMER = "recurrent", "transformer"


@dataclass(slots=True)
class Optimisation:
    """How a model is trained: AdamW with linear warm-up and linear decay of the learning rate to zero."""

    steps: int  # updates of the weights; the learning rate reaches zero at the last
    batch_tokens: int = 4096  # padded tokens of a batch, for each process
    learning_rate: float = 1e-3  # the highest, at the end of the warm-up
    warmup: int = 300  # steps over which the learning rate rises from zero
    weight_decay: float = 0.0  # of matrices; biases have none
    clip: float = 1.0  # largest norm of the gradient
    label_smoothing: float = 0.1  # probability that a target gives to all labels or tokens alike
    average: float = 0.999  # decay of the moving average of the weights, which is evaluated and saved; 0: no average
    evaluate_every: int = 1000  # steps between two evaluations on the dev sets
    checkpoint_every: int = 250  # steps between two checkpoints; ten minutes, if they are over first
    patience: int = 8  # evaluations without a gain after which the run ends
    balance: float = 0.0  # each class of a corpus weighs (1 / frequency) ** balance; 0: all examples weigh the same
    largest_offset: float = 0.0  # largest offset of a classifier's logits (`metrics.fit_offsets`); 0: none
    precision: str = FLOAT32  # of the forward pass on a CPU that multiplies in bfloat16; elsewhere it is float32
    minutes: float = 0.0  # training and evaluation after which the run ends, with a learning rate of zero; 0: no limit
    seed: int = 1  # of initial weights, dropout, the order of the batches, masking and noise


@dataclass(slots=True)
class Recipe:
    """The definition of a model and of its training. Paths that begin with `./` or `../` start at the recipe's folder
    (`beside`), corpora only where there is such a folder."""

    name: str  # of the model and its folder
    task: str  # sentiment, translation or language
    description: str  # one line of the model card
    architecture: str  # a key of SIZES in app/nets/sizes.py, or transformer
    languages: list[str]  # that the model reads or writes
    vocabulary: int  # tokens that the tokenizer learns
    sizes: dict[str, Any]  # of the architecture: fields of its sizes dataclass
    data: list[CorpusSpec]  # corpora to train on
    optimisation: Optimisation
    dev: list[str] = field(default_factory=list)  # files that choose the best weights, with the `holdout` of `data`
    report: list[str] = field(default_factory=list)  # files of the model card, evaluated once training is over
    directions: list[tuple[str, str]] = field(default_factory=list)  # (source, target) of a translator
    max_tokens: int = 128  # longest input that the model is given
    lowercase: bool = False  # the tokenizer lowers all text
    placeholders: float = 0.0  # probability that `augment.mask_pair` masks a name or span that both sides share
    noise: float = 0.0  # probability of each change that `augment.augment` makes to a pair
    begun_late: float = 0.0  # probability that a text of a language model begins at one of its later words
    alphabet: int = 500  # characters that the vocabulary can spell; rarer ones are unknown
    pretrained: str = ""  # sentence encoder whose word vectors a classifier begins with (`pretrained.encoder_folder`)
    base: str = ""  # pretrained encoder that a Transformer is fine-tuned from
    teacher: str = ""  # folder of a classifier, or file of answers, for knowledge distillation
    distillation: float = 0.5  # weight of the teacher's answer beside the label; 0: it labels unlabelled texts alone
    mixing_temperature: float = 0.0  # balances corpora of unequal size (`mixing.epoch_order`); 0: by size and `repeat`
    largest_share: float = 1.0  # of an epoch that one corpus may have, where a `mixing_temperature` balances them
    limits: str = ""  # section of the model card on use and limits
    provenance: str = ""  # of the model card: how the shipped weights were trained, where not by this recipe alone

    def model_config(self, vocabulary: int, labels: Sequence[str] = ()) -> ModelConfig:
        """The configuration of the model, whose tokenizer has `vocabulary` tokens."""
        return ModelConfig(
            name=self.name,
            task=self.task,
            architecture=self.architecture,
            sizes={**self.sizes, "vocabulary": vocabulary},
            languages=self.languages,
            max_tokens=self.max_tokens,
            labels=list(labels),
            directions=self.directions,
            description=self.description,
        )


def read_yaml(path: Path) -> Any:
    """Raises RecipeError."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror or error}") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: {error}") from error


def build(cls: type[Any], fields: Any, where: str) -> Any:
    """A dataclass from a YAML mapping. Raises RecipeError that names an unknown or missing field."""
    if not isinstance(fields, dict):
        raise RecipeError(f"{where}: wants a mapping")
    known = {f.name for f in dataclasses.fields(cls)}
    if unknown := sorted(set(fields) - known):
        raise RecipeError(f"{where}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    try:
        return cls(**fields)
    except TypeError as error:
        raise RecipeError(f"{where}: {error}") from error


def load_recipe(path: Path, backend: str = RECURRENT, changes: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe. For the Transformer backend the fields of its section `transformer` replace those above it;
    `changes` replace either. Raises RecipeError."""
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise RecipeError(f"{path}: wants a mapping")
    section = fields.pop(TRANSFORMER, None)
    if backend == TRANSFORMER and section is None:
        raise RecipeError(f"{path}: has no section {TRANSFORMER}, which describes the {TRANSFORMER} to train")
    for change in (section if backend == TRANSFORMER else {}, changes or {}):
        if not isinstance(change, dict):
            raise RecipeError(f"{path}: {TRANSFORMER}: wants a mapping")
        fields = merged(fields, change)
    return recipe_of(fields, path)


def merged(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with `changes` in place. `optimisation` is merged field by field; `sizes` are replaced as a whole, since
    architectures have different ones."""
    before, after = fields.get("optimisation"), changes.get("optimisation")
    together = {**before, **after} if isinstance(before, dict) and isinstance(after, dict) else after or before
    return {**fields, **changes, "optimisation": together}


def recipe_of(fields: Any, path: Path) -> Recipe:
    """A recipe from the fields of its file. Raises RecipeError."""
    recipe: Recipe = build(Recipe, fields, str(path))
    recipe.data = [build(CorpusSpec, entry, f"{path}: data") for entry in recipe.data]
    for spec in recipe.data:
        spec.file = corpus_beside(path, spec.file)
        spec.translated, spec.distilled = beside(path, spec.translated), beside(path, spec.distilled)
        if spec.translated and spec.distilled:
            raise RecipeError(f"{path}: data: {spec.shown}: a model translates one side: translated or distilled")
        if spec.holdout and (spec.sentences or spec.parallel or recipe.task != "sentiment"):
            raise RecipeError(f"{path}: data: {spec.shown}: holdout is for texts with labels; name a dev set")
        if [type(one) in (int, float) for one in spec.offsets] != [True] * len(LABELS):
            raise RecipeError(f"{path}: data: {spec.shown}: offsets are one number each for {', '.join(LABELS)}")
    recipe.teacher = beside(path, recipe.teacher)
    recipe.optimisation = build(Optimisation, recipe.optimisation, f"{path}: optimisation")
    if recipe.optimisation.precision not in PRECISIONS:
        raise RecipeError(f"{path}: optimisation: precision is one of {', '.join(PRECISIONS)}")
    if not recipe.teacher:  # without a teacher nobody labels the unlabelled texts
        recipe.data = [spec for spec in recipe.data if spec.labelled]
    recipe.directions = [(source, target) for source, target in recipe.directions]
    return recipe


def beside(path: Path, name: str) -> str:
    """A path of a recipe: one that begins with `./` or `../` starts at the recipe's folder."""
    return str((path.parent / name).resolve()) if name.startswith(("./", "../")) else name


def corpus_beside(path: Path, name: str) -> str:
    """As `beside`, for a corpus whose folder exists beside the recipe. A classifier's `../translation/train/NAME` stays
    as it is, and starts at the folder of the task's corpora."""
    place = beside(path, name)
    return place if Path(place).parent.is_dir() else name


def is_recipe(path: Path) -> bool:
    """Whether a YAML file of `configs/` is a recipe; some list corpora or published scores. Raises RecipeError."""
    fields = read_yaml(path)
    return isinstance(fields, dict) and {"task", "architecture"} <= set(fields)
