"""What people see: titles, commands with their real output, and what was shown by them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text


class Screen:
    """A terminal, or a plain file without colour."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something takes its time; on a terminal only."""
        with self._console.status(what):
            yield

    def title(self, text: str) -> None:
        """Begin an act."""
        self._console.print()
        self._console.print(Rule(Text(text, "bold"), align="left"))

    def say(self, text: str) -> None:
        """Tell."""
        self._console.print(Text(text))

    def command(self, line: str) -> None:
        """Show a command as it was typed."""
        self._console.print(Text.assemble(("$ ", "dim"), (line, "bold cyan")), soft_wrap=True)

    def output(self, text: str) -> None:
        """Show what a command printed, as it printed it."""
        self._console.print(Text(text.rstrip("\n")), soft_wrap=True)

    def yaml(self, text: str) -> None:
        """Show a document."""
        if self._console.is_terminal:
            self._console.print(Syntax(text.rstrip("\n"), "yaml", background_color="default"))
        else:
            self.output(text)

    def table(self, *columns: str, rows: Iterable[tuple[str, ...]]) -> None:
        """Show rows."""
        table = Table(box=None, header_style="dim", pad_edge=False)
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*row)
        self._console.print(Padding(table, (0, 0, 0, 2)))

    def shown(self, text: str) -> None:
        """State what was checked just now."""
        self._console.print(Text.assemble(("✓ ", "bold green"), text))

    def failed(self, text: str) -> None:
        """Say what went wrong."""
        self._console.print(Text.assemble(("✗ ", "bold red"), text), soft_wrap=True)
