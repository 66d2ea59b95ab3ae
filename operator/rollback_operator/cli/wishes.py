"""The options that say which rollback is wanted, and the wish that they make."""

from collections.abc import Mapping
from typing import Any, Final

import click

from rollback_operator.cli import arguments
from rollback_operator.cli.arguments import Duration, Moment, Pair
from rollback_operator.cli.cluster import Cluster
from rollback_operator.cli.wish import Version, Wish
from rollback_operator.domain.deployment import Deployment

ON_FAILURE: Final = ("Stop", "Continue")
ORDERS: Final = ("Reverse", "Listed")
UNFINISHED: Final = ("Refuse", "Wait", "Abandon")

SPEC_FIELDS: Final = {
    "reason": "reason",
    "on_failure": "onFailure",
    "order": "order",
    "unfinished": "unfinishedRollout",
    "target_timeout": "timeoutSeconds",
    "starting_deadline": "startingDeadlineSeconds",
    "ttl": "ttlSecondsAfterFinished",
}
"""Field of the spec by option; the resource's own defaults hold for what is not given."""

OPTIONS: Final = (
    click.argument("deployments", type=arguments.DEPLOYMENT, nargs=-1),
    *arguments.TO,
    click.option(
        "-l",
        "--selector",
        "labels",
        type=Pair(),
        metavar="KEY=VALUE",
        multiple=True,
        help="Instead of names: all Deployments with this label; with --as-of.",
    ),
    click.option(
        "--as-of", type=Moment(), help="What had completed by then: 15m, or 2026-05-01T14:00:00Z."
    ),
    click.option("--artifacts", is_flag=True, help="Revert images only."),
    click.option(
        "--component",
        "components",
        multiple=True,
        help="Revert only this component, such as web/image or web/config; may be repeated.",
    ),
    click.option("--pin", is_flag=True, help="Restore images by their recorded digests."),
    click.option(
        "--from-live",
        is_flag=True,
        help="Do nothing unless the images that are live now still are. Needed in Git.",
    ),
    click.option("--reason", help="Why, for those who read the record later."),
    click.option(
        "--unfinished",
        type=click.Choice(UNFINISHED, case_sensitive=False),
        help="What to do if the newest rollout is unfinished or failed.  [default: Refuse]",
    ),
    click.option(
        "--on-failure",
        type=click.Choice(ON_FAILURE, case_sensitive=False),
        help="What becomes of the other Deployments when one fails.  [default: Stop]",
    ),
    click.option(
        "--order",
        type=click.Choice(ORDERS, case_sensitive=False),
        help="Last completed first, or as listed.  [default: Reverse]",
    ),
    click.option(
        "--target-timeout", type=Duration(), help="How long each may take.  [default: 10m]"
    ),
    click.option(
        "--starting-deadline", type=Duration(), help="Expire if not begun by then.  [default: 5m]"
    ),
    click.option("--ttl", type=Duration(), help="Delete the request so long after its end."),
)


def wish(cluster: Cluster, given: Mapping[str, Any]) -> Wish:
    """Return the wish that the options make.

    Raises:
        click.UsageError: they contradict each other, or leave open which Deployments are meant.
    """
    names, to = tuple(dict.fromkeys(given["deployments"])), arguments.version(given)
    _check(given, names, to)
    return Wish(
        names=names,
        labels=dict(given["labels"]),
        as_of=given["as_of"],
        to=to,
        leaving={name: _live(cluster, name) for name in names} if given["from_live"] else {},
        artifacts=given["artifacts"],
        components=given["components"],
        pin=given["pin"],
        options={
            field: given[option]
            for option, field in SPEC_FIELDS.items()
            if given[option] is not None
        },
    )


def _check(given: Mapping[str, Any], names: tuple[str, ...], to: Version | None) -> None:
    """Fail for what the API server could not put better; it judges the rest."""
    contradictions = {
        "Name the Deployments, or select them by -l and --as-of.": bool(names)
        == bool(given["labels"]),
        "-l and --as-of go together.": bool(given["labels"]) != bool(given["as_of"]),
        "--revision, --snapshot and --image are for one Deployment by name.": to is not None
        and len(names) != 1,
        "Give only one of --artifacts and --component.": given["artifacts"]
        and bool(given["components"]),
        "--artifacts, --component, --pin and --from-live need Deployments by name.": not names
        and bool(given["artifacts"] or given["components"] or given["pin"] or given["from_live"]),
    }
    for message, holds in contradictions.items():
        if holds:
            raise click.UsageError(message)


def _live(cluster: Cluster, name: str) -> Version:
    """Return the images that are live, as a version to leave."""
    return Version(images=Deployment.from_object(cluster.deployment(name)).template.images)
