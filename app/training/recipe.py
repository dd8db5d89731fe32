"""A recipe: the YAML file that says what a model is trained on and how. `configs/` holds them."""

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
    """AdamW with linear warm-up over `warmup` steps and linear decay to zero at `steps`.

    `batch_tokens` counts padded tokens a step and process, `clip` bounds the gradient norm, `average` is the decay
    of the exponential moving average of the weights that is evaluated and saved (0 for none), `patience` the number
    of evaluations without a gain that ends a run. `balance` weights the classes of each corpus by (1 / frequency) **
    balance. `largest_offset` bounds what may be added to a classifier's logits in the end (`metrics.fit_offsets`).
    `precision` of the forward pass, `float32` or `bfloat16` (by autocast; weights and optimiser stay float32). A
    processor that does not multiply in bfloat16 takes float32, and so does a GPU, with products in TensorFloat-32.
    `minutes` ends a run after so much time of training and evaluation over all its pieces (0: no limit), and the
    learning rate reaches zero then or at `steps`, whichever is first.
    """

    steps: int
    batch_tokens: int = 4096
    learning_rate: float = 1e-3
    warmup: int = 300
    weight_decay: float = 0.0
    clip: float = 1.0
    label_smoothing: float = 0.1
    average: float = 0.999
    evaluate_every: int = 1000
    checkpoint_every: int = 250
    patience: int = 8
    balance: float = 0.0
    largest_offset: float = 0.0
    precision: str = FLOAT32
    minutes: float = 0.0
    seed: int = 1


@dataclass(slots=True)
class Recipe:
    """`data` is trained on, `dev` chooses the best weights (with what `holdout` keeps out of `data`), `report` is
    evaluated once at the end. `placeholders` is the rate at which copied words become placeholders
    (`mask_pair`), `noise` that of each change that `augment` makes. `alphabet` is the number of characters that
    the vocabulary can spell, `pretrained` a sentence encoder whose word vectors a classifier begins with
    (`pretrained.encoder_folder`), `base` a whole one that a Transformer is fine-tuned from. `teacher` is the folder
    of a classifier, or a file that keeps the answers of one, whose opinion of a text counts `distillation`, and the
    text's label the rest; with 0 it is asked about what has no label alone. `clean` keeps out of training what
    `cleaning.Cleaner` finds at fault, `mixing_temperature` balances corpora by it (`mixing.epoch_order`). What begins
    with `./` lies beside the recipe. `limits` is what the model card says of use and limits, `provenance` what it says
    of how the shipped weights came about otherwise than by this recipe, `max_tokens` the longest input that the model
    shall be given."""

    name: str
    task: str
    description: str
    architecture: str
    languages: list[str]
    vocabulary: int
    sizes: dict[str, Any]
    data: list[CorpusSpec]
    optimisation: Optimisation
    dev: list[str] = field(default_factory=list)
    report: list[str] = field(default_factory=list)
    directions: list[tuple[str, str]] = field(default_factory=list)
    max_tokens: int = 128
    lowercase: bool = False
    placeholders: float = 0.0
    noise: float = 0.0
    alphabet: int = 500
    pretrained: str = ""
    base: str = ""
    teacher: str = ""
    distillation: float = 0.5
    clean: bool = True
    mixing_temperature: float = 0.0
    limits: str = ""
    provenance: str = ""

    def model_config(self, vocabulary: int, labels: Sequence[str] = ()) -> ModelConfig:
        """Of the model that the recipe trains, with a vocabulary of so many tokens."""
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
    except (OSError, yaml.YAMLError) as error:
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
    """Read a recipe for a backend: what it says under `transformer` changes the rest of it for that one, and
    `changes` come last. Raises RecipeError."""
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise RecipeError(f"{path}: wants a mapping")
    section = fields.pop(TRANSFORMER, None)
    if backend == TRANSFORMER and section is None:
        raise RecipeError(f"{path}: has no section {TRANSFORMER}, so nothing says what a {TRANSFORMER} shall be like")
    for change in (section if backend == TRANSFORMER else {}, changes or {}):
        if not isinstance(change, dict):
            raise RecipeError(f"{path}: {TRANSFORMER}: wants a mapping")
        fields = merged(fields, change)
    return recipe_of(fields, path)


def merged(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with some of them changed. `sizes` are replaced as a whole, since other architectures have others; of
    `optimisation` each by itself."""
    before, after = fields.get("optimisation"), changes.get("optimisation")
    together = {**before, **after} if isinstance(before, dict) and isinstance(after, dict) else after or before
    return {**fields, **changes, "optimisation": together}


def recipe_of(fields: Any, path: Path) -> Recipe:
    """A recipe from what a file says. Raises RecipeError."""
    recipe: Recipe = build(Recipe, fields, str(path))
    recipe.data = [build(CorpusSpec, entry, f"{path}: data") for entry in recipe.data]
    for spec in recipe.data:
        spec.file, spec.translated = beside(path, spec.file), beside(path, spec.translated)
        if spec.holdout and (spec.sentences or spec.parallel or recipe.task == "translation"):
            raise RecipeError(f"{path}: data: {spec.shown}: holdout is for texts with labels; name a dev set")
        if [type(one) in (int, float) for one in spec.offsets] != [True] * len(LABELS):
            raise RecipeError(f"{path}: data: {spec.shown}: offsets are one number each for {', '.join(LABELS)}")
    recipe.teacher = beside(path, recipe.teacher)
    recipe.optimisation = build(Optimisation, recipe.optimisation, f"{path}: optimisation")
    if recipe.optimisation.precision not in PRECISIONS:
        raise RecipeError(f"{path}: optimisation: precision is one of {', '.join(PRECISIONS)}")
    if not recipe.teacher:  # of a teacher that learns from the same corpora as its student
        recipe.data = [spec for spec in recipe.data if spec.labelled]
    recipe.directions = [(source, target) for source, target in recipe.directions]
    return recipe


def beside(path: Path, name: str) -> str:
    """What a recipe names: with `./` it lies beside the recipe."""
    return str((path.parent / name).resolve()) if name.startswith(("./", "../")) else name


def is_recipe(path: Path) -> bool:
    """Whether a YAML file is a recipe, not a list of references beside the recipes. Raises RecipeError."""
    fields = read_yaml(path)
    return isinstance(fields, dict) and {"task", "architecture"} <= set(fields)
