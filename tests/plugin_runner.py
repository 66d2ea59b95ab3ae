"""What tests of the plugin ask for: a way to run it, and to compare screens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Shown:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Plugin(Protocol):
    """Runs a command of the plugin."""

    def __call__(self, *words: str, stdin: str = "") -> Shown:
        """Run it."""


Golden = Callable[[str, str], None]
