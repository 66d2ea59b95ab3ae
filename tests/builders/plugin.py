"""What the plugin reads: Deployments with a history on them, and requests that were answered."""

from typing import Any

from builders.deployments import DeploymentBuilder, a_deployment
from builders.histories import KEYRING, NOON
from builders.requests import RequestBuilder
from rollback_operator.domain.annotations import API_LIMIT, fit
from rollback_operator.domain.rollbackable import condition
from rollback_operator.domain.snapshot import History
from rollback_operator.domain.template import JsonObject

PODS_OF_A_PREVIEW = 2


def recorded(history: History, deployment: DeploymentBuilder | None = None) -> DeploymentBuilder:
    """Return a Deployment of the newest version with that history, as the operator writes it."""
    newest = history.newest
    assert newest is not None
    built = deployment or a_deployment(newest.template).at_revision(newest.revision)
    fitting = fit(history, KEYRING, API_LIMIT, limit=10)
    assert fitting is not None
    found = condition(built.build(), history, NOON)
    said = {key: found[key] for key in ("reason", "status", "message")}
    return built.annotated(fitting[1]).saying("Rollbackable", **said)


def a_target(
    name: str = "web",
    reason: str = "RolledBack",
    phase: str = "Completed",
    **fields: Any,
) -> JsonObject:
    """Return the status of a target that went, or goes, from version B to A."""
    return {
        "name": name,
        "phase": phase,
        "reason": reason,
        "message": f"deployment shop/{name} is back on nginx:A; 2 of 2 available",
        "from": {"snapshot": "bbbbbbbbbb", "revision": 2, "images": {name: "nginx:B"}},
        "to": {"snapshot": "aaaaaaaaaa", "revision": 1, "images": {name: "nginx:A"}},
        "components": [
            {"name": f"{name}/image", "from": "nginx:B", "to": "nginx:A", "state": "Reverted"}
        ],
        **fields,
    }


def a_preview(name: str = "web", **found: Any) -> JsonObject:
    """Return the status of a target that a dry run found nothing wrong with."""
    preview = {
        "wouldSucceed": True,
        "turn": 1,
        "podsReplaced": PODS_OF_A_PREVIEW,
        "expectedDuration": "12s",
        "diff": [f"{name}/image: nginx:B → nginx:A"],
        **found,
    }
    message = f"deployment {name} would be rolled back to revision 1 (nginx:A)"
    return a_target(name, "Previewed", message=message, preview=preview)


def an_answer(*targets: JsonObject, **fields: Any) -> JsonObject:
    """Return the status of a request with these targets; the first one speaks for it."""
    first = targets[0] if targets else {}
    begun = any(target.get("startedAt") for target in targets)
    return {
        "observedGeneration": 1,
        "phase": first.get("phase", "Completed"),
        "reason": first.get("reason", "RolledBack"),
        "message": first.get("message", ""),
        "requester": "ana@example.com",
        "targetNames": ", ".join(target["name"] for target in targets),
        "change": "nginx:B → nginx:A",
        "duration": "3s",
        **({"startedAt": "2030-01-01T12:00:01Z"} if begun else {}),
        "targets": list(targets),
        **fields,
    }


def a_log(*texts: str) -> list[JsonObject]:
    """Return log lines, a second apart."""
    return [
        {"at": f"2030-01-01T12:00:{second:02}.250000Z", "text": text}
        for second, text in enumerate(texts, start=1)
    ]


def answered(request: RequestBuilder, status: JsonObject) -> JsonObject:
    """Return the request with that status."""
    return {**request.obj, "status": status}


def refused(reason: str, message: str, name: str = "web") -> JsonObject:
    """Return the status of a request that was refused before the first write."""
    target = {"name": name, "phase": "Exception", "reason": reason, "message": message}
    return an_answer(target, change=None)
