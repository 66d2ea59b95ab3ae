"""The JSON Patches: each tests what it was decided on, and changes nothing else (trap 24)."""

from collections.abc import Mapping, Sequence
from typing import Any

from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.last_applied import LAST_APPLIED
from rollback_operator.domain.names import CLAIM, HISTORY, ROLLBACKABLE
from rollback_operator.domain.template import JsonObject, Template

Operations = list[JsonObject]


def claim_patch(
    deployment: Deployment,
    claim: str,
    result: Template,
    *,
    manifest: str | None = None,
    lost: Mapping[str, str] | None = None,
    unchanged: bool = False,
) -> Operations:
    """Claim and template together: one commit point, safe with any number of writers (trap 26).

    The template is tested whole, as it was judged; `resourceVersion` is not, since status
    updates of a rollout change it all the time (trap 27), unless it has to be `unchanged`: a copy
    from the watch that may be old in any part. Replicas are never sent (trap 14). `manifest` is
    what the last `kubectl apply` will have applied, `lost` the annotations that an undo took away.
    """
    written = {CLAIM: claim, **(lost or {})}
    written |= {LAST_APPLIED: manifest} if manifest is not None else {}
    version = [_test("/metadata/resourceVersion", deployment.resource_version)]
    return [
        *_same_object(deployment),
        *(version if unchanged else []),
        *_annotation_tests(deployment, list(written)),
        _test("/spec/paused", value=True if deployment.paused else None),
        _test("/spec/template", deployment.template.body),
        _replace("/spec/template", result.body),
        *_annotation_writes(deployment, written),
    ]


def record_patch(
    deployment: Deployment, annotations: Mapping[str, str], condition: JsonObject
) -> Operations:
    """History and `Rollbackable` together; sent to `/status`, where nothing bumps the generation.

    The history that was read is tested whole, and with it its sequence number.
    """
    return [
        *_same_object(deployment),
        *_annotation_tests(deployment, [HISTORY]),
        *_annotation_writes(deployment, annotations),
        *_condition_writes(deployment.conditions, condition),
    ]


def status_patch(resource_version: str, status: JsonObject) -> Operations:
    """Replace a request's status, unless somebody wrote since it was read."""
    return [
        _test("/metadata/resourceVersion", resource_version),
        {"op": "add", "path": "/status", "value": status},
    ]


def _same_object(deployment: Deployment) -> Operations:
    return [_test("/metadata/uid", deployment.uid)]


def _annotation_tests(deployment: Deployment, names: Sequence[str]) -> Operations:
    """Test each annotation as it was read; a missing one tests equal to null."""
    if deployment.annotations is None:
        return [_test("/metadata/annotations", None)]
    return [_test(_annotation(name), deployment.annotation(name)) for name in names]


def _annotation_writes(deployment: Deployment, values: Mapping[str, str]) -> Operations:
    """Add the annotations; where there is no map yet, the map (trap 7)."""
    if deployment.annotations is None:
        return [{"op": "add", "path": "/metadata/annotations", "value": dict(values)}]
    return [
        {"op": "add", "path": _annotation(name), "value": value} for name, value in values.items()
    ]


def _condition_writes(conditions: Sequence[JsonObject], condition: JsonObject) -> Operations:
    for index, existing in enumerate(conditions):
        if existing.get("type") == ROLLBACKABLE:
            path = f"/status/conditions/{index}"
            return [_test(f"{path}/type", ROLLBACKABLE), _replace(path, condition)]
    if conditions:
        return [{"op": "add", "path": "/status/conditions/-", "value": condition}]
    return [{"op": "add", "path": "/status/conditions", "value": [condition]}]


def _annotation(name: str) -> str:
    return "/metadata/annotations/" + name.replace("~", "~0").replace("/", "~1")


def _test(path: str, value: Any) -> JsonObject:  # noqa: ANN401 - any JSON value
    return {"op": "test", "path": path, "value": value}


def _replace(path: str, value: Any) -> JsonObject:  # noqa: ANN401 - any JSON value
    return {"op": "replace", "path": path, "value": value}
