"""`kubectl rollback list`: the activity."""

import click

from rollback_operator.cli import clock
from rollback_operator.cli.arguments import DEPLOYMENT, OUTPUT
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.activity import show_activity
from rollback_operator.cli.views.activity import entries, select


@click.command("list")
@click.argument("deployment", type=DEPLOYMENT, required=False)
@click.option("-A", "--all-namespaces", "everywhere", is_flag=True, help="Of all namespaces.")
@click.option("--previews", is_flag=True, help="Dry runs too.")
@OUTPUT
@connected
def activity(
    cluster: Cluster,
    deployment: str | None,
    output: str | None,
    *,
    everywhere: bool,
    previews: bool,
) -> ExitCode:
    """List who rolled back what, newest first."""
    found = select(cluster.requests(everywhere=everywhere), deployment, previews=previews)
    screen = Screen()
    if output:
        screen.data({"apiVersion": "v1", "kind": "List", "items": found}, output)
    elif found:
        show_activity(screen, entries(found), clock.now(), everywhere=everywhere)
    else:
        where = "any namespace" if everywhere else f"namespace {cluster.namespace}"
        screen.note(f"No rollback was asked for in {where}.")
    return ExitCode.DONE
