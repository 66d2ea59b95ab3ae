"""`kubectl rollback diff`: what differs between what is live and what is on record."""

from dataclasses import asdict
from typing import Any

import click

from rollback_operator.cli.arguments import DEPLOYMENT, OUTPUT, TO, all_of, version
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.difference import show_difference
from rollback_operator.cli.views.difference import view


@click.command()
@click.argument("deployment", type=DEPLOYMENT)
@all_of(TO)
@OUTPUT
@connected
def diff(cluster: Cluster, deployment: str, output: str | None, **to: Any) -> ExitCode:  # noqa: ANN401
    """Show what would change, from the record alone.

    It asks no operator and creates nothing; values that may be secret are not shown. What the
    operator and the API server would say is what `preview` tells.
    """
    seen, screen = view(cluster.deployment(deployment), version(to)), Screen()
    if output:
        screen.data({**asdict(seen), "lines": list(seen.lines)}, output)
    else:
        show_difference(screen, seen)
    return ExitCode.DONE
