"""Where everything that people read goes through: colours, columns, and text made harmless."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Final, TypeAlias
from unicodedata import category

import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell: TypeAlias = str | tuple[str, str]
"""A text, or a text with its style."""

ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move the cursor, change colours or turn the direction of writing."""
LONG: Final = frozenset(
    {"IMAGES", "CHANGE", "CHANGE CAUSE", "FROM", "TO", "TARGETS", "REQUESTER", "BY"}
)
"""Columns that are broken into lines where a terminal is narrow."""
PIPE_WIDTH: Final = 10_000
"""Where nobody reads at a screen's width, no line is broken."""


def harmless(text: str) -> str:
    """Return a text that others wrote as one line that cannot do anything to a terminal."""
    spaced = re.sub(r"\s", " ", ESCAPES.sub("", text))
    return "".join(c for c in spaced if category(c) not in HARMFUL)


class Screen:
    """Standard output for answers, standard error for what goes on meanwhile."""

    def __init__(self, out: Console | None = None, err: Console | None = None) -> None:
        self.out = out or _console(stderr=False)
        self.err = err or _console(stderr=True)

    def line(self, *cells: Cell) -> None:
        """Print a line of the answer."""
        self.out.print(_text(*cells), soft_wrap=not self.out.is_terminal)

    def note(self, *cells: Cell) -> None:
        """Tell what goes on, beside the answer."""
        self.err.print(_text(*cells), soft_wrap=not self.err.is_terminal)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Print rows under their heads, as kubectl does."""
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for title in head:
            table.add_column(title, overflow="fold", no_wrap=title not in LONG)
        for row in rows:
            table.add_row(*(_text(cell) for cell in row))
        self.out.print(table)

    def data(self, value: object, form: str) -> None:
        """Print an object for programs: JSON or YAML. On a terminal it is made harmless too."""
        if form == "json":
            text = json.dumps(value, indent=2, ensure_ascii=False)
        else:
            text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True).rstrip("\n")
        if self.out.is_terminal:
            text = "\n".join(harmless(line) for line in text.split("\n"))
        self.out.file.write(text + "\n")

    def raw(self, text: str) -> None:
        """Print our own text, such as a script, as it is."""
        self.out.file.write(text)

    def blank(self) -> None:
        """Print an empty line."""
        self.out.print()

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Show one line that changes; on a terminal only."""
        with self.err.status("") as status:
            yield lambda text: status.update(_text(text))


def _console(*, stderr: bool) -> Console:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # an arrow is no reason to fail half way
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def _text(*cells: Cell) -> Text:
    """Return the one kind of text that is printed: harmless, with styles of ours only."""
    styled = [cell if isinstance(cell, tuple) else (cell, "") for cell in cells]
    return Text.assemble(*((harmless(text), style) for text, style in styled))
