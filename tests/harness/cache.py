"""Where built binaries are kept between checkouts, and how two builds share that place."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError


def root() -> Path:
    """Return the cache's directory, which lies outside every checkout."""
    if chosen := os.environ.get("ROLLBACK_CLUSTER_CACHE"):
        return Path(chosen).expanduser().resolve()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "rollback-operator"


def digest(files: Iterable[Path], base: Path, *more: str) -> str:
    """Return a key that changes with any of the files, their names, or the recipe in `more`."""
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file.relative_to(base).as_posix()}\0".encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    for text in more:
        found.update(f"{text}\0".encode())
    return found.hexdigest()[:16]


def obtain(
    name: str,
    make: Callable[[Path], None],
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """Return the cache entry of this name, made first if need be.

    It appears by one rename, so that an interrupted build leaves nothing that looks finished;
    the lock makes a second process wait for the first one's result.
    """
    entry = root() / name
    if entry.is_dir():
        return entry
    with _locked(root() / f".{name}.lock", say):
        if not entry.is_dir():
            _make(entry, make)
    return entry


def _make(entry: Path, make: Callable[[Path], None]) -> None:
    _forget_abandoned(entry)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent))
    try:
        make(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(entry)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _forget_abandoned(entry: Path) -> None:
    """Remove what a killed build left; the lock is held, so nobody is still writing there."""
    for abandoned in entry.parent.glob(f".{entry.name}-*"):
        shutil.rmtree(abandoned, ignore_errors=True)


@contextmanager
def _locked(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        message = (
            f"Cannot write to the cache {path.parent}: {error.strerror}.\n"
            "  Point ROLLBACK_CLUSTER_CACHE at a directory with 1 GB of room."
        )
        raise HarnessError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another process that is making the same thing …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
