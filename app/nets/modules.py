"""The torch modules of stored models, and model folders of torch modules."""

from __future__ import annotations

from pathlib import Path

import torch

from app.nets.classifier import RecurrentClassifier
from app.nets.config import ModelConfig
from app.nets.folder import TOKENIZER, StoredModel, open_folder, write_config
from app.nets.language_model import RecurrentLanguageModel
from app.nets.sizes import sizes_of
from app.nets.translator import GruTranslator
from app.nets.weights import Arrays, save_weights

Model = RecurrentClassifier | GruTranslator | RecurrentLanguageModel
ARCHITECTURES: dict[str, type[RecurrentClassifier] | type[GruTranslator] | type[RecurrentLanguageModel]] = {
    "recurrent-classifier": RecurrentClassifier,
    "gru-translator": GruTranslator,
    "recurrent-language-model": RecurrentLanguageModel,
}


def build_model(config: ModelConfig) -> Model:
    """A model of the architecture that `config` names, with fresh weights. Raises ValueError."""
    sizes_of(config)
    try:
        return ARCHITECTURES[config.architecture](config)
    except RuntimeError as error:  # a size is zero or too large
        raise ValueError(f"sizes do not fit {config.architecture}: {error}") from error


def module_of(stored: StoredModel, device: torch.device | str = "cpu") -> Model:
    """A stored model as a torch module, in float32 on `device`, in evaluation mode. Raises ModelFolderError."""
    weights = {name: torch.from_numpy(array).float() for name, array in stored.read().items()}
    model = build_model(stored.config)
    model.load_state_dict(weights)
    return model.to(device).eval()


def load_model(folder: Path, device: torch.device | str = "cpu") -> Model:
    """The model of a folder, as `module_of`. Raises ModelFolderError."""
    return module_of(open_folder(folder), device)


def stored_form(model: Model) -> StoredModel:
    """A torch module in the form in which runtimes read models."""
    return StoredModel(model.config, model.sizes, lambda: arrays_of(model))


def arrays_of(model: Model, dtype: torch.dtype | None = None) -> Arrays:
    """The weights of a module, as they are or in `dtype`."""
    weights = model.state_dict().items()
    return {name: tensor.detach().to("cpu", dtype or tensor.dtype).contiguous().numpy() for name, tensor in weights}


def save_model(model: Model, tokenizer: str, folder: Path, *, dtype: torch.dtype = torch.float16) -> None:
    """Write a model folder with weights in `dtype`, which NumPy must have; `tokenizer` is the text of its
    `tokenizer.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_weights(arrays_of(model, dtype), folder)
    (folder / TOKENIZER).write_text(tokenizer, "utf-8")
    write_config(model.config, folder)
