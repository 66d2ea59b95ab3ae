"""To which cluster, as whom, and in which namespace: kubectl's own flags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import click

from rollback_operator.cli.cluster import Cluster

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Connection:
    """What the flags say; None means what the kubeconfig says."""

    namespace: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    user: str | None = None
    group: str | None = None


Connect = Callable[[Connection], Cluster]
"""Opens a connection; tests give another one to click as `obj`."""

OPTIONS: Final = (
    click.option("-n", "--namespace", help="Namespace of the Deployments."),
    click.option("--context", help="Context of the kubeconfig."),
    click.option("--kubeconfig", type=click.Path(), help="Kubeconfig file."),
    click.option("--as", "user", metavar="USER", help="User to act as."),
    click.option("--as-group", "group", metavar="GROUP", help="Group to act as."),
)
FLAGS: Final = frozenset({"-n", "--namespace", "--context", "--kubeconfig", "--as", "--as-group"})
"""What may also stand before the name of a command; each takes a value."""


def connected(command: Callable[..., T]) -> Callable[..., T]:
    """Give the command kubectl's flags, and call it with the cluster that they mean."""

    @wraps(command)
    def with_cluster(*arguments: Any, **options: Any) -> T:  # noqa: ANN401 - click's own
        flags = {name: options.pop(name) for name in Connection.__annotations__}
        return command(connect(click.get_current_context(), flags), *arguments, **options)

    for option in reversed(OPTIONS):
        with_cluster = option(with_cluster)
    return with_cluster


def connect(context: click.Context, flags: Mapping[str, Any]) -> Cluster:
    """Open the connection that the flags mean."""
    connection = Connection(
        # kubectl takes -n=shop for -n shop, and click takes the equals sign for part of the name.
        namespace=(flags.get("namespace") or "").removeprefix("=") or None,
        context=flags.get("context"),
        kubeconfig=flags.get("kubeconfig"),
        user=flags.get("user"),
        group=flags.get("group"),
    )
    given: Connect | None = context.find_root().obj
    if given is not None:
        return given(connection)
    from rollback_operator.cli.api import ApiCluster  # noqa: PLC0415 - loads a large client

    return ApiCluster(connection)
