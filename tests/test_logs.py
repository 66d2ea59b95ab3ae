"""What a line of the log looks like, and what it is about."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from rollback_operator import logs
from rollback_operator.logs import OneLine
from rollback_operator.operations.subject import about
from rollback_operator.settings import Settings

logger = logging.getLogger("rollback_operator.test")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Whatever is logged during the test, as JSON."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure(Settings(log_format="json"))
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_logger_and_message(written: io.StringIO) -> None:
    logger.info("patched %s", "web")

    (line,) = lines(written)
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "rollback_operator.test",
        "message": "patched web",
    }


def test_work_says_which_request_and_target_it_is_about(written: io.StringIO) -> None:
    with about(request="shop/back"):
        with about(target="shop/web"):
            logger.info("one")
        logger.info("two")
    logger.info("three")

    named = [(line.get("request"), line.get("target")) for line in lines(written)]
    assert named == [("shop/back", "shop/web"), ("shop/back", None), (None, None)]


async def test_tasks_at_work_at_the_same_time_do_not_mix_it_up(written: io.StringIO) -> None:
    barrier = asyncio.Barrier(2)

    async def work(name: str) -> None:
        with about(request=name):
            await barrier.wait()
            logger.info(name)

    await asyncio.gather(work("a"), work("b"))

    assert all(line["request"] == line["message"] for line in lines(written))


def test_an_error_keeps_its_traceback_in_the_same_line(written: io.StringIO) -> None:
    try:
        raise RuntimeError("a bug")  # noqa: EM101, TRY003, TRY301 - as others raise
    except RuntimeError:
        logger.exception("unexpected")

    (line,) = lines(written)
    assert "a bug" in line["exc_info"]


def test_for_people_it_is_a_plain_line(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure(Settings(log_format="plain"))
    with about(request="shop/back"):
        logger.warning("careful")

    assert stream.getvalue().endswith(" WARNING careful\n")
    assert written.getvalue() == ""


FORGED = "denied\n2030-01-01 00:00:00,000 INFO    request shop/x rolled back\x1b[2J"


def a_record(message: str, error: Exception | None = None) -> logging.LogRecord:
    """Return a record, of an error that was raised if there is one."""
    told = None
    if error is not None:
        try:
            raise error
        except type(error):
            told = sys.exc_info()
    return logging.LogRecord("x", logging.WARNING, "x.py", 1, "%s", (message,), told)


def test_a_message_cannot_begin_a_line_of_its_own() -> None:
    line = OneLine("%(levelname)s %(message)s").format(a_record(FORGED))

    assert line.splitlines() == [line]
    assert "\x1b" not in line


@pytest.mark.parametrize("text", ["\x1b[2J", "\x07"])
def test_a_traceback_keeps_its_lines_and_acts_on_nothing(text: str) -> None:
    lines = OneLine("%(message)s").format(a_record("failed", ValueError(text)))

    assert lines.startswith("failed\nTraceback")
    assert text not in lines
