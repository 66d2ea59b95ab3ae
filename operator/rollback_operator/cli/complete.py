"""Answers kubectl's question what could come next, in the words of its completion protocol."""

from typing import Final

import click
from click.shell_completion import ShellComplete

from rollback_operator.cli.program import DEFAULT, command_first, leading_flags

QUESTION: Final = "__complete"
"""What Cobra, kubectl's library, calls the question."""
NO_FILES: Final = ":4"
"""Cobra's directive: do not go on with the names of files."""


def completions(program: click.Command, words: list[str]) -> str:
    """Return a line per completion of the last word, and what the shell is to do with them."""
    *before, incomplete = words or [""]
    ask = ShellComplete(program, {}, "kubectl rollback", "").get_completions
    flags, rest = leading_flags(before)
    if rest:
        items = ask(command_first(before), incomplete)
    else:
        items = [*ask([], incomplete), *ask([DEFAULT, *flags], incomplete)]
    lines = [f"{item.value}\t{item.help}" if item.help else str(item.value) for item in items]
    return "\n".join([*lines, NO_FILES, ""])
