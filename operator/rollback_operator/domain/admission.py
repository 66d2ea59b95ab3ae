"""Which of the chart's admission policies are in force, and so what may be believed of a request.

They check who asks, and whether they may. The operator cannot: it sees requests, not their makers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rollback_operator.domain.names import GROUP
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.times import format_time, parse_time

REQUESTER: Final = f"{GROUP}/requester"
"""Annotation on a request: who made it, as the API server knows them."""
STAMPED: Final = f"{GROUP}/stamped"
"""Label on the policy of the requester: whether it lets no request pass without that annotation."""
UNKNOWN: Final = "unknown"
VALIDATING: Final = "ValidatingAdmissionPolicy"
MUTATING: Final = "MutatingAdmissionPolicy"
CHECKS: Final = ("requester", "targets", "status", "steps")
"""The validating policies, by the ends of their names."""
STAMP: Final = "stamp"
SETTLING = timedelta(seconds=2)
"""How long a new policy may take to be heeded by every API server."""


@dataclass(frozen=True)
class Admission:
    """What is missing, since when all else is in force, and whether requests are stamped.

    `missing` has a phrase for each policy that is not in force, saying why.
    """

    missing: tuple[str, ...] = ()
    since: datetime | None = None
    stamps: bool = False

    def requester_of(self, request: RollbackRequest) -> str:
        """Return who asked; anyone can write an annotation where no policy keeps them from it."""
        if not self.stamps or not self._was_checked(request):
            return UNKNOWN
        return request.annotations.get(REQUESTER, UNKNOWN)

    def problem_of(self, request: RollbackRequest) -> str | None:
        """Return why nobody can know that the request may be carried out, if so."""
        if self.missing:
            return f"admission policies are not in force: {'; '.join(self.missing)}"
        if self._was_checked(request):
            return None
        since = format_time(self.since) if self.since else "never"
        return (
            f"the request was made at {format_time(request.created)}, before the admission policies"
            f" were in force ({since}), so nobody checked whether its maker may roll anything back"
        )

    def _was_checked(self, request: RollbackRequest) -> bool:
        return self.since is not None and request.created > self.since + SETTLING


UNCHECKED: Final = Admission()
"""Before anybody looked: nothing can be believed."""


@dataclass(frozen=True)
class Found:
    """A policy and its binding as they were read; `problem` says why they could not be."""

    kind: str
    name: str
    policy: Mapping[str, Any] | None = None
    binding: Mapping[str, Any] | None = None
    problem: str | None = None


def assess(found: Sequence[Found]) -> Admission:
    """Return what the policies that were found amount to."""
    missing = tuple(text for one in found if (text := _weakness(one)) is not None)
    times = [
        parse_time(obj["metadata"]["creationTimestamp"])
        for one in found
        for obj in (one.policy, one.binding)
        if obj is not None
    ]
    stamps = any(stamps_requests(one) and _weakness(one) is None for one in found)
    return Admission(missing, max(times, default=None), stamps)


def stamps_requests(found: Found) -> bool:
    """Whether this policy says that a request has its maker's name on it.

    Where it says so, the policy that stamps is wanted too. It cannot be told from the version: a
    cluster may be newer than the chart that was installed in it.
    """
    labels: Mapping[str, str] = (found.policy or {}).get("metadata", {}).get("labels") or {}
    return labels.get(STAMPED) == "true"


def _weakness(found: Found) -> str | None:
    """Return why a policy does not hold, if so."""
    name = f"{found.kind} {found.name}"
    if found.problem is not None:
        return f"{name} cannot be read ({found.problem})"
    if found.policy is None or found.binding is None:
        return f"{name} is missing" if found.policy is None else f"{name} has no binding"
    spec, bound = found.policy["spec"], found.binding["spec"]
    if bound.get("policyName") != found.name:
        return f"the binding of {name} binds another policy"
    if spec.get("failurePolicy", "Fail") != "Fail":
        return f"{name} lets pass what it cannot check (failurePolicy)"
    if found.kind == VALIDATING and "Deny" not in (bound.get("validationActions") or ()):
        return f"{name} denies nothing (validationActions of its binding)"
    return None
