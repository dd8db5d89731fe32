"""How a batch tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = bool | Callable[[int, int], None]
"""True shows a bar (the extra `progress`); a function gets the number of texts that are done, and of all."""


def nothing(done: int, total: int) -> None:
    pass


@contextmanager
def reporter(progress: Progress, total: int) -> Iterator[Callable[[int, int], None]]:
    """The function to tell. Raises ImportError where a bar is wanted and tqdm is not there."""
    if progress is not True:
        yield progress or nothing
        return
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError("progress=True needs tqdm: pip install 'undertone-client[progress]'") from error
    with tqdm(total=total, unit="text") as bar:

        def show(done: int, total: int) -> None:
            bar.update(done - bar.n)

        yield show
