"""What Krew would install: the manifest's shape, the archive it points to, the launcher in it."""

import hashlib
import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WHEEL = "rollback_operator-1.2.3-py3-none-any.whl"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Return a directory with archive and manifest, made of a wheel that is none."""
    wheel = tmp_path / WHEEL
    wheel.write_text("a wheel")
    subprocess.run([sys.executable, ROOT / "plugins" / "krew.py", wheel], check=True)
    return tmp_path


def read(made: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((made / "rollback.yaml").read_text()))


def test_the_manifest_has_the_shape_that_krew_demands(made: Path) -> None:
    manifest = read(made)
    spec = manifest["spec"]

    assert manifest["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert (manifest["kind"], manifest["metadata"]) == ("Plugin", {"name": "rollback"})
    assert re.fullmatch(r"v\d+\.\d+\.\d+", spec["version"])
    assert 0 < len(spec["shortDescription"]) <= 50
    assert set(spec) == {
        *("version", "homepage", "shortDescription", "description", "caveats", "platforms")
    }
    for platform in spec["platforms"]:
        assert set(platform) == {"selector", "uri", "sha256", "bin", "files"}


def test_the_manifest_points_to_the_archive(made: Path) -> None:
    [platform] = read(made)["spec"]["platforms"]
    archive = made / "kubectl-rollback.zip"

    assert platform["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert platform["uri"].endswith("/releases/download/v1.2.3/kubectl-rollback.zip")


def test_the_archive_holds_what_the_manifest_names(made: Path) -> None:
    [platform] = read(made)["spec"]["platforms"]
    with zipfile.ZipFile(made / "kubectl-rollback.zip") as archive:
        packed = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}

    for file in platform["files"]:
        assert [name for name in packed if fnmatch(name, file["from"])]
    assert packed[platform["bin"]] & 0o111


def test_the_archive_is_the_same_for_the_same_files(made: Path) -> None:
    before = (made / "kubectl-rollback.zip").read_bytes()

    subprocess.run([sys.executable, ROOT / "plugins" / "krew.py", made / WHEEL], check=True)

    assert (made / "kubectl-rollback.zip").read_bytes() == before


@pytest.mark.parametrize(
    ("runner", "before"), [("uvx", ["--quiet", "--from"]), ("pipx", ["run", "--spec"])]
)
def test_the_launcher_runs_the_wheel_beside_it(
    made: Path, tmp_path: Path, runner: str, before: list[str]
) -> None:
    """Krew links to it from a directory on the PATH."""
    launcher, on_path = unpacked(made), tmp_path / "bin"
    on_path.mkdir()
    (on_path / "kubectl-rollback").symlink_to(launcher)
    (on_path / runner).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (on_path / runner).chmod(0o755)

    shown = run(on_path / "kubectl-rollback", on_path, "history", "my web")

    spec = f"{launcher.parent / WHEEL}[plugin]"
    assert shown.stdout.splitlines() == [*before, spec, "kubectl-rollback", "history", "my web"]


def test_the_launcher_says_what_it_needs(made: Path, tmp_path: Path) -> None:
    shown = run(unpacked(made), tmp_path, "history")

    assert (shown.returncode, "needs uv" in shown.stderr) == (1, True)


def unpacked(made: Path) -> Path:
    """Return the launcher, unpacked as Krew unpacks it."""
    store = made / "store"
    with zipfile.ZipFile(made / "kubectl-rollback.zip") as archive:
        archive.extractall(store)
    launcher = store / "kubectl-rollback"
    launcher.chmod(0o755)
    return launcher


def run(launcher: Path, path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher where there is nothing but the directory given, and what a shell needs."""
    tools = path / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("sh", "dirname", "readlink"):
        if not (tools / tool).exists():
            found = subprocess.run(["which", tool], capture_output=True, text=True, check=True)
            (tools / tool).symlink_to(found.stdout.strip())
    environment = {"PATH": f"{path}:{tools}"}
    return subprocess.run(
        [launcher, *words], env=environment, capture_output=True, text=True, check=False
    )
