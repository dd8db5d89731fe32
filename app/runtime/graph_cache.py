"""Sessions of ONNX Runtime, and the folder that keeps their graphs from one start to the next.

An entry of the folder holds the graphs of a model as ONNX Runtime writes them after its optimizations, with the weights
in the layout of its kernels. They are mapped into memory, so all engines of a machine share one copy of them. The name
of an entry is a hash of everything that the graphs depend on. Knows no network.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.nets.sizes import Sizes
from app.nets.weights import Array
from app.runtime.cache_folder import check, store

log = logging.getLogger("undertone.graphs")

Build = Callable[[], dict[str, bytes]]  # serialized ONNX models by name
BUILDERS = (
    "onnx_graph.py",
    "onnx_recurrence.py",
    "onnx_networks.py",
)  # beside this file: a change of them changes the graphs


class Session:
    """Runs a graph: takes arrays by the names of its inputs, returns arrays in the order of its outputs."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self, **inputs: Array) -> list[Array]:
        outputs: list[Array] = self.session.run(None, inputs)
        return outputs


class GraphCache:
    """Without a folder, or where the folder cannot be used, the graphs are in the memory of this process alone."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def sessions(self, digest: str, sizes: Sizes | tuple[str, ...], build: Build) -> dict[str, Session]:
        """The sessions of a model by the names of its graphs; `build` makes graphs that the folder lacks. `digest`
        identifies the weights, and the graphs depend on `sizes` besides; with an empty digest nothing is kept."""
        if self.folder is None or not digest:
            return in_memory(build())
        entry = self.folder / key(digest, sizes)
        if (sessions := self.find(entry)) is not None:
            return sessions
        models = build()
        try:
            store(entry, functools.partial(write_graphs, models))
            return opened(entry)
        except Exception as error:  # ONNX Runtime's are of many kinds, none documented
            log.warning(
                "no graphs can be kept in %s (%s): this engine holds its own copy in memory, and later starts take "
                "longer. UNDERTONE_CACHE_DIR names another folder",
                self.folder, reason(error),
            )  # fmt: skip
            self.folder = None
            return in_memory(models)

    def find(self, entry: Path) -> dict[str, Session] | None:
        """The sessions of an entry, None where it is missing or unusable."""
        if not entry.is_dir():
            return None
        try:
            return opened(entry)
        except Exception as error:  # as above
            log.warning("%s is damaged (%s); building it again", entry, reason(error))
            shutil.rmtree(entry, ignore_errors=True)
            return None


IN_MEMORY = GraphCache(None)


def in_memory(models: dict[str, bytes]) -> dict[str, Session]:
    return {name: Session(session_of(model)) for name, model in models.items()}


def opened(entry: Path) -> dict[str, Session]:
    """The sessions of an entry. Raises errors of many kinds where it is missing or damaged."""
    return {Path(name).stem: Session(session_of(str(entry / name))) for name in check(entry) if name.endswith(".onnx")}


def write_graphs(models: dict[str, bytes], folder: Path) -> None:
    """Raises the errors of ONNX Runtime."""
    for name, model in models.items():
        session_of(model, folder / f"{name}.onnx")


def session_of(model: bytes | str, copy: Path | None = None) -> Any:
    """A session on one thread, which sleeps instead of spinning while it waits. `model` is a serialized model or a
    path; with `copy`, ONNX Runtime also writes the optimized model there, its weights in a file beside it."""
    import onnxruntime  # imported here, because training on packed data runs without it

    share_one_arena()
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    if copy is not None:
        options.optimized_model_filepath = str(copy)
        weights = f"{copy.stem}.weights"
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", weights)
        options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
        options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@functools.cache
def share_one_arena() -> None:
    """Make all sessions of the process take the memory of their runs from one arena. By default each session keeps its
    own, as large as its largest batch, though they run one after another."""
    import onnxruntime

    arena = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    memory = onnxruntime.OrtMemoryInfo("Cpu", arena, 0, onnxruntime.OrtMemType.DEFAULT)
    onnxruntime.create_and_register_allocator(memory, None)


def key(digest: str, sizes: Sizes | tuple[str, ...]) -> str:
    """The name of an entry: weights, sizes, the code that builds graphs, ONNX Runtime, and the CPU, on which the layout
    of its weights depends."""
    import onnxruntime

    sources = [Path(__file__).with_name(name).read_text("utf-8") for name in BUILDERS]
    parts = [digest, repr(sizes), *sources, onnxruntime.__version__, platform.machine(), cpu_features()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def cpu_features() -> str:
    """The instruction sets of the CPU, where the system tells them."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line for line in file if line.startswith(("flags", "Features"))), "")
    return platform.processor()


def reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
