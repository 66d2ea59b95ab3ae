"""`make bases` pins the image's bases anew, by what Docker says of their tags."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def make_bases(directory: Path, docker: str) -> subprocess.CompletedProcess[str]:
    """Run it on a copy, with a script in place of Docker."""
    for name in ("Makefile", "Dockerfile"):
        (directory / name).write_text((ROOT / name).read_text())
    script = directory / "docker"
    script.write_text(f"#!/bin/sh\n{docker}\n")
    script.chmod(0o700)
    command = ["make", "bases", f"DOCKER={script}"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def pins(directory: Path) -> list[str]:
    """Return the lines that pin a base."""
    lines = (directory / "Dockerfile").read_text().splitlines()
    return [line for line in lines if line.startswith("ARG ")]


def test_every_base_gets_the_digest_of_its_own_tag(tmp_path: Path) -> None:
    before = [line.partition("@")[0] for line in pins(ROOT)]

    done = make_bases(tmp_path, 'case "$*" in *python:*) echo sha256:11;; *) echo sha256:22;; esac')

    assert done.returncode == 0, done.stderr
    assert pins(tmp_path) == [f"{before[0]}@sha256:11", f"{before[1]}@sha256:22"]


def test_nothing_changes_where_docker_does_not_know(tmp_path: Path) -> None:
    done = make_bases(tmp_path, "echo no such image >&2; exit 1")

    assert done.returncode != 0
    assert pins(tmp_path) == pins(ROOT)
