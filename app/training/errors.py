"""The errors of training and evaluation. Each message says what the user has to change; commands print it without a
traceback.

TrainingError
├── RecipeError        a recipe, or a suite or list beside it, is malformed or asks for an impossible training
├── CorpusError        a corpus, or a file made from corpora, is missing, malformed or of the wrong languages
├── PackError          packed data is missing, or was packed for another recipe
└── PretrainedError    a pretrained encoder, or the library that reads it, is not installed

A model folder that cannot be read raises `ModelFolderError` of `app/nets/folder.py`, as it does when models are served.
"""

from __future__ import annotations


class TrainingError(Exception):
    """Base of all. Raised itself where another training process failed: its message is that of the other process."""


class RecipeError(TrainingError):
    """The message names the file and the field."""


class CorpusError(TrainingError):
    """The message names the file and, where there is one, the line."""


class PackError(TrainingError):
    """The message names the folder and the command that packs it."""


class PretrainedError(TrainingError):
    """The message says what to install."""
