"""Runs batches on the models of one device. Knows no sockets and no queue."""

from __future__ import annotations

import logging
from pathlib import Path

import torch

from app.engine.messages import Classified, Classify, Failed, ModelInfo, ToFront, Translate, Translated, Work
from app.nets.classifier import RecurrentClassifier
from app.nets.folder import CONFIG, Model, ModelFolderError, load_model
from app.nets.translator import EOS

log = logging.getLogger(__name__)


class Runner:
    """All models of a folder of model folders, loaded and tried by a real forward."""

    def __init__(self, models_dir: Path, device: torch.device) -> None:
        """Raises ModelFolderError that says what is wrong where."""
        folders = sorted(path.parent for path in models_dir.glob(f"*/{CONFIG}"))
        if not folders:
            raise ModelFolderError(f"{models_dir}: holds no model folder (a folder with a {CONFIG})")
        self.models: dict[str, Model] = {}
        self.infos: list[ModelInfo] = []
        for folder in folders:
            model = load_model(folder, device)
            name = model.config.name
            if name in self.models:
                raise ModelFolderError(f"{folder / CONFIG}: another model is called {name!r} too")
            self.models[name] = model
            self.infos.append(describe(model, folder))
            self.run([self.probe(name)])

    def probe(self, name: str) -> Work:
        if isinstance(self.models[name], RecurrentClassifier):
            return Classify(0, name, [EOS])
        return Translate(0, name, [EOS], max_tokens=2)

    def run(self, batch: list[Work]) -> list[ToFront]:
        """Answer requests of one task, model and beam width, in their order. Raises what torch raises."""
        model = self.models[batch[0].model]
        tokens = [request.tokens for request in batch]
        if isinstance(model, RecurrentClassifier):
            rows = model.classify(tokens)
            return [Classified(request.id, row) for request, row in zip(batch, rows, strict=True)]
        requests = [request for request in batch if isinstance(request, Translate)]
        hypotheses = model.translate(
            tokens,
            beam=requests[0].beam,
            max_tokens=[request.max_tokens for request in requests],
            alternatives=requests[0].alternatives,
        )
        return [Translated(request.id, found) for request, found in zip(requests, hypotheses, strict=True)]

    def answer(self, batch: list[Work]) -> list[ToFront]:
        """`run`, but a failure is a message: a failing batch is halved (memory may have run out, or one request is
        at fault) until each request is answered or has failed alone. In the order of the batch."""
        try:
            return self.run(batch)
        except Exception as error:  # out of memory, or anything that a model raises
            log.warning("a batch of %d failed: %s", len(batch), error)
            if len(batch) == 1:
                return [Failed(batch[0].id, f"the model failed on this text ({type(error).__name__})")]
        middle = len(batch) // 2
        return self.answer(batch[:middle]) + self.answer(batch[middle:])

    def fault(self, request: Work) -> str | None:
        """What makes a request impossible; on a GPU such a request would spoil the whole process."""
        model = self.models.get(request.model)
        if model is None:
            return f"there is no model {request.model!r}"
        if isinstance(model, RecurrentClassifier) != isinstance(request, Classify):
            return f"{request.model} serves another task"
        size = model.embedding.num_embeddings
        if not request.tokens or min(request.tokens) < 0 or max(request.tokens) >= size:
            return f"token ids must be 0 to {size - 1}, and at least one"
        return None


def describe(model: Model, folder: Path) -> ModelInfo:
    config = model.config
    return ModelInfo(
        name=config.name,
        task=config.task,
        architecture=config.architecture,
        description=config.description,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        languages=config.languages,
        labels=config.labels,
        directions=config.directions,
        max_tokens=config.max_tokens,
        folder=str(folder),
    )
