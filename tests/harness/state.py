"""What `up` writes down about a cluster that stays, so that `down` can find exactly that."""

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.processes import Component

FILE = "processes.json"


@dataclass(frozen=True)
class State:
    """Facts that the provider needs, and the processes that it started."""

    facts: dict[str, Any]
    components: list[Component] = field(default_factory=list)


def save(directory: Path, facts: dict[str, Any], components: list[Component]) -> None:
    """Write the state down, by a rename: a reader sees all of it or nothing."""
    document = {**facts, "processes": [component.record() for component in components]}
    unfinished = directory / f".{FILE}"
    unfinished.write_text(json.dumps(document, indent=2))
    unfinished.rename(directory / FILE)


def load(directory: Path) -> State | None:
    """Return what was written down, or None."""
    try:
        facts = json.loads((directory / FILE).read_text())
    except FileNotFoundError:
        return None
    components = [Component.recorded(record) for record in facts.pop("processes")]
    return State(facts, components)


def remove(directory: Path) -> None:
    """Forget the cluster."""
    (directory / FILE).unlink(missing_ok=True)


def remove_files(directory: Path, names: Iterable[str]) -> None:
    """Remove what a cluster put into its directory, and nothing else that may be there."""
    for path in (directory / name for name in names):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Keep a second `up` or `down` out of this directory meanwhile."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another command is busy with the cluster in {directory}: wait for it."
            raise HarnessError(message) from None
        yield
