"""The operator's log tells what it is done with, while it is being written."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.diary import Diary

START = "2026-01-01 00:00:00,000 DEBUG   "


class Log:
    """A log that grows line by line, and the diary that is read in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch()
        self.diary = Diary(path)

    def grows(self, text: str, *, start: str = START, end: str = "\n", read: bool = True) -> None:
        with self._path.open("a") as log:
            log.write(f"{start}{text}{end}")
        if read:
            self.diary.read_on()


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty log."""
    return Log(tmp_path / "log")


def test_a_version_is_looked_after_with_all_before_it(log: Log) -> None:
    assert not log.diary.has_looked_after("shop/web", 1)

    log.grows("deployment shop/web is looked after as of resourceVersion 10")

    assert [log.diary.has_looked_after("shop/web", version) for version in (9, 10, 11)] == [
        True,
        True,
        False,
    ]
    assert not log.diary.has_looked_after("shop/api", 9)


def test_an_older_version_that_is_seen_late_changes_nothing(log: Log) -> None:
    log.grows("deployment shop/web is looked after as of resourceVersion 10")
    log.grows("deployment shop/web is looked after as of resourceVersion 9")

    assert log.diary.has_looked_after("shop/web", 10)


def test_a_line_counts_when_it_is_whole(log: Log) -> None:
    log.grows("deployment shop/web is looked after as of resourceVersion 1", end="")
    assert not log.diary.has_looked_after("shop/web", 1)

    log.grows("0", start="")

    assert log.diary.has_looked_after("shop/web", 10)


def test_a_request_is_worked_on_until_it_is_put_down_as_often_as_taken_up(log: Log) -> None:
    log.grows("request shop/back is taken up")
    assert log.diary.is_at_work_on("shop/back")

    log.grows("request shop/back is put down")
    assert not log.diary.is_at_work_on("shop/back")


def test_what_an_earlier_run_wrote_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(f"{START}deployment shop/web is looked after as of resourceVersion 10\n")
    diary = Diary(path, path.stat().st_size)

    diary.read_on()

    assert not diary.has_looked_after("shop/web", 10)


def test_readers_side_by_side_skip_nothing(log: Log) -> None:
    """Whoever reads what another one has read already must not take it for twice as much."""
    log.grows("deployment shop/web is looked after as of resourceVersion 1\n" * 20_000, read=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log.diary.read_on(), range(8)))
    log.grows("deployment shop/web is looked after as of resourceVersion 2")

    assert log.diary.has_looked_after("shop/web", 2)
