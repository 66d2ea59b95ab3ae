"""The commands under one roof: `kubectl rollback web` means `kubectl rollback to web`."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from rollback_operator import __version__
from rollback_operator.cli.connection import FLAGS

DEFAULT: Final = "to"
COMMANDS: Final = {
    "to": "to:to",
    "preview": "preview:preview",
    "history": "history:history",
    "diff": "diff:diff",
    "status": "status:status",
    "log": "log:log",
    "list": "activity:activity",
    "completion": "completion:completion",
}
"""Where each command is; a module is loaded when its command is called."""
OWN_FLAGS: Final = frozenset({"-h", "--help", "--version"})


class Program(click.Group):
    """The plugin: kubectl's flags may stand before the command, and the command may be left out."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, the important ones first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"rollback_operator.cli.commands.{module}"), name)
        return found if isinstance(found, click.Command) else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments as if the command came first."""
        return super().parse_args(ctx, command_first(args))


def command_first(words: Sequence[str]) -> list[str]:
    """Return the words with the command in front: the one that is named, or the default."""
    flags, rest = leading_flags(words)
    if not rest or (not flags and rest[0] in OWN_FLAGS):
        return list(words)
    if rest[0] in COMMANDS:
        return [rest[0], *flags, *rest[1:]]
    return [DEFAULT, *flags, *rest]


def leading_flags(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return kubectl's flags at the beginning, with their values, and the rest."""
    place = 0
    while place < len(words) and words[place].partition("=")[0] in FLAGS:
        place += 1 if "=" in words[place] else 2
    return list(words[:place]), list(words[place:])


@click.command(
    cls=Program,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`kubectl rollback web` is short for `kubectl rollback to web`.",
)
@click.version_option(__version__, prog_name="kubectl rollback")
def program() -> None:
    """Put the previous version of a Deployment back, once, safely, and on the record."""
