"""`rollback-operator`, or `python -m rollback_operator`: run the operator."""

import argparse
import logging
import sys
from importlib.metadata import version

import kopf
from pydantic import ValidationError

from rollback_operator import logs
from rollback_operator.handlers.ending import HopelessError, run_to_the_end
from rollback_operator.handlers.run import run
from rollback_operator.settings import Settings

HOPELESS, UNUSABLE = 1, 2
"""Exit codes: to be started anew; not to be started before something is set right."""

logger = logging.getLogger("rollback_operator")


def main() -> None:
    """Run until stopped; what the exit codes mean is said above."""
    _read_command_line()
    try:
        settings = Settings()
        logs.configure(settings)
        run_to_the_end(run(settings))
    except HopelessError as why:
        logger.critical("ending, to be started anew: %s", why)
        sys.exit(HOPELESS)
    except (ValidationError, kopf.LoginError, OSError, ValueError) as error:
        logger.critical("rollback-operator cannot start: %s", error)
        sys.exit(UNUSABLE)


def _read_command_line() -> None:
    """All is set by the environment: there is nothing to ask for but the version."""
    parser = argparse.ArgumentParser(
        prog="rollback-operator", description="Run the operator; docs/settings.md has its settings."
    )
    parser.add_argument("--version", action="version", version=version("rollback-operator"))
    parser.parse_args()


if __name__ == "__main__":
    main()
