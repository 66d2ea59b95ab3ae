"""The custom resource: what may be asked for, and what is answered.

The CRD is generated from these models (`make generate`), so the docstring under each field is what
`kubectl explain` shows.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from rollback_operator.domain.outcomes import Phase, Reason
from rollback_operator.domain.step import StepState, When

MAY_CHANGE: Final = frozenset({"suspend", "ttl_seconds_after_finished"})
"""The fields of the spec that may be changed; the CRD makes all others immutable."""

PATTERN_MESSAGE: Final = "patternMessage"
"""What the API server says instead of showing the pattern that a text does not match."""


def must(*rules: JsonDict) -> JsonDict:
    """Return what the API server checks besides the schema: CEL, each rule with its message."""
    return {"x-kubernetes-validations": list(rules)}


def rule(cel: str, message: str, field: str | None = None, reason: str | None = None) -> JsonDict:
    """Return one CEL rule; the message is the user's error message, so it says what to do."""
    where: JsonDict = {"fieldPath": field} if field else {}
    why: JsonDict = {"reason": reason} if reason else {}
    return {"rule": cel, "message": message, **where, **why}


_DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DNS_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

DeploymentName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=f"^{_DNS_NAME}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give the bare name of a Deployment, as `kubectl get deployments`"
            " shows it: lower case letters, digits, '-' and '.'"
        },
    ),
]
SnapshotId = Annotated[
    str,
    Field(
        max_length=10,
        pattern=r"^[0-9a-f]{10}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give the id of a snapshot, ten hexadecimal digits; the number that"
            " `kubectl rollout history` shows goes into to.revision"
        },
    ),
]
ContainerName = Annotated[
    str,
    Field(
        pattern=f"^(volume:)?{_DNS_LABEL}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give images by the name of their container, such as web:"
            ' "nginx:1.29"; the image of a volume goes by volume:<name>'
        },
    ),
]
Image = Annotated[
    str,
    Field(
        description="An image as the pod template writes it, tag or digest included.",
        min_length=1,
        max_length=1024,
        pattern=r"^[^\s]+$",
        json_schema_extra={
            PATTERN_MESSAGE: "write the image just as the Deployment does; it has no spaces"
        },
    ),
]
ContainerImages = Annotated[dict[ContainerName, Image], Field(min_length=1, max_length=64)]
ComponentName = Annotated[
    str,
    Field(
        description="Name of a component, as `status.targets[].components` lists them.",
        min_length=1,
        max_length=140,
        pattern=f"^({_DNS_LABEL}(/(image|config))?|volume:{_DNS_LABEL}(/image)?)$",
        json_schema_extra={
            PATTERN_MESSAGE: "give a component: <container>/image, <container>/config, <container>,"
            " volume:<name>/image, pod, labels or annotations"
        },
    ),
]
LabelKey = Annotated[
    str,
    Field(
        max_length=317,
        pattern=f"^({_DNS_NAME}/)?{_LABEL}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give a label's key, such as app.kubernetes.io/part-of"
        },
    ),
]
LabelValue = Annotated[
    str,
    Field(
        description="A label's value.",
        max_length=63,
        pattern=f"^({_LABEL})?$",
        json_schema_extra={
            PATTERN_MESSAGE: "give a label's value: letters, digits, '-', '_' and '.', beginning"
            " and ending with a letter or digit"
        },
    ),
]
RecordedImage = Annotated[str, Field(description="The image as the pod template had it.")]
OpenReason = Annotated[Reason, WithJsonSchema({"type": "string"})]
"""No enum in the CRD: a newer operator must be able to write its reasons where Helm, which never
upgrades CRDs, left an older one in place."""


class Model(BaseModel):
    """What all parts of the resource share: camelCase names, immutability, no unknown field."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        frozen=True,
        extra="forbid",
    )


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
    """The Deployments to roll back, by label; only together with `asOf`."""
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
    """Seconds that one target may take until the old version serves."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31536000)] | None = None
    """Seconds after its end when the request is deleted; never, if left out. May be changed."""


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


class QuotaPreview(Model):
    """What one limit of a ResourceQuota means for the rollout."""

    name: str
    """Name of the ResourceQuota."""
    resource: str
    """What it limits, such as `pods` or `requests.cpu`."""
    hard: str
    """Its limit."""
    used: str
    """What is used now, by all of the namespace."""
    needed: str
    """What must be allowed at once, others' use included, for the rollout to reach its end."""
    fits: bool
    """Whether that is within the limit."""


class BudgetPreview(Model):
    """A PodDisruptionBudget of the pods that will be replaced."""

    name: str
    """Name of the PodDisruptionBudget."""
    disruptions_allowed: int
    """Pods that could be evicted now. A rollout does not ask it, but a drain meanwhile does."""


PreviewText = Annotated[
    str,
    Field(
        description="One line; values that may be secret are only said to have changed.",
        max_length=512,
    ),
]


class Preview(Model):
    """What a dry run found out about one Deployment; nothing was touched."""

    would_succeed: bool
    """Whether nothing was found that would refuse the rollback or keep it from its end."""
    turn: int
    """Its place in the order in which the targets would be rolled back, from 1."""
    problems: Annotated[list[PreviewText], Field(max_length=64)] = Field(default_factory=list)
    """What would refuse the rollback, or keep the old version from serving."""
    diff: Annotated[list[PreviewText], Field(max_length=100)] = Field(default_factory=list)
    """What would change in the pod template, a line each, component first."""
    server_says: Annotated[list[PreviewText], Field(max_length=16)] = Field(default_factory=list)
    """What the API server says to the very patch in a dry run: why it is denied, or warnings."""
    missing: Annotated[list[PreviewText], Field(max_length=64)] = Field(default_factory=list)
    """ConfigMaps, ServiceAccounts and PersistentVolumeClaims that the old version names and that
    are gone."""
    unchecked: Annotated[list[PreviewText], Field(max_length=64)] = Field(default_factory=list)
    """What could not be looked at, with the reason; Secrets never are."""
    quota: Annotated[list[QuotaPreview], Field(max_length=32)] = Field(default_factory=list)
    """The limits on pods, cpu and memory, and what the rollout needs of them."""
    disruption_budgets: Annotated[list[BudgetPreview], Field(max_length=16)] = Field(
        default_factory=list
    )
    """The PodDisruptionBudgets of the pods that would be replaced."""
    pods_replaced: int
    """Pods that would be replaced."""
    expected_duration: str | None = None
    """How long recorded rollouts of this Deployment took, as their median; absent where none is
    on record with its beginning."""


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
    """When that tool will bring back what was rolled back, and what to do about it."""
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
    """When the Deployment was patched."""
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
    target_names: str | None = None
    """The targets in one line."""
    change: str | None = None
    """From and to in one line."""
    duration: str | None = None
    """How long it took, from creation to end."""
    started_at: datetime | None = None
    """When the first Deployment was patched."""
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


class RollbackRequest(Model):
    """A request to put the previous artifact of a Deployment back."""

    namespace: str
    """Where the request and its targets live."""
    name: str
    """Name of the request."""
    uid: str
    """UID of the request."""
    resource_version: str
    """Version that was read."""
    generation: int
    """Generation of the spec."""
    created: datetime
    """When it was created."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Its annotations."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Its labels."""
    spec: Spec
    """What is asked for."""
    status: Status
    """What was answered so far."""

    @classmethod
    def from_object(cls, obj: dict[str, Any]) -> "RollbackRequest":
        """Read the API object.

        Raises:
            pydantic.ValidationError: the object is not as the CRD has it.
        """
        spec, status = Spec.model_validate(obj["spec"]), obj.get("status") or {}
        return cls._of(obj, spec, Status.model_validate(status))

    @classmethod
    def unreadable(cls, obj: dict[str, Any]) -> "RollbackRequest":
        """Read of an object that is not as the CRD has it what is needed to answer it."""
        return cls._of(obj, Spec(), Status())

    @classmethod
    def _of(cls, obj: dict[str, Any], spec: Spec, status: Status) -> "RollbackRequest":
        metadata = obj["metadata"]
        return cls(
            namespace=metadata["namespace"],
            name=metadata["name"],
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
            generation=metadata.get("generation", 1),
            created=metadata["creationTimestamp"],
            annotations=metadata.get("annotations") or {},
            labels=metadata.get("labels") or {},
            spec=spec,
            status=status,
        )
