"""What is answered: the status of a request."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, WithJsonSchema

from rollback_operator.domain.preview_status import Preview
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.schema import Model
from rollback_operator.domain.step import StepState, When

RecordedImage = Annotated[str, Field(description="The image as the pod template had it.")]
OpenReason = Annotated[Reason, WithJsonSchema({"type": "string"})]
"""No enum in the CRD: a newer operator must be able to write its reasons where Helm, which never
upgrades CRDs, left an older one in place."""


class Version(Model):
    """One version of a target's pod template."""

    snapshot: str | None = None
    """Id of its snapshot; absent for a rollout that was never recorded."""
    revision: int | None = None
    """Revision number that it was recorded with."""
    images: dict[str, RecordedImage] = Field(default_factory=dict)
    """Image by container name."""


class ComponentState(StrEnum):
    """What became of a component."""

    ALTERED = "Altered"
    NOT_SELECTED = "NotSelected"
    REVERTED = "Reverted"
    ALREADY_THERE = "AlreadyThere"


class ComponentStatus(Model):
    """One component that the rollout had altered."""

    name: str
    """`web/image`, `web/config`, `web`, `pod`, `labels` or `annotations`."""
    from_: str = Field(alias="from")
    """What was live; values that may be secret are only said to have changed."""
    to: str
    """What the target has."""
    state: ComponentState
    """`Altered` until it was read back as `Reverted`; `NotSelected` where it is left alone;
    `AlreadyThere` where it was selected but had not changed."""


class RolloutStatus(Model):
    """How far the rollout of the old version has come."""

    desired: int
    """Pods wanted."""
    updated: int
    """Pods of the old version."""
    available: int
    """Pods available."""


class StepStatus(Model):
    """One step of the rollout that is rolled back."""

    name: str
    """Name of the CronJob that it was declared as."""
    when: When
    """`before` the Deployment is patched, or `after` the old version serves."""
    job: str
    """Name of its Job."""
    state: StepState
    """`Running`, `Succeeded` or `Failed`."""
    message: str | None = None
    """Why it failed: exit code and termination message."""


class TargetStatus(Model):
    """What was found and done for one Deployment."""

    name: str
    """Name of the Deployment."""
    uid: str | None = None
    """UID of the Deployment when it was judged."""
    phase: Phase
    """`Queued`, `InProgress`, `Completed` or `Exception`."""
    reason: OpenReason
    """Why the target is in that phase."""
    message: str
    """What happened, to which object, and what to do next."""
    from_: Version | None = Field(default=None, alias="from")
    """The version that is left."""
    to: Version | None = None
    """The version that is put back, pinned when it was resolved."""
    components: list[ComponentStatus] = Field(default_factory=list)
    """What the rollout had altered."""
    rollout: RolloutStatus | None = None
    """How far the rollout of the old version had come when the target ended."""
    owner: str | None = None
    """The tool that the Deployment belongs to, such as a Helm release."""
    warning: str | None = None
    """When that tool will bring back what was rolled back, or why its next release will conflict.

    And what to do about it.
    """
    steps: list[StepStatus] = Field(default_factory=list)
    """The steps that have begun."""
    moved_tags: list[Annotated[str, Field(description="Container, tag and both digests.")]] = Field(
        default_factory=list
    )
    """Tags that meant another image when the target was recorded than they do now."""
    fingerprint: str | None = None
    """Digest of the reverted components as the API server stored them."""
    following: str | None = None
    """Name of the request whose rollback this one follows."""
    started_at: datetime | None = None
    """When its first `before` step began, or, without one, when the Deployment was patched."""
    finished_at: datetime | None = None
    """When the target ended."""
    preview: Preview | None = None
    """What would happen; only in a dry run, and only where a rollback would begin."""


class LogEntry(Model):
    """One thing that happened."""

    at: datetime
    """When."""
    text: str
    """What."""


class ConditionStatus(Model):
    """A condition as `kubectl wait` and kstatus read it."""

    type: str
    """`Ready`, `Reconciling` or `Stalled`."""
    status: Annotated[str, Field(pattern=r"^(True|False|Unknown)$")]
    """`True`, `False` or `Unknown`."""
    reason: Annotated[str, Field(min_length=1, max_length=1024)]
    """The request's reason."""
    message: Annotated[str, Field(max_length=32768)]
    """The request's message."""
    observed_generation: int | None = None
    """Generation of the request that this speaks of."""
    last_transition_time: datetime
    """When the status changed last."""


class Status(Model):
    """What was found and done."""

    observed_generation: int | None = None
    """Generation that was looked at last; -1 until the operator saw the request."""
    phase: Phase = Phase.QUEUED
    """`Queued`, `InProgress`, `Completed` or `Exception`."""
    reason: OpenReason | None = None
    """Why the request is in that phase; `docs/reasons.md` explains each."""
    message: str | None = None
    """What happened, to which object, and what to do next."""
    requester: str | None = None
    """Who asked, as the API server knows them; `unknown` where nothing stamps it."""
    admission_missing: (
        list[Annotated[str, Field(description="A policy, and what is wrong.")]] | None
    ) = None
    """The admission policies that were not in force: neither the requester nor their rights were
    checked."""
    target_names: str | None = None
    """The targets in one line."""
    change: str | None = None
    """From and to in one line."""
    duration: str | None = None
    """How long it took, from creation to end."""
    started_at: datetime | None = None
    """When the first target was begun."""
    finished_at: datetime | None = None
    """When the request ended."""
    targets: list[TargetStatus] = Field(default_factory=list)
    """One entry per Deployment, in the order in which they are rolled back."""
    log: Annotated[list[LogEntry], Field(max_length=200)] = Field(default_factory=list)
    """What happened, step by step: the last 200 lines."""
    conditions: Annotated[
        list[ConditionStatus],
        Field(
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            }
        ),
    ] = Field(default_factory=list)
    """`Ready`, `Reconciling` and `Stalled`, as kstatus defines them."""
