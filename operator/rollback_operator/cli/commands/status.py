"""`kubectl rollback status`: how a request stands, or how it ends."""

import click

from rollback_operator.cli import clock
from rollback_operator.cli.arguments import OUTPUT, REQUEST, Duration
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.follow import Follower, Patience
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.request import show_status
from rollback_operator.cli.views.request import view


@click.command()
@click.argument("name", type=REQUEST)
@click.option("--wait", is_flag=True, help="Follow it until it is over.")
@click.option("--timeout", type=Duration(), help="How long to wait.  [default: until it is over]")
@OUTPUT
@connected
def status(
    cluster: Cluster, name: str, output: str | None, *, wait: bool, timeout: int | None
) -> ExitCode:
    """Show how a request stands; the exit code tells it too."""
    screen, request = Screen(), cluster.request(name)
    if wait:
        request = Follower(cluster, screen).follow(request, Patience(timeout))
    if output:
        screen.data(request, output)
    else:
        show_status(screen, view(request), clock.now())
    return view(request).exit_code
