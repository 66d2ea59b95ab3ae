"""The scripts `kubectl-rollback` and `kubectl_complete-rollback`, as they are installed."""

import sys
from importlib.util import find_spec
from typing import Final, NoReturn

LIBRARIES: Final = ("click", "kubernetes", "rich")
"""What the extra `plugin` brings; the operator does without."""


def main() -> NoReturn:
    """Be `kubectl-rollback`."""
    _expect_libraries()
    from rollback_operator.cli.main import main as run  # noqa: PLC0415 - only if it can be

    run()


def complete() -> NoReturn:
    """Be `kubectl_complete-rollback`, which kubectl asks what to complete."""
    _expect_libraries()
    from rollback_operator.cli.main import complete as run  # noqa: PLC0415 - only if it can be

    run()


def _expect_libraries() -> None:
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        needed = "install it with its extra, from a checkout by pip install '.[plugin]'"
        sys.exit(f"kubectl rollback needs {', '.join(missing)}: {needed}")
