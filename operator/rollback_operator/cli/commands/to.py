"""`kubectl rollback to`, and `kubectl rollback` alone: ask for a rollback, and follow it."""

import secrets
from typing import Any

import click

from rollback_operator.cli import problems
from rollback_operator.cli.arguments import OBJECT_OUTPUT, Duration, all_of
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.commands.preview import PATIENCE, ask
from rollback_operator.cli.connection import connected
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.follow import Follower, Patience
from rollback_operator.cli.problems import OBJECT
from rollback_operator.cli.screen import Screen
from rollback_operator.cli.screens.request import show_end, show_preview, show_verdict
from rollback_operator.cli.views.request import view
from rollback_operator.cli.wish import as_confirmed
from rollback_operator.cli.wishes import OPTIONS, wish
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.template import JsonObject


@click.command()
@all_of(OPTIONS)
@click.option("--name", "request_name", help="Name of the RollbackRequest.  [default: made up]")
@click.option("-y", "--yes", is_flag=True, help="Do not show and ask first.")
@click.option("--wait/--no-wait", default=True, help="Follow it until it is over.  [default: wait]")
@click.option("--timeout", type=Duration(), help="How long to wait.  [default: until it is over]")
@click.option(
    "--dry-run",
    type=click.Choice(["client", "server"]),
    help="Print the RollbackRequest only; `server` has the API server check it.",
)
@OBJECT_OUTPUT
@connected
def to(  # noqa: PLR0917, RUF100
    cluster: Cluster,
    request_name: str | None,
    timeout: int | None,
    dry_run: str | None,
    output: str | None,
    *,
    yes: bool,
    wait: bool,
    **given: Any,  # noqa: ANN401
) -> ExitCode:
    """Roll Deployments back, several of them in one request.

    Without a version each goes to the successful rollout before the live one. What would change
    is shown first, and of Deployments by name just that is done: one that runs something else by
    then is left alone.
    """
    screen, wanted = Screen(), wish(cluster, given)
    name = request_name or wanted.name("rollback", secrets.token_hex(3))
    if dry_run:
        return _rehearse(cluster, screen, wanted.request(name, cluster.namespace), dry_run, output)
    if not yes:
        preview = ask(cluster, screen, wanted, Patience(PATIENCE))
        if not _confirm(screen, preview):
            return view(preview).exit_code
        wanted = as_confirmed(wanted, preview)
    request = cluster.create(wanted.request(name, cluster.namespace))
    screen.note(f"{OBJECT}/{name} created")
    if wait:
        request = _follow(cluster, screen, request, Patience(timeout))
    _show(screen, request, output)
    return view(request).exit_code if wait else ExitCode.DONE


def _rehearse(
    cluster: Cluster, screen: Screen, request: JsonObject, dry_run: str, output: str | None
) -> ExitCode:
    """Print what would be created."""
    if dry_run == "server":
        cluster.create(request, dry_run=True)
    if output == "name":
        screen.line(f"{OBJECT}/{request['metadata']['name']}")
    else:
        screen.data(request, output or "yaml")
    return ExitCode.DONE


def _confirm(screen: Screen, preview: JsonObject) -> bool:
    """Show what would happen and ask; False if there is nothing to ask about."""
    seen = view(preview)
    show_preview(screen, seen)
    show_verdict(screen, seen)
    if not seen.would_succeed or all(t.reason != Reason.PREVIEWED for t in seen.targets):
        return False
    try:
        answer = click.confirm("Roll back?", err=True)
    except click.Abort as error:
        raise problems.unanswered() from error
    if not answer:
        raise problems.declined()
    return True


def _follow(
    cluster: Cluster, screen: Screen, request: JsonObject, patience: Patience
) -> JsonObject:
    try:
        return Follower(cluster, screen).follow(request, patience)
    except KeyboardInterrupt as error:
        raise problems.left_alone(cluster.namespace, request["metadata"]["name"]) from error


def _show(screen: Screen, request: JsonObject, output: str | None) -> None:
    name = request["metadata"]["name"]
    if output == "name":
        screen.line(f"{OBJECT}/{name}")
    elif output:
        screen.data(request, output)
    elif view(request).is_over:
        show_end(screen, view(request))
    else:
        screen.line(f"Follow it by `kubectl rollback status {name} --wait`.")
