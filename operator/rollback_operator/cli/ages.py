"""Times and durations as kubectl's users write and read them."""

import re
from datetime import datetime, timedelta
from typing import Final

from rollback_operator.domain.times import format_seconds, format_time, parse_time

DAYS_FROM: Final = timedelta(days=2)
_DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")


def age(then: datetime, now: datetime) -> str:
    """Return how long ago something was: 3s, 2m5s, 1h4m, 3d."""
    passed = max(now - then, timedelta())
    return f"{passed.days}d" if passed >= DAYS_FROM else format_seconds(passed.total_seconds())


def moment(text: object) -> datetime | None:
    """Read a time of an API object; None where there is none, or none that can be read."""
    try:
        return parse_time(str(text)) if text else None
    except ValueError:
        return None


def shown(at: datetime | None) -> str:
    """Return a time in whole seconds, or a dash."""
    return format_time(at) if at else "-"


def duration(text: str) -> int:
    """Read a duration in seconds: 90, 90s, 10m, 1h30m, 2d.

    Raises:
        ValueError: it is none.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        message = f"{text!r} is no duration: write 90s, 10m or 1h30m"
        raise ValueError(message)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def as_of(text: str, now: datetime) -> datetime:
    """Read a time, or how long ago it was.

    Raises:
        ValueError: it is neither, or has no zone.
    """
    if "T" in text or "-" in text:
        return parse_time(text)
    return now - timedelta(seconds=duration(text))
