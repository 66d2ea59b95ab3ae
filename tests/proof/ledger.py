"""What was proved already: one line for each piece of work, so that a campaign can be resumed."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PLACE = Path(os.environ.get("RELIABILITY_DIR", ".reliability"))


@dataclass(frozen=True)
class Entry:
    """The result of one piece: `passed`, or what went wrong. `figures` are added up in the end."""

    piece: str
    passed: bool
    seconds: float
    problem: str = ""
    figures: dict[str, int] = field(default_factory=dict)


class Ledger:
    """The results of one campaign; the last one for a piece counts."""

    def __init__(self, campaign: str, place: Path = PLACE) -> None:
        self._file = place / f"{campaign}.jsonl"

    def add(self, entry: Entry) -> None:
        """Write a result down."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(entry)) + "\n")

    def entries(self) -> list[Entry]:
        """Return the results so far."""
        latest: dict[str, Entry] = {}
        for line in self._lines():
            latest[line["piece"]] = Entry(**line)
        return list(latest.values())

    def open(self, pieces: Iterable[str]) -> list[str]:
        """Return the pieces that have not passed yet."""
        passed = {entry.piece for entry in self.entries() if entry.passed}
        return [piece for piece in pieces if piece not in passed]

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._file.exists():
            with self._file.open() as file:
                yield from (json.loads(line) for line in file if line.endswith("\n"))


def pieces_of(count: int, chunk: int) -> list[str]:
    """Return the pieces, by number, of a chunk each that together have so many of something."""
    return [str(number) for number in range(1, -(-count // chunk) + 1)]


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a campaign: `2/3` is the second of three."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read `i/n`.

        Raises:
            ValueError: it is something else.
        """
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            message = f"SHARD={text} is not i/n with 1 <= i <= n, such as 1/4"
            raise ValueError(message)
        return cls(int(found[1]), int(found[2]))

    def of_pieces(self, pieces: Iterable[str]) -> list[str]:
        """Return the pieces that are ours."""
        return [p for place, p in enumerate(pieces) if place % self.of == self.number - 1]
