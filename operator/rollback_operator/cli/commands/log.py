"""`kubectl rollback log`: what a request did, step by step."""

import click

from rollback_operator.cli.arguments import REQUEST
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.request import log_line
from rollback_operator.cli.views.request import view


@click.command()
@click.argument("name", type=REQUEST)
@connected
def log(cluster: Cluster, name: str) -> ExitCode:
    """Show what a request did, step by step."""
    screen, request = Screen(), view(cluster.request(name))
    for entry in request.log:
        screen.line(*log_line(*entry))
    if not request.log:
        screen.note("Nothing has happened yet.")
    return ExitCode.DONE
