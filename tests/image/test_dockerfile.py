"""What the Dockerfile promises: pinned bases, locked dependencies, and a bare last stage."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with what follows them."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", "")
    pairs = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return [(name, " ".join(rest.split())) for name, rest in pairs]


def last_stage() -> list[tuple[str, str]]:
    """Return the instructions after the last FROM."""
    found = instructions()
    start = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return found[start + 1 :]


def test_the_bases_are_arguments_pinned_by_digest() -> None:
    bases = dict(value.split("=", 1) for name, value in instructions() if name == "ARG")
    stages = [value.split()[0] for name, value in instructions() if name == "FROM"]

    assert stages == ["${BUILD_BASE}", "${RUNTIME_BASE}"]
    assert all(PINNED.fullmatch(bases[stage.strip("${}")]) for stage in stages)


def test_what_is_not_ours_is_installed_as_wheels_with_hashes() -> None:
    [*installs] = re.findall(r"pip install [^&]+", "&".join(v for n, v in instructions()))

    ours = [line for line in installs if line.rstrip().endswith(".")]
    others = [line for line in installs if line not in ours]
    assert all("--require-hashes --only-binary :all:" in line for line in others)
    assert all("--no-deps --no-build-isolation" in line for line in ours)
    assert len(ours) == 1
    assert len(others) == 2


def test_the_last_stage_runs_nothing_and_takes_only_what_was_built() -> None:
    assert {name for name, _ in last_stage()} == {"LABEL", "ENV", "COPY", "USER", "ENTRYPOINT"}
    assert [value for name, value in last_stage() if name == "COPY"] == ["--from=build /app /app"]


def test_the_operator_is_a_user_that_the_kubelet_can_tell_from_root() -> None:
    [user] = [value for name, value in last_stage() if name == "USER"]

    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)


def test_the_builder_gets_what_is_copied_and_nothing_else() -> None:
    ignored, *let_through = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    copied = {
        source
        for name, value in instructions()
        if name == "COPY" and "--from" not in value
        for source in value.split()[:-1]
    }

    assert ignored == "*"
    assert {line[1:] for line in let_through if line.startswith("!")} == copied
    assert not any(fnmatch(source, "**/__pycache__") for source in copied)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.stem))
def test_every_locked_version_has_its_hashes(lock: Path) -> None:
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", lock.read_text())[1:]

    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize(
    ("lock", "group"),
    [("", None), ("-build", "build"), ("-dev", "dev"), ("-tools", "tools")],
    ids=["the_operator", "build", "dev", "tools"],
)
def test_what_is_locked_is_what_is_asked_for(lock: str, group: str | None) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    locked = dict(
        re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", (ROOT / f"requirements{lock}.lock").read_text())
    )

    for requirement in (Requirement(line) for line in wanted if isinstance(line, str)):
        version = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}: run `make lock`"
