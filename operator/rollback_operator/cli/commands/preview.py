"""`kubectl rollback preview`: what would happen, as the operator sees it."""

import secrets
from typing import Any

import click

from rollback_operator.cli.arguments import OUTPUT, Duration, all_of
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.follow import Follower, Patience
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.request import show_preview, show_verdict
from rollback_operator.cli.views.request import view
from rollback_operator.cli.wish import Wish
from rollback_operator.cli.wishes import OPTIONS, wish
from rollback_operator.domain.template import JsonObject

PATIENCE = 30
"""Seconds to wait for a preview; it takes well under one where an operator runs."""


@click.command()
@all_of(OPTIONS)
@click.option(
    "--timeout", type=Duration(), default=PATIENCE, help="How long to wait.  [default: 30s]"
)
@OUTPUT
@connected
def preview(cluster: Cluster, output: str | None, timeout: int, **given: Any) -> ExitCode:  # noqa: ANN401
    """Show what a rollback would do: a dry run by the operator.

    It makes a RollbackRequest with `dryRun: true`, which the operator deletes ten minutes later.
    """
    screen = Screen()
    answered = ask(cluster, screen, wish(cluster, given), Patience(timeout))
    if output:
        screen.data(answered, output)
    else:
        show_preview(screen, view(answered))
        show_verdict(screen, view(answered))
    return view(answered).exit_code


def ask(cluster: Cluster, screen: Screen, wanted: Wish, patience: Patience) -> JsonObject:
    """Return the answered request of a dry run."""
    name = wanted.name("preview", secrets.token_hex(3))
    created = cluster.create(wanted.preview(name, cluster.namespace))
    return Follower(cluster, screen).follow(created, patience, quiet=True)
