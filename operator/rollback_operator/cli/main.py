"""`kubectl-rollback`, which kubectl runs as `kubectl rollback`."""

import sys
from typing import NoReturn

import click

from rollback_operator.cli.commands.completion import VARIABLE
from rollback_operator.cli.complete import QUESTION, completions
from rollback_operator.cli.connection import Connect
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.problems import Problem
from rollback_operator.cli.program import program
from rollback_operator.cli.screen import Screen


def main() -> NoReturn:
    """Run a command; end with its exit code."""
    if sys.argv[1:2] == [QUESTION]:
        sys.argv.remove(QUESTION)
        complete()
    sys.exit(run(sys.argv[1:]))


def complete() -> NoReturn:
    """Tell kubectl what could come next."""
    sys.stdout.write(completions(program, sys.argv[1:]))
    sys.exit(ExitCode.DONE)


def run(words: list[str], connect: Connect | None = None) -> int:
    """Run a command; return its exit code. What goes wrong is told, without a traceback."""
    try:
        return int(
            program.main(
                words,
                prog_name="kubectl rollback",
                complete_var=VARIABLE,
                standalone_mode=False,
                obj=connect,
            )
            or ExitCode.DONE
        )
    except Problem as problem:
        _tell(Screen(), problem)
        return problem.code
    except click.ClickException as error:
        error.show()
        return ExitCode.UNEXPECTED
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED


def _tell(screen: Screen, problem: Problem) -> None:
    screen.note(("error: ", "bold red"), problem.what)
    if problem.advice:
        screen.note(problem.advice)
