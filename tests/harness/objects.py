"""Objects as the API server shows them: one to begin with, and what tests read in them."""

import json
from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]

HISTORY = "rollback-operator.dev/history"
TEMPLATES = "rollback-operator.dev/templates"
CLAIM = "rollback-operator.dev/claim"


def a_deployment(
    name: str,
    image: str,
    *,
    replicas: int = 2,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    spec: Object | None = None,
    pod: Object | None = None,
) -> Object:
    """Return a Deployment of one container `app`, or of the pod spec given."""
    pod = pod or {"containers": [{"name": "app", "image": image}]}
    pod = {"terminationGracePeriodSeconds": 1, **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            **({"annotations": dict(annotations)} if annotations else {}),
            **({"labels": dict(labels)} if labels else {}),
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
            **(spec or {}),
        },
    }


def annotations(obj: Object) -> dict[str, str]:
    """Return the annotations of an object."""
    return obj["metadata"].get("annotations") or {}


def history(deployment: Object) -> Object | None:
    """Return the readable history of a Deployment."""
    text = annotations(deployment).get(HISTORY)
    return json.loads(text) if text else None


def claim(deployment: Object) -> Object | None:
    """Return the claim on a Deployment."""
    text = annotations(deployment).get(CLAIM)
    return json.loads(text) if text else None


def condition(obj: Object, kind: str) -> Object:
    """Return a condition from the status of an object, or an empty one."""
    conditions = obj.get("status", {}).get("conditions", [])
    return next((c for c in conditions if c["type"] == kind), {})


def rollbackable(deployment: Object) -> tuple[str, str]:
    """Return status and reason of the `Rollbackable` condition."""
    shown = condition(deployment, "Rollbackable")
    return shown.get("status", ""), shown.get("reason", "")


def recorded_images(found: Object) -> list[str]:
    """Return the image of the container `app` in each snapshot of a history, oldest first."""
    return [str(snapshot["images"]["app"]) for snapshot in found["snapshots"]]


def is_observed(deployment: Object) -> bool:
    """Whether the status speaks of the spec as it is."""
    seen: int = deployment.get("status", {}).get("observedGeneration", 0)
    return bool(seen >= deployment["metadata"]["generation"])


def is_done(deployment: Object) -> bool:
    """Whether the counters say that every wanted pod is new and available."""
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    counters = [status.get(k, 0) for k in ("replicas", "updatedReplicas", "availableReplicas")]
    return is_observed(deployment) and all(counter == wanted for counter in counters)


def is_over(request: Object) -> bool:
    """Whether a request has ended."""
    return request.get("status", {}).get("phase") in {"Completed", "Exception"}
