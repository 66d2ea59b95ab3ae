"""`rollback-operator`, or `python -m rollback_operator`: run the operator."""

import argparse
import asyncio
import sys
from importlib.metadata import version

import kopf
from pydantic import ValidationError

from rollback_operator import logs
from rollback_operator.handlers.run import run
from rollback_operator.settings import Settings


def main() -> None:
    """Run until stopped; exit with 2 if the settings or credentials are unusable."""
    _read_command_line()
    try:
        settings = Settings()
        logs.configure(settings)
        asyncio.run(run(settings))
    except (ValidationError, kopf.LoginError, OSError, ValueError) as error:
        sys.exit(f"rollback-operator cannot start: {error}")


def _read_command_line() -> None:
    """All is set by the environment: there is nothing to ask for but the version."""
    parser = argparse.ArgumentParser(
        prog="rollback-operator", description="Run the operator; docs/settings.md has its settings."
    )
    parser.add_argument("--version", action="version", version=version("rollback-operator"))
    parser.parse_args()


if __name__ == "__main__":
    main()
