"""What can be decided about a request's target: frozen values, consumed by `match`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeAlias

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.components import Component
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.template import Template


@dataclass(frozen=True)
class Goal:
    """The version to go back to. `snapshot` is the id of a rollout, recorded or not."""

    snapshot: str
    revision: int
    template: Template
    pinned: bool = False
    """Whether its images are named by digest, other than they were recorded."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """Return a recorded version."""
        return cls(snapshot.id, snapshot.revision, snapshot.template)

    @property
    def images(self) -> Mapping[str, str]:
        """Image by container."""
        return self.template.images


@dataclass(frozen=True)
class End:
    """The target is over, for this reason: refused, or nothing (more) to do."""

    reason: Reason
    message: str


@dataclass(frozen=True)
class Wait:
    """Nothing can be decided before something changes, or until that time."""

    reason: Reason
    message: str
    until: datetime


@dataclass(frozen=True)
class Restore:
    """Patch the template: `result` is what it becomes, `reverted` names what changes in it."""

    goal: Goal
    result: Template
    altered: tuple[Component, ...]
    reverted: tuple[str, ...]
    unaltered: tuple[str, ...] = ()
    """Selected components that are as wanted already."""


@dataclass(frozen=True)
class Follow:
    """The rollback of that claim is under way: follow it to its end."""

    claim: Claim


Verdict: TypeAlias = End | Wait | Restore | Follow
