"""The activity: who asked for what, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rollback_operator.cli.ages import moment
from rollback_operator.domain.reasons import Phase
from rollback_operator.domain.template import JsonObject


@dataclass(frozen=True)
class Entry:
    """One request."""

    namespace: str
    name: str
    phase: str
    targets: str
    change: str
    reason: str
    requester: str
    duration: str
    created: datetime | None


def entries(requests: Iterable[JsonObject]) -> list[Entry]:
    """Return a line per request."""
    return [_entry(request) for request in requests]


def select(
    requests: Iterable[JsonObject], deployment: str | None, *, previews: bool
) -> list[JsonObject]:
    """Return the requests to list, newest first: of one Deployment only, with dry runs or not."""
    chosen = [
        request
        for request in requests
        if (previews or not request.get("spec", {}).get("dryRun"))
        and (deployment is None or deployment in _names(request))
    ]
    return sorted(chosen, key=lambda r: str(r["metadata"].get("creationTimestamp")), reverse=True)


def _entry(request: JsonObject) -> Entry:
    metadata, status = request["metadata"], request.get("status") or {}
    return Entry(
        namespace=metadata["namespace"],
        name=metadata["name"],
        phase=str(status.get("phase") or Phase.QUEUED.value),
        targets=str(status.get("targetNames") or ", ".join(_names(request))),
        change=str(status.get("change") or "-"),
        reason=str(status.get("reason") or "-"),
        requester=str(status.get("requester") or "-"),
        duration=str(status.get("duration") or "-"),
        created=moment(metadata.get("creationTimestamp")),
    )


def _names(request: JsonObject) -> list[str]:
    """Return the Deployments of a request: as answered, else as named."""
    named = request.get("spec", {}).get("targets") or ()
    answered = (request.get("status") or {}).get("targets") or ()
    return [str(target.get("name")) for target in answered or named]
