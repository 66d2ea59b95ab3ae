"""Who leads: one Lease, judged by what was read of it, when that was, and who asks.

The times inside the Lease are never compared with our own clock, as in Kubernetes' own components:
its holder is alive while the Lease changes, and what counts is how long we have seen no change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from rollback_operator.domain.template import JsonObject

NOBODY: Final = ""


@dataclass(frozen=True)
class Terms:
    """How long a Lease lasts unrenewed, how long renewing may fail, and how often it is tried."""

    duration: int
    renew_deadline: float
    retry_period: float

    @property
    def call_timeout(self) -> float:
        """Seconds that one call may take: a slow one must leave time for another."""
        return self.renew_deadline / 2


@dataclass(frozen=True)
class LeaseName:
    """Which Lease it is about."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Name it as it is logged."""
        return f"the Lease {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Lease:
    """A Lease as it was read; others may have put labels on the object, which are kept."""

    obj: JsonObject
    holder: str
    duration: float
    transitions: int

    @classmethod
    def from_object(cls, obj: JsonObject) -> "Lease":
        """Read an object of the API, in which every field may be missing."""
        spec: Mapping[str, Any] = obj.get("spec") or {}
        return cls(
            obj,
            spec.get("holderIdentity") or NOBODY,
            spec.get("leaseDurationSeconds") or 0,
            spec.get("leaseTransitions") or 0,
        )

    @property
    def version(self) -> str:
        """The version that a write is tested against."""
        return str(self.obj["metadata"]["resourceVersion"])

    def with_holder(self, holder: str, terms: Terms, now: datetime) -> "Lease":
        """Return the Lease as its next holder writes it."""
        spec = {**(self.obj.get("spec") or {}), "renewTime": _micro_time(now)}
        if holder != self.holder:
            spec["acquireTime"] = spec["renewTime"]
            # To let it go is no change of hands; the next holder's taking it is.
            spec["leaseTransitions"] = self.transitions + (holder != NOBODY)
        spec["holderIdentity"] = holder
        spec["leaseDurationSeconds"] = terms.duration if holder else 1
        return Lease.from_object({**self.obj, "spec": spec})


def new_lease(name: LeaseName, holder: str, terms: Terms, now: datetime) -> Lease:
    """Return the first Lease of that name."""
    bare: JsonObject = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"namespace": name.namespace, "name": name.name},
    }
    first = Lease.from_object(bare).with_holder(holder, terms, now)
    return Lease.from_object({**first.obj, "spec": {**first.obj["spec"], "leaseTransitions": 0}})


@dataclass(frozen=True)
class Sight:
    """The Lease as it was seen last, None if there is none, and since when it has not changed."""

    lease: Lease | None
    since: float

    def then(self, lease: Lease | None, at: float) -> "Sight":
        """Return what is seen after the Lease was read again."""
        if self.lease and lease and self.lease.version == lease.version:
            return self
        return Sight(lease, at)


@dataclass(frozen=True)
class Hold:
    """It is ours: renew it."""


@dataclass(frozen=True)
class Acquire:
    """Nobody has it, or who had it has fallen silent: take it."""


@dataclass(frozen=True)
class Wait:
    """Somebody else leads, at least until that time unless they let go."""

    holder: str
    until: float


Decision: TypeAlias = Hold | Acquire | Wait


def decide(sight: Sight, me: str, at: float) -> Decision:
    """Return what to do about the Lease at a time of the clock that `since` was read from."""
    lease = sight.lease
    if lease is None or lease.holder == NOBODY:
        return Acquire()
    if lease.holder == me:
        return Hold()
    until = sight.since + lease.duration
    return Acquire() if at >= until else Wait(lease.holder, until)


def _micro_time(at: datetime) -> str:
    """Write a time as `metav1.MicroTime` does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
