"""The clock of the operations: given to them, so that tests can turn it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)
