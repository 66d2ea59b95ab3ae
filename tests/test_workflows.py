"""The workflows run the same make targets as everybody, with pinned actions that may do little."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import versions

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    return dict(yaml.safe_load(file.read_text())["jobs"])


def commands(file: Path) -> list[str]:
    """Return the commands of all its steps."""
    return [step["run"] for job in jobs(file).values() for step in job["steps"] if "run" in step]


@each_file
def test_every_action_is_pinned_by_commit_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses: (.*)", file.read_text())

    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@each_file
def test_one_commit_is_one_version(file: Path) -> None:
    pins = set(re.findall(r"uses: ([\w/-]+)@(.*)", file.read_text()))

    assert len(pins) == len({action for action, _ in pins})


@each_file
def test_no_right_is_given_to_a_whole_workflow(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {}


@each_file
def test_every_job_says_its_rights_and_how_long_it_may_take(file: Path) -> None:
    assert all({"permissions", "timeout-minutes"} <= job.keys() for job in jobs(file).values())


def test_what_runs_for_strangers_may_only_read() -> None:
    rights = [job["permissions"] for job in jobs(ROOT / ".github/workflows/ci.yaml").values()]

    assert rights == [{"contents": "read"}] * len(rights)


@each_file
def test_every_make_target_exists(file: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    called = {name for line in commands(file) for name in re.findall(r"make ([a-z-]+)$", line)}

    assert called <= targets


def test_whatever_is_run_here_is_run_there() -> None:
    here = set(re.findall(r"(?m)^make ([a-z-]+)", (ROOT / ".ci" / "run").read_text()))
    there = {line.removeprefix("make ") for line in commands(ROOT / ".github/workflows/ci.yaml")}

    assert here <= there


def test_the_oldest_and_the_newest_kubernetes_are_tested() -> None:
    ci = jobs(ROOT / ".github/workflows/ci.yaml")
    tested = [each["kubernetes"] for each in ci["embedded"]["strategy"]["matrix"]["include"]]

    assert tested == [versions.supported()[0], versions.supported()[-1]]


def test_a_kind_cluster_is_tested_too() -> None:
    ci = jobs(ROOT / ".github/workflows/ci.yaml")

    assert ci["kind"]["env"] == {"CLUSTER": "kind"}
