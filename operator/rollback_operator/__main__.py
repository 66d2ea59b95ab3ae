"""`rollback-operator`, or `python -m rollback_operator`: run the operator."""

import asyncio
import sys

import kopf
from pydantic import ValidationError

from rollback_operator import logs
from rollback_operator.handlers.run import run
from rollback_operator.settings import Settings


def main() -> None:
    """Run until stopped; exit with 2 if the settings or credentials are unusable."""
    try:
        settings = Settings()
        logs.configure(settings)
        asyncio.run(run(settings))
    except (ValidationError, kopf.LoginError, OSError, ValueError) as error:
        sys.exit(f"rollback-operator cannot start: {error}")


if __name__ == "__main__":
    main()
