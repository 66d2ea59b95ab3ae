"""Times are read and written as the API and kubectl do."""

from datetime import timedelta, timezone

import pytest

from builders import NOON
from rollback_operator.domain.times import (
    format_precise_time,
    format_seconds,
    format_time,
    parse_time,
)


def test_a_time_is_read_as_it_was_written() -> None:
    assert format_time(NOON) == "2030-01-01T12:00:00Z"
    assert parse_time("2030-01-01T12:00:00Z") == NOON


def test_every_zone_is_written_as_utc_in_whole_seconds() -> None:
    local = (NOON + timedelta(microseconds=7)).astimezone(timezone(timedelta(hours=2)))

    assert format_time(local) == "2030-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("microseconds", "written"),
    [
        (0, "12:00:00.000Z"),
        (7_000, "12:00:00.007Z"),
        (7_999, "12:00:00.007Z"),
        (999_999, "12:00:00.999Z"),
    ],
)
def test_milliseconds_are_written_where_the_second_is_too_long(
    microseconds: int, written: str
) -> None:
    """Cut and not rounded: the second would be another one."""
    local = (NOON + timedelta(microseconds=microseconds)).astimezone(timezone(timedelta(hours=2)))

    assert format_precise_time(local) == f"2030-01-01T{written}"


@pytest.mark.parametrize("text", ["2030-01-01T12:00:00", "2030-01-01", "noon", ""])
def test_what_names_no_moment_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        parse_time(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (599, "9m59s"),
        (600, "10m"),
        (630, "10m"),
        (3599, "59m"),
        (3600, "1h0m"),
        (3840, "1h4m"),
    ],
)
def test_a_duration_is_short(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text
