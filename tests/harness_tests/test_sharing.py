"""Test processes have one cluster and one operator among them, from the first need to the last."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from harness.sharing import Facts, one_for_all

DIES = """
import os, sys
from contextlib import nullcontext
from pathlib import Path
from harness.sharing import one_for_all
with one_for_all(Path(sys.argv[1]), lambda: nullcontext({"pid": 1})):
    os._exit(1)
"""

Make = Callable[[], AbstractContextManager[Facts]]


@pytest.fixture
def told() -> list[str]:
    """What happened, in order."""
    return []


@pytest.fixture
def make(told: list[str]) -> Make:
    """Make what is shared, and tell of it."""

    @contextmanager
    def made() -> Iterator[Facts]:
        told.append("made")
        yield {"pid": 7}
        told.append("ended")

    return made


def test_who_comes_second_uses_what_is_there(tmp_path: Path, make: Make, told: list[str]) -> None:
    with one_for_all(tmp_path, make) as first, one_for_all(tmp_path, make) as second:
        assert first == second == {"pid": 7}
        assert told == ["made"]

    assert told == ["made", "ended"]


def test_it_ends_when_the_last_has_left(tmp_path: Path, make: Make, told: list[str]) -> None:
    maker = ExitStack()
    maker.enter_context(one_for_all(tmp_path, make))
    with one_for_all(tmp_path, make):
        leaving = Thread(target=maker.close)
        leaving.start()
        told.append("in use")
    leaving.join()

    assert told == ["made", "in use", "ended"]


def test_who_comes_later_makes_another(tmp_path: Path, make: Make, told: list[str]) -> None:
    for _ in range(2):
        with one_for_all(tmp_path, make):
            pass

    assert told == ["made", "ended"] * 2


def test_that_of_one_who_died_is_not_used(tmp_path: Path, make: Make, told: list[str]) -> None:
    subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False)

    with one_for_all(tmp_path, make) as facts:
        assert facts == {"pid": 7}
    assert told == ["made", "ended"]
