"""Reads the API server's audit log: who did what to which object, and with what result."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
SUCCESS = range(200, 300)
READS = frozenset({"get", "list", "watch"})


@dataclass(frozen=True)
class AuditEvent:
    """One request as the API server saw it; its answer bears the id, too."""

    audit_id: str
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    user: str
    user_agent: str
    code: int
    dry_run: bool
    at: datetime
    request_object: dict[str, Any] | list[Any] | None
    response_object: dict[str, Any] | None

    @property
    def succeeded(self) -> bool:
        """Whether it changed what it was meant to change."""
        return self.code in SUCCESS and not self.dry_run


def mark(audit_log: Path) -> int:
    """Return the present end of the log, to read from there later."""
    return audit_log.stat().st_size


def writes(
    audit_log: Path,
    *,
    since: int = 0,
    user_agent_prefix: str | None = None,
    user: str | None = None,
    resource: str | None = None,
    namespace: str | None = None,
    name: str | None = None,
) -> list[AuditEvent]:
    """Return the writes that match all that is given, refused ones and dry runs included.

    The entry is there within a moment of the response, so wait for those that must come.
    """
    asked = {"user": user, "resource": resource, "namespace": namespace, "name": name}
    wanted = {field: value for field, value in asked.items() if value is not None}
    return [
        event
        for event in events(audit_log, since=since, verbs=WRITES)
        if event.user_agent.startswith(user_agent_prefix or "")
        and all(getattr(event, field) == value for field, value in wanted.items())
    ]


def events(
    audit_log: Path,
    *,
    since: int = 0,
    verbs: Iterable[str] = WRITES | READS,
    mentioning: str = "",
) -> Iterator[AuditEvent]:
    """Yield the requests about objects, the oldest first; only those that mention a text."""
    verbs = frozenset(verbs)
    begun = set()
    for entry in _entries(audit_log, since, mentioning.encode()):
        if entry["auditID"] in begun:
            continue
        # A watch is logged when it begins, too, and everything else only at its end.
        if entry["stage"] == "ResponseStarted":
            begun.add(entry["auditID"])
        if entry["verb"] in verbs and "objectRef" in entry:
            yield _event(entry)


def _entries(audit_log: Path, since: int, text: bytes) -> Iterator[dict[str, Any]]:
    """Yield whole lines; the last one may be in the middle of being written: it ends the reading.

    The log of a whole run is large, and most of it is about others: that is not even parsed.
    """
    with audit_log.open("rb") as log:
        log.seek(since)
        for line in log:
            if not line.endswith(b"\n"):
                return
            if text in line:
                yield json.loads(line)


def _event(entry: dict[str, Any]) -> AuditEvent:
    about = entry["objectRef"]
    response = entry.get("responseObject")
    return AuditEvent(
        audit_id=entry["auditID"],
        verb=entry["verb"],
        group=about.get("apiGroup", ""),
        resource=about["resource"],
        subresource=about.get("subresource", ""),
        namespace=about.get("namespace", ""),
        name=about.get("name") or _generated_name(response),
        user=entry["user"].get("username", ""),
        user_agent=entry.get("userAgent", ""),
        code=entry.get("responseStatus", {}).get("code", 0),
        dry_run="All" in parse_qs(urlsplit(entry["requestURI"]).query).get("dryRun", ()),
        at=datetime.fromisoformat(entry["requestReceivedTimestamp"]),
        request_object=entry.get("requestObject"),
        response_object=response,
    )


def _generated_name(response: dict[str, Any] | None) -> str:
    """Return the name that the API server chose, where the request had only its beginning."""
    return str((response or {}).get("metadata", {}).get("name", ""))
