"""`kubectl rollback completion`: the scripts that complete names and options."""

from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.screen import Screen

VARIABLE: Final = "_KUBECTL_ROLLBACK_COMPLETE"
"""Through which a shell asks `kubectl-rollback` for completions."""
SHELLS: Final = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
KUBECTL_SCRIPT: Final = """\
#!/bin/sh
# Put this on the PATH as kubectl_complete-rollback: kubectl asks it what to complete.
exec kubectl-rollback __complete "$@"
"""


@click.command()
@click.argument("shell", type=click.Choice(["kubectl", *SHELLS]))
def completion(shell: str) -> ExitCode:
    """Print a completion script.

    `kubectl` is for kubectl's own completion, whichever shell that is in; the others are for
    kubectl-rollback under its own name.
    """
    if shell == "kubectl":
        script = KUBECTL_SCRIPT
    else:
        program = click.get_current_context().find_root().command
        script = SHELLS[shell](program, {}, "kubectl-rollback", VARIABLE).source()
    Screen().raw(script)
    return ExitCode.DONE
