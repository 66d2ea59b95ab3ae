"""What must not depend on faults: the end state, the writes, and the order of what was said."""

import json
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from http import HTTPStatus
from pathlib import Path
from typing import Any

from builders.steps import ran
from faults.scenarios import Scenario
from harness import audit
from harness.objects import Object, claim, history
from harness.shop import Shop
from harness.waiting import wait_until

PHASES = ("Queued", "InProgress", "Completed", "Exception")


def operator_writes(
    shop: Shop, log: Path, since: int, marker: str, answered: AbstractSet[str]
) -> list[audit.AuditEvent]:
    """Return the operator's writes in a namespace that were stored, up to this call.

    The log may be behind the answers: those that were `answered` are waited for.
    """
    shop.core.create_namespaced_config_map(shop.namespace, {"metadata": {"name": marker}})

    def found() -> list[audit.AuditEvent] | None:
        of_namespace = list(audit.events(log, since=since, mentioning=shop.namespace))
        if answered - {event.audit_id for event in of_namespace}:
            return None
        all_writes = [
            event
            for event in of_namespace
            if event.namespace == shop.namespace and event.verb in audit.WRITES
        ]
        return all_writes if any(write.name == marker for write in all_writes) else None

    written = wait_until(found, "the marker is in the audit log", interval=0.5)
    ours = [w for w in written if w.user_agent.startswith(("rollback-operator", "kopf"))]
    return stored(ours)


def stored(writes: Sequence[audit.AuditEvent]) -> list[audit.AuditEvent]:
    """Return the writes that were stored.

    A busy API server says 504 and stores it all the same: what nobody made again was stored. Had
    it stored an earlier one too, the generation of the object would tell.
    """
    confirmed = {(w.resource, _what(w)) for w in writes if w.succeeded}
    unknown = {(w.resource, _what(w)): w for w in writes if _is_unknown(w)}
    last = [write for what, write in unknown.items() if what not in confirmed]
    return [w for w in writes if w.succeeded or w in last]


def _is_unknown(write: audit.AuditEvent) -> bool:
    return write.code == HTTPStatus.GATEWAY_TIMEOUT and not write.dry_run


def outcome(shop: Shop, scenario: Scenario, writes: list[audit.AuditEvent]) -> Object:
    """Return the end state and the writes, without ids and times that differ in any run."""
    return {
        "deployments": {name: _deployment(shop, name) for name in scenario.deployments},
        "requests": _requests(shop, scenario),
        "steps": [list(step) for step in ran(shop)] if scenario.has_steps else [],
        "writes": dict(sorted(Counter(_what(w) for w in writes if _is_ours(w)).items())),
    }


def problems(scenario: Scenario, writes: list[audit.AuditEvent]) -> list[str]:
    """Return what must never be, whatever the end."""
    found = []
    for name in scenario.deployments:
        changes = [w for w in writes if w.name == name and changes_template(w)]
        if len(changes) > 1:
            found.append(f"the template of {name} was changed {len(changes)} times")
    for name in scenario.requests:
        of_request = [w for w in writes if w.resource == "rollbackrequests" and w.name == name]
        said = [w.response_object or {} for w in of_request if w.succeeded]
        phases = [request["status"]["phase"] for request in said]
        ranks = [min(PHASES.index(phase), 2) for phase in phases]
        if ranks != sorted(ranks):
            found.append(f"the status of {name} went back: {phases}")
    return found


def changes_template(write: audit.AuditEvent) -> bool:
    """Whether a write is a JSON Patch that replaces the pod template of a Deployment."""
    if write.resource != "deployments" or write.subresource:
        return False
    operations: Any = write.request_object or []
    return any(o["op"] != "test" and o["path"] == "/spec/template" for o in operations)


BACK = {"RolledBack", "AfterFailed"}
NOT_BACK = {"Forbidden", "BeforeFailed", "OtherTargetRefused", "OtherTargetFailed"}
"""How the targets of a request may end of which something was denied."""


def is_refusal(found: Object, expected: Object) -> bool:
    """Whether a fault that says no was taken for one: what was not refused is as undisturbed.

    Of a group, what came before is back as ever, and what comes after is left alone.
    """
    if _was_not_handed_back(found, expected):
        return True
    reasons = [reason for request in found["requests"].values() for reason in request["reasons"]]
    lives = found["deployments"]
    changed = [name for name in lives if f"{name} template" in found["writes"]]
    return (
        reasons.count("RolledBack") < len(reasons)
        and set(reasons) <= BACK | NOT_BACK
        and len(changed) == sum(reason in BACK for reason in reasons)
        and all(lives[name] == expected["deployments"][name] for name in changed)
    )


def _was_not_handed_back(found: Object, expected: Object) -> bool:
    """Whether all is as ever, but for the write that gives others their fields back."""
    kept = {what: times for what, times in expected["writes"].items() if not what.endswith("other")}
    return found == {**expected, "writes": kept} != expected


def _is_ours(write: audit.AuditEvent) -> bool:
    return write.resource == "deployments" and not write.name.startswith("marker")


def _what(write: audit.AuditEvent) -> str:
    kind = "template" if changes_template(write) else write.subresource or "other"
    return f"{write.name} {kind}"


def _deployment(shop: Shop, name: str) -> Object:
    live = shop.deployment(name)
    found, claimed = history(live) or {}, claim(live) or {}
    places = {s["id"]: place for place, s in enumerate(found.get("snapshots", []))}
    named = ("below", "returnedTo")
    kept = ("revision", "images", "origin", "verified", "gap")
    return {
        "template": json.dumps(live["spec"]["template"], sort_keys=True),
        "generation": live["metadata"]["generation"],
        "history": [
            {**{k: s.get(k) for k in kept}, **{k: places.get(s.get(k, "")) for k in named}}
            for s in found.get("snapshots", [])
        ],
        "executed": len(found.get("executed", [])),
        "claim": {k: claimed.get(k) for k in ("components", "result", "targetRevision")},
    }


def _requests(shop: Shop, scenario: Scenario) -> Object:
    found = {name: shop.rollback_request(name) for name in scenario.requests}
    if scenario.is_race:
        return race((claim(shop.deployment()) or {}).get("request", ""), found)
    return {name: _request(request) for name, request in found.items()}


TOO_LATE: Object = {
    "phase": "Exception",
    "reasons": ["AlreadyRolledBack"],
    "change": None,
    "conditions": [["Ready", "False"], ["Reconciling", "False"], ["Stalled", "True"]],
}


def race(leader: str, requests: Object) -> Object:
    """Return how the request ended that has the claim, and any other that did not end well.

    It follows, by name, and ends alike; or it comes when all is over.
    """
    ends = {
        name: (_request(request), [t.get("following") for t in request["status"]["targets"]])
        for name, request in requests.items()
    }
    led, _ = ends.pop(leader, (None, []))
    return {
        "leader": led,
        "others": [
            end for end in ends.values() if end not in [(led, [leader]), (TOO_LATE, [None])]
        ],
    }


def is_refusal_in_race(found: Object, expected: Object) -> bool:
    """Whether one was told no, as if it had not been there, and the other one led."""
    requests = found["requests"]
    ends = [(other["phase"], other["reasons"]) for other, _ in requests["others"]]
    without = {**found, "requests": {**requests, "others": []}}
    return ends == [("Exception", ["Forbidden"])] and without == expected


def _request(request: Object) -> Object:
    status: Any = request["status"]
    return {
        "phase": status["phase"],
        "reasons": [target["reason"] for target in status["targets"]],
        "change": status.get("change"),
        "conditions": [[c["type"], c["status"]] for c in status["conditions"]],
    }
