"""Audits the packages of the environment: writes the bill of materials to build/sbom.json (CycloneDX) and asks the
vulnerability service of the Python Packaging Authority.

Fails for a known vulnerability that is not in ACCEPTED. If the service cannot be reached, as on a machine without
internet, it says so and passes, because `make check` must work without the internet.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

BUILD = Path(__file__).parent.parent / "build"
TIMEOUT_S = 240
ACCEPTED: dict[str, str] = {}  # id of a vulnerability: why it does not affect this project


def write_bill_of_materials(file: Path) -> int:
    """Returns the number of components in the file."""
    file.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "environment", sys.executable]
    command += ["--pyproject", str(BUILD.parent / "pyproject.toml"), "--output-reproducible", "--no-validate"]
    subprocess.run([*command, "--output-file", str(file)], check=True, timeout=TIMEOUT_S)
    return len(json.loads(file.read_text("utf-8"))["components"])


def ask() -> list[dict[str, Any]]:
    """Each package, with its `vulns` or a `skip_reason`. Raises OSError if the service cannot be reached."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    try:
        done = subprocess.run([*command, "--timeout", "5"], capture_output=True, text=True, timeout=TIMEOUT_S)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired as error:
        raise OSError(f"no answer within {TIMEOUT_S} s") from error
    except ValueError as error:
        raise OSError(done.stderr.strip().rpartition("\n")[2] or "no answer") from error
    return packages


def main() -> int:
    file = BUILD / "sbom.json"
    print(f"{write_bill_of_materials(file)} components in {file.relative_to(BUILD.parent)}")
    try:
        packages = ask()
    except OSError as error:
        print(f"NOT AUDITED: the vulnerability service cannot be reached: {error}")
        return 0
    audited = [package for package in packages if "skip_reason" not in package]
    if len(audited) < len(packages) / 2:  # an index may offer packages without data on vulnerabilities
        print(f"NOT AUDITED: the vulnerability service knows only {len(audited)} of {len(packages)} packages")
    else:
        print(f"{len(audited)} of {len(packages)} packages were audited")
    count = 0
    for package in audited:
        for vulnerability in package["vulns"]:
            if vulnerability["id"] not in ACCEPTED:
                fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
                print(f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
