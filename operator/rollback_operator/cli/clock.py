"""The plugin's clocks, in one place, so that a test can stop them."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that only ever grow, to measure how long something takes."""
    return time.monotonic()
