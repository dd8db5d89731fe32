"""slim.py VENV: removes files that serving never reads from a virtual environment, and compiles the modules it uses.

The build of the container image runs it, and then has each runtime answer a request. Each pattern has its reason.
"""

import compileall
import shutil
import subprocess
import sys
from pathlib import Path

UNUSED = {
    "torch/include": "headers, to compile extensions",
    "torch/share": "CMake files, likewise",
    "torch/bin/test_*": "test programs; the import needs torch_shm_manager beside them",
    "torch/bin/*Test": "test programs",
    "torch/bin/protoc*": "a protocol compiler",
    "torch/test": "C++ test programs",
    "torch/lib/libbackend_with_compiler.so": "of torch's tests",
    "torch/lib/lib*_test.so": "of torch's tests",
    "torch/lib/libaoti_custom_ops.so": "of torch's tests",
    "sympy": "symbolic shapes of torch.compile, which serving does not use",
    "mpmath": "of sympy",
    "networkx": "graph partitioning of torch.compile",
    "onnx/backend/test": "the conformance tests of ONNX",
    "onnxruntime/transformers": "conversion scripts",
    "onnxruntime/tools": "conversion scripts",
    "onnxruntime/capi/libonnxruntime.so*": "for programs in C; the Python module contains the same",
    "hf_xet": "faster downloads from a model hub, which nothing here does",
    "huggingface_hub": "of tokenizers, to download vocabularies",
    "fsspec": "of huggingface_hub",
    "httpx2": "likewise",
    "pip": "nothing is installed at run time",
    "setuptools": "likewise",
    "_distutils_hack": "of setuptools",
    "distutils-precedence.pth": "of setuptools",
    "**/*.a": "static libraries, to compile programs",
    "**/tests": "tests of numpy and others",
    "**/__pycache__": "compiled again from the remaining files",
}
# transformers imports the hub's library, and modules of torch that import sympy.
OF_TRANSFORMERS = ("sympy", "mpmath", "networkx", "huggingface_hub", "fsspec", "httpx2")

# Serving imports only a part of these large packages; importing them compiles that part. All others are compiled whole.
IMPORTED = ("numpy", "onnx", "onnxruntime")
MORE_IMPORTS = ("onnx.helper", "onnx.checker", "onnx.numpy_helper", "safetensors.numpy")
OF_TORCH = ("torch", "torch.nn.utils.rnn", "safetensors.torch")


def remove_unused(packages: Path) -> None:
    kept = OF_TRANSFORMERS if (packages / "transformers").is_dir() else ()
    for pattern in UNUSED.keys() - kept:
        for path in list(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)  # the folder around it may have gone first
            else:
                path.unlink()


def strip_symbols(packages: Path) -> None:
    """Remove symbols for debuggers, 90 MB of torch's libraries. Libraries that a wheel bundles in `NAME.libs` were
    edited after linking and stay unchanged."""
    libraries = [path for path in packages.glob("**/*.so") if not path.parent.name.endswith(".libs")]
    subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)


def compile_used(packages: Path) -> None:
    """Compile now, because the root of the container is read-only. Compiling all of torch would waste space."""
    large = (*IMPORTED, "torch")
    for package in packages.iterdir():
        if package.is_dir() and package.name not in large and not package.name.endswith((".dist-info", ".libs")):
            compileall.compile_dir(package, quiet=2)
        elif package.suffix == ".py":
            compileall.compile_file(package, quiet=2)
    of_torch = OF_TORCH if (packages / "torch").is_dir() else ()
    subprocess.run([sys.executable, "-c", "import " + ", ".join((*IMPORTED, *MORE_IMPORTS, *of_torch))], check=True)


def size_mb(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.glob("**/*") if path.is_file()) / 1e6


def main() -> None:
    (packages,) = Path(sys.argv[1]).glob("lib/python*/site-packages")
    before = size_mb(packages)
    remove_unused(packages)
    strip_symbols(packages)
    compile_used(packages)
    print(f"{before:.0f} MB of packages, {size_mb(packages):.0f} MB kept")


if __name__ == "__main__":
    main()
