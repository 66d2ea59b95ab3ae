"""One of something for all test processes of a run: whoever needs it first makes it."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

Facts = dict[str, str | int]
"""What the others have to know to use it."""


@contextmanager
def one_for_all(
    directory: Path, make: Callable[[], AbstractContextManager[Facts]]
) -> Iterator[Facts]:
    """Yield what `make` yields, in this process or in the one that was here first.

    Who made it ends it, after all others have left. A process that dies has left: its locks are
    the kernel's. If it was the maker, the next to come makes another one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    notice = directory / "facts.json"
    with (directory / "users").open("a") as users, (directory / "maker").open("a") as maker:
        made = None
        with locked(directory):
            fcntl.flock(users, fcntl.LOCK_SH)
            if _is_ours(maker):
                made = make()
                notice.write_text(json.dumps(made.__enter__()))
            facts: Facts = json.loads(notice.read_text())
        try:
            yield facts
        finally:
            if made is not None:
                fcntl.flock(users, fcntl.LOCK_EX)  # until nobody else uses it
                made.__exit__(None, None, None)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep other processes out meanwhile."""
    with (directory / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_ours(maker: IO[str]) -> bool:
    """Whether nobody who is still there has made it, so that it is for us to do."""
    try:
        fcntl.flock(maker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
