"""Times and durations as people write and read them."""

from datetime import timedelta

import pytest

from builders import NOON
from rollback_operator.cli import ages


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172800)]
)
def test_durations(text: str, seconds: int) -> None:
    assert ages.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "1x", "-5m", "1.5h", "m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        ages.duration(text)


def test_as_of_is_a_time_or_how_long_ago() -> None:
    assert ages.as_of("15m", NOON) == NOON - timedelta(minutes=15)
    assert ages.as_of("2030-01-01T12:00:00Z", NOON) == NOON
    assert ages.as_of("2030-01-01T14:00:00+02:00", NOON) == NOON


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        ages.as_of("2030-01-01T12:00:00", NOON)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=3), "3s"),
        (timedelta(minutes=64), "1h4m"),
        (timedelta(hours=47), "47h0m"),
        (timedelta(days=3, hours=5), "3d"),
        (timedelta(seconds=-2), "0s"),
    ],
)
def test_ages(passed: timedelta, text: str) -> None:
    assert ages.age(NOON, NOON + passed) == text


@pytest.mark.parametrize("text", [None, "", "yesterday", "2030-01-01T12:00:00"])
def test_what_is_no_moment(text: object) -> None:
    assert ages.moment(text) is None
