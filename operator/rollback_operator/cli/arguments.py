"""The arguments and options that commands share."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from rollback_operator.cli import ages, clock
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.connection import connect
from rollback_operator.cli.problems import Problem
from rollback_operator.cli.wish import Version

T = TypeVar("T")
Decorator = Callable[[Callable[..., T]], Callable[..., T]]

DEPLOYMENT_KINDS: Final = frozenset({"deployment", "deployments", "deploy", "deployments.apps"})
REQUEST_KINDS: Final = frozenset({"rollbackrequest", "rollbackrequests", "rbr"})


class Duration(click.ParamType[int]):
    """A duration such as 90s, 10m or 1h30m, in seconds."""

    name = "duration"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Read it."""
        try:
            return value if isinstance(value, int) else ages.duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Moment(click.ParamType[datetime]):
    """A time, or how long ago it was."""

    name = "time"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Read it."""
        try:
            return value if isinstance(value, datetime) else ages.as_of(value, clock.now())
        except ValueError as error:
            self.fail(f"{error}; give 15m, or a time such as 2026-05-01T14:00:00Z", param, ctx)


class Pair(click.ParamType[tuple[str, str]]):
    """Two words with an equals sign between them, such as web=nginx:1."""

    name = "key=value"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        """Read it."""
        key, equals, rest = value.partition("=")
        if not (key and equals):
            self.fail(f"{value!r} is not of the form KEY=VALUE", param, ctx)
        return key, rest


class Named(click.ParamType[str]):
    """The name of an object, given alone or as kubectl prints it: web, deployment/web."""

    name = "name"

    def __init__(self, kinds: frozenset[str], listing: Callable[[Cluster], Sequence[str]]) -> None:
        self._kinds = kinds
        self._listing = listing

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """Read it."""
        kind, slash, name = value.rpartition("/")
        if slash and kind.partition(".")[0] not in self._kinds:
            self.fail(f"{value!r} is no {min(self._kinds, key=len)}", param, ctx)
        return str(name)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that are there; none where they cannot be had."""
        try:
            names = self._listing(connect(ctx, ctx.params))
        except Problem:
            return []
        taken = ctx.params.get(param.name or "") or ()
        return [CompletionItem(n) for n in names if n.startswith(incomplete) and n not in taken]


DEPLOYMENT: Final = Named(DEPLOYMENT_KINDS, lambda cluster: cluster.deployment_names())
REQUEST: Final = Named(
    REQUEST_KINDS, lambda cluster: [r["metadata"]["name"] for r in cluster.requests()]
)

OUTPUT: Final = click.option(
    "-o", "--output", type=click.Choice(["json", "yaml"]), help="Print the object for programs."
)
OBJECT_OUTPUT: Final = click.option(
    "-o",
    "--output",
    type=click.Choice(["json", "yaml", "name"]),
    help="Print the RollbackRequest for programs, or for Git.",
)

TO: Final = (
    click.option("--revision", type=click.IntRange(min=1), help="Go back to this revision."),
    click.option("--snapshot", help="Go back to the snapshot with this id."),
    click.option(
        "--image",
        "images",
        type=Pair(),
        metavar="CONTAINER=IMAGE",
        multiple=True,
        help="Go back to the newest version that ran this image.",
    ),
)


def all_of(options: Sequence[Decorator[T]]) -> Decorator[T]:
    """Return a decorator that gives a command all of these options."""

    def decorate(command: Callable[..., T]) -> Callable[..., T]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def version(given: Mapping[str, Any]) -> Version | None:
    """Return the version that the options name.

    Raises:
        click.UsageError: they name it in more than one way.
    """
    named = Version(given["revision"], given["snapshot"], dict(given["images"]))
    if len(named.spec()) > 1:
        message = "Give only one of --revision, --snapshot and --image."
        raise click.UsageError(message)
    return named if named.spec() else None
