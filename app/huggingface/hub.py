"""Resolves the name of a model to a folder in Hugging Face layout: a local folder, or a repository of the hub.

Downloads only where a name is a hub id, and only weights as safetensors, never code.
"""

from __future__ import annotations

import glob
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.extras import needed
from app.huggingface.argos import SUFFIX, is_package
from app.nets.folder import CONFIG, ModelFolderError

HUB_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?(?:@[\w./-]+)?")
TIMEOUT_S = 20.0  # of a question to the hub
WANTED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.spm", "README.md"]
UNWANTED = ["*/*"]  # sub-folders hold exports for other runtimes


def is_hub_layout(folder: Path) -> bool:
    """Whether a folder is in Hugging Face layout."""
    try:
        fields = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(fields, dict) and "model_type" in fields and "format_version" not in fields


def folder_of(name: str) -> Path:
    """The folder of a model or its package of Argos Translate, downloaded if `name` is a hub id (`owner/name`, or
    `owner/name@revision`). Raises ModelFolderError that says what to do."""
    folder = Path(name).expanduser()
    if folder.is_dir() or is_package(folder):
        return folder
    if folder.is_absolute() or name.startswith((".", "~")) or not HUB_ID.fullmatch(name):
        what = f"no {SUFFIX}" if folder.is_file() else "no such folder"
        raise ModelFolderError(f"{name}: {what}, and no hub id (owner/name)")
    try:
        return downloaded(name)
    except ImportError as error:
        raise ModelFolderError(f"{name}: no such folder; as a hub id it needs {needed('hf')} ({error})") from error


def downloaded(name: str, files: Sequence[str] | None = None) -> Path:
    """The snapshot of a repository with these files, or with the usual files of a model; from the local cache where
    possible. Raises ModelFolderError."""
    from huggingface_hub import snapshot_download

    repository, _, revision = name.partition("@")
    with telling(name):
        allowed, ignored = (WANTED, UNWANTED) if files is None else ([glob.escape(file) for file in files], None)
        return Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=allowed, ignore_patterns=ignored)
        )


def described(name: str) -> Any:
    """The files of a repository with their sizes, its commit and the head of its card, a `ModelInfo` of the hub's
    library; None where the hub cannot be reached. Raises ModelFolderError."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    repository, _, revision = name.partition("@")
    with telling(name):
        try:
            return HfApi().model_info(repository, revision=revision or None, files_metadata=True, timeout=TIMEOUT_S)
        except (RepositoryNotFoundError, RevisionNotFoundError):
            raise
        except network_errors():
            return None


@contextmanager
def telling(name: str) -> Iterator[None]:
    """Raise the errors of the hub's library as ModelFolderError that says what to do."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except GatedRepoError as error:
        raise ModelFolderError(
            f"{name}: its owner asks for consent. Accept the terms on the model's page and set HF_TOKEN to a token of "
            "that account"
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelFolderError(
            f"{name}: neither a folder here nor a model of the hub. Check the spelling; a private model needs HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise ModelFolderError(f"{name}: the model has no revision {name.partition('@')[2]}") from error
    except HFValidationError as error:
        raise ModelFolderError(f"{name}: no such folder, and no hub id: {error}") from error
    except network_errors() as error:
        raise ModelFolderError(
            f"{name}: no such folder here, and the hub cannot be reached nor has the cache a copy. Check the network "
            f"(and HF_HUB_OFFLINE), or name a folder that holds the model ({type(error).__name__})"
        ) from error


def network_errors() -> tuple[type[Exception], ...]:
    """The exceptions of the hub's library where the hub cannot be reached or answers with an error."""
    from huggingface_hub.errors import HfHubHTTPError

    return (HfHubHTTPError.__mro__[1], OSError)  # the first is the base of all errors of its HTTP client


def check_weights(folder: Path, name: str) -> None:
    """Raises ModelFolderError where a folder has no weights as safetensors."""
    if any(folder.glob("*.safetensors")):
        return
    raise ModelFolderError(
        f"{name}: has no *.safetensors. Weights as pickle (pytorch_model.bin) can run code and are not loaded: name a "
        "revision that has them (many models do: owner/name@refs/pr/N), or let `undertone models add` convert them"
    )
