"""`kubectl rollback history`: what a Deployment ran, and whether it can be rolled back."""

from dataclasses import asdict

import click

from rollback_operator.cli import clock, problems
from rollback_operator.cli.arguments import DEPLOYMENT
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.history import show_history
from rollback_operator.cli.views.history import HistoryView, view, why_empty
from rollback_operator.domain.template import JsonObject
from rollback_operator.domain.times import format_precise_time


@click.command()
@click.argument("deployment", type=DEPLOYMENT)
@click.option(
    "-o", "--output", type=click.Choice(["wide", "json", "yaml"]), help="More, or for programs."
)
@connected
def history(cluster: Cluster, deployment: str, output: str | None) -> ExitCode:
    """Show what a Deployment ran, and whether it can be rolled back."""
    found = cluster.deployment(deployment)
    seen, screen = view(found), Screen()
    if output in {"json", "yaml"}:
        screen.data(as_data(seen), output)
        return ExitCode.DONE
    if not seen.versions:
        name = f"deployment {cluster.namespace}/{deployment}"
        raise problems.no_history(name, why_empty(found))
    show_history(screen, seen, clock.now(), wide=output == "wide")
    return ExitCode.DONE


def as_data(seen: HistoryView) -> JsonObject:
    """Return the view for programs."""
    data = asdict(seen)
    for version in data["versions"]:
        version["completed"] = format_precise_time(version["completed"])
    return {**data, "versions": list(data["versions"])}
