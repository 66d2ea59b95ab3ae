"""What may be asked for: the spec of a request."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field

from rollback_operator.domain.field_types import (
    ComponentName,
    ContainerImages,
    DeploymentName,
    LabelKey,
    LabelValue,
    SnapshotId,
)
from rollback_operator.domain.schema import Model, must, rule

MAY_CHANGE: Final = frozenset({"suspend", "ttl_seconds_after_finished"})
"""The fields of the spec that may be changed; the CRD makes all others immutable."""


class Mode(StrEnum):
    """Which components to revert."""

    ALL = "All"
    ARTIFACTS = "Artifacts"
    SELECTED = "Selected"


class Order(StrEnum):
    """In which order targets are rolled back."""

    REVERSE = "Reverse"
    LISTED = "Listed"


class OnFailure(StrEnum):
    """What happens to the targets after one that failed."""

    STOP = "Stop"
    CONTINUE = "Continue"


class UnfinishedRollout(StrEnum):
    """What to do with a newest rollout that has not succeeded."""

    REFUSE = "Refuse"
    WAIT = "Wait"
    ABANDON = "Abandon"


class From(Model):
    """What must be live for the request to apply: give either `images` or `snapshot`."""

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "has(self.images) != has(self.snapshot)",
                "say what must be live by one of images and snapshot",
            )
        )
    )

    images: ContainerImages | None = None
    """Image by container name; all named containers must run just these."""
    snapshot: SnapshotId | None = None
    """Id of the snapshot that must be live."""


class To(Model):
    """Where to go back to: give one of `revision`, `snapshot` and `images`."""

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "[has(self.revision), has(self.snapshot), has(self.images)]"
                ".exists_one(given, given)",
                "say where to go back to by one of revision, snapshot and images; leave `to` out"
                " for the successful rollout before the live one",
            )
        )
    )

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """Revision number as recorded, which is the one that `kubectl rollout history` shows."""
    snapshot: SnapshotId | None = None
    """Id of a snapshot in the Deployment's history."""
    images: ContainerImages | None = None
    """Image by container name: the newest snapshot that runs all of these."""


class Components(Model):
    """Which of the altered components to revert."""

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "self.mode != 'Selected' || has(self.names)",
                "mode Selected needs the components to revert, such as names: [web/image]",
                ".names",
                "FieldValueRequired",
            ),
            rule(
                "self.mode == 'Selected' || !has(self.names)",
                "names are heeded by mode: Selected only; set that, or leave names out",
                ".names",
                "FieldValueForbidden",
            ),
        )
    )

    mode: Mode = Mode.ALL
    """`All` restores the whole recorded pod template, `Artifacts` the images only, `Selected` what
    `names` lists."""
    names: (
        Annotated[
            list[ComponentName],
            Field(min_length=1, max_length=64, json_schema_extra={"x-kubernetes-list-type": "set"}),
        ]
        | None
    ) = None
    """Component names such as `web/image`, `web/config`, `web`, `volume:data/image`, `pod`,
    `labels`, `annotations`; only with `mode: Selected`."""


class Target(Model):
    """One Deployment of the request's namespace."""

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "!has(self.from) || !has(self.to) || !has(self.from.snapshot)"
                " || !has(self.to.snapshot) || self.from.snapshot != self.to.snapshot",
                "from and to name the same snapshot, so nothing could change; `from` is what is"
                " live now, `to` is the version to go back to",
                ".to.snapshot",
            )
        )
    )

    name: DeploymentName
    """Name of the Deployment."""
    from_: From | None = Field(default=None, alias="from")
    """Compare-and-swap: the request does nothing unless this is live. Requests that are kept in Git
    need it."""
    to: To | None = None
    """Where to go back to; by default the successful rollout before the live one."""
    pin: bool = False
    """Restore images by their recorded digest instead of their tag."""
    components: Components = Components()
    """Which of the altered components to revert; all of them by default."""


class LabelSelectorRequirement(Model):
    """One requirement on a label."""

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "!(self.operator in ['In', 'NotIn']) || has(self.values)",
                "operators In and NotIn need values to compare with",
                ".values",
                "FieldValueRequired",
            ),
            rule(
                "self.operator in ['In', 'NotIn'] || !has(self.values)",
                "operators Exists and DoesNotExist take no values; leave them out, or use In or"
                " NotIn",
                ".values",
                "FieldValueForbidden",
            ),
        )
    )

    key: LabelKey
    """Label key."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """`In`, `NotIn`, `Exists` or `DoesNotExist`."""
    values: Annotated[list[LabelValue], Field(min_length=1, max_length=32)] | None = None
    """Values for `In` and `NotIn`."""


class LabelSelector(Model):
    """Which Deployments of the namespace are meant; it must not be empty."""

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "has(self.matchLabels) || has(self.matchExpressions)",
                "an empty selector would mean every Deployment of the namespace: give matchLabels,"
                " matchExpressions or both",
            )
        )
    )

    match_labels: (
        Annotated[dict[LabelKey, LabelValue], Field(min_length=1, max_length=16)] | None
    ) = None
    """Labels that a Deployment must have."""
    match_expressions: (
        Annotated[list[LabelSelectorRequirement], Field(min_length=1, max_length=16)] | None
    ) = None
    """Requirements that a Deployment must meet."""


def in_utc(at: datetime) -> datetime:
    """Return the same moment in UTC.

    Raises:
        ValueError: it lies outside of the years that can be told.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        message = "give a time between the years 1 and 9999, in UTC"
        raise ValueError(message) from error


class Spec(Model):
    """What is asked for.

    Apart from `suspend` and `ttlSecondsAfterFinished` it cannot be changed: make a new request
    under another name instead.
    """

    model_config = ConfigDict(
        json_schema_extra=must(
            rule(
                "has(self.targets) != has(self.selector)",
                "say which Deployments to roll back: either by name in targets, or by selector"
                " together with asOf",
            ),
            rule(
                "!has(self.selector) || has(self.asOf)",
                'a selector needs the time to go back to, such as asOf: "2026-05-01T14:00:00Z"',
                ".asOf",
                "FieldValueRequired",
            ),
            rule(
                "!has(self.asOf) || has(self.selector)",
                "asOf goes with selector only; for a Deployment in targets use its `to`",
                ".asOf",
                "FieldValueForbidden",
            ),
        )
    )

    targets: (
        Annotated[
            list[Target],
            Field(
                min_length=1,
                max_length=12,
                json_schema_extra={
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                },
            ),
        ]
        | None
    ) = None
    """The Deployments to roll back, by name, in the request's own namespace."""
    selector: LabelSelector | None = None
    """The Deployments to roll back, by label, 200 at most; only together with `asOf`."""
    as_of: Annotated[datetime, AfterValidator(in_utc)] | None = None
    """Each selected Deployment goes back to what had completed by this time; only together with
    `selector`."""
    order: Order = Order.REVERSE
    """`Reverse`: the target that completed last is rolled back first. `Listed`: as listed."""
    on_failure: OnFailure = OnFailure.STOP
    """Whether the targets after a failed one are left alone (`Stop`) or tried (`Continue`)."""
    unfinished_rollout: UnfinishedRollout = UnfinishedRollout.REFUSE
    """What to do when the newest rollout is unfinished or failed: `Refuse` the request, `Wait`
    until it succeeds, or `Abandon` it for the newest successful one."""
    reason: Annotated[str, Field(max_length=1024)] | None = None
    """Why, for those who read the record later."""
    dry_run: bool = False
    """Only say what would be done."""
    suspend: bool = False
    """Hold the request before its next target. May be changed."""
    starting_deadline_seconds: Annotated[int, Field(ge=1, le=604800)] = 300
    """Seconds from creation to the first write; a request that could not begin by then expires."""
    timeout_seconds: Annotated[int, Field(ge=1, le=86400)] = 600
    """Seconds that one target may take, its steps included."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31536000)] | None = None
    """Seconds after its end when the request is deleted. May be changed.

    If left out, it stays until the namespace has more ended requests than are kept
    (`ROLLBACK_FINISHED_LIMIT`)."""
