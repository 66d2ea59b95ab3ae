"""What a dry run answers, as part of a target's status."""

from typing import Annotated

from pydantic import Field

from rollback_operator.domain.schema import Model
from rollback_operator.domain.step import When


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


class StepPreview(Model):
    """A step that would run, from the record of the rollout that would be left."""

    when: When
    """`before` the Deployment would be patched, or `after` the old version would serve."""
    name: str
    """Name of the CronJob that it was declared as."""
    service_account: str
    """ServiceAccount that its Job would run as."""
    images: Annotated[
        list[Annotated[str, Field(description="Image as the record has it.")]],
        Field(max_length=16),
    ]
    """Images of its containers. Commands and environment may hold secrets and are not shown."""


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
    steps: Annotated[list[StepPreview], Field(max_length=64)] = Field(default_factory=list)
    """The steps that would run, in their order."""
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
