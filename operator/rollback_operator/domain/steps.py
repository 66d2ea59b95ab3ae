"""Steps: Jobs that belong to a rollout and run when it is rolled back (S7).

A step is a suspended CronJob that the pod template names in its annotations `…/before` or
`…/after`. Its Job template is recorded with the rollout, and run from that record, so that later
changes of the CronJob do not count.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollback_operator.domain.decisions import Goal
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.expressions import render
from rollback_operator.domain.names import FIELD_MANAGER, GROUP, NAME_LIMIT
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.step import Step, StepState, When
from rollback_operator.domain.step_marks import (
    NUMBER_LABEL,
    ROLLOUT_LABEL,
    STEP_LABEL,
    TARGET_LABEL,
    WHEN_LABEL,
)
from rollback_operator.domain.template import JsonObject, Template, digest
from rollback_operator.domain.world import World

MANAGED_BY = "app.kubernetes.io/managed-by"
KEPT_FOR_SECONDS = 24 * 3600
"""How long the Job of a step stays to be looked at."""
CONTAINER_FIELDS = ("initContainers", "containers")


@dataclass(frozen=True)
class Planned:
    """A step with its Job, expressions resolved, ready to be created."""

    when: When
    name: str
    job: JsonObject


def referenced(template: Template) -> Iterator[tuple[When, str]]:
    """Yield the CronJobs that a pod template names, in the order in which they run."""
    metadata: Mapping[str, Any] = template.body.get("metadata") or {}
    annotations: Mapping[str, str] = metadata.get("annotations") or {}
    for when in When:
        text = annotations.get(f"{GROUP}/{when}", "")
        yield from ((when, name.strip()) for name in text.split(",") if name.strip())


def misnamed(when: When, name: str) -> Step:
    """Return a step that names nothing that could be read."""
    return Step(when, name[:NAME_LIMIT], None, f"{name[:NAME_LIMIT]!r} is no name of a CronJob")


def recorded(when: When, name: str, cron_job: Mapping[str, Any] | None) -> Step:
    """Return the step as it is recorded: with its Job template, or with what is wrong."""
    if cron_job is None:
        return Step(when, name, None, f"there is no CronJob {name}")
    spec = cron_job["spec"]
    if not spec.get("suspend"):
        return Step(when, name, None, f"CronJob {name} is not suspended, so it is no step")
    return Step(when, name, {"spec": spec["jobTemplate"].get("spec") or {}}, None)


def planned(
    rollout: Snapshot, goal: Goal, world: World, when: When, number: int
) -> tuple[Planned, ...]:
    """Return the Jobs to run `when`, from the record of the rollout that is left.

    Whichever of them is made next has that number: how many there were before it.

    Raises:
        BadExpressionError: an expression is wrong.
    """
    request = world.request
    record = record_of(rollout, goal, world.deployment, request.name, request.spec.reason or "")
    return tuple(
        Planned(when, step.name, _job(step, rollout, goal, world, number, record))
        for step in rollout.steps
        if step.when is when and step.job is not None
    )


def record_of(
    rollout: Snapshot, goal: Goal, deployment: Deployment, request: str, reason: str
) -> JsonObject:
    """Return what expressions may name: the rollout that is left, its target, and the request."""
    return {
        "rollout": {
            "id": rollout.id,
            "revision": rollout.revision,
            "images": dict(rollout.images),
            "cause": rollout.cause or "",
        },
        "target": {
            "id": goal.snapshot,
            "revision": goal.revision,
            "images": dict(goal.images),
        },
        "request": {"name": request, "namespace": deployment.namespace, "reason": reason},
        "deployment": {"name": deployment.name, "namespace": deployment.namespace},
    }


def resolved(step: Step, record: Mapping[str, Any]) -> JsonObject:
    """Return the spec of a step's Job with its expressions resolved.

    Raises:
        BadExpressionError: an expression is wrong.
    """
    spec: JsonObject = copy.deepcopy(dict((step.job or {"spec": {}})["spec"]))
    _render_containers(spec.get("template") or {}, lambda text: render(text, record))
    return spec


def job_name(world: World, rollout: Snapshot, when: When, number: int) -> str:
    """Return what the name of a Job is made from, the same for whoever may make the next one.

    Also for who goes to another target or runs another step: so only one of them can make it, and
    the others see that they were late. The seal makes it secret.
    """
    key = digest([world.deployment.uid, rollout.id, when, number])[:10]
    stem = re.sub("[^a-z0-9-]", "-", world.deployment.name)[:43].strip("-")
    return f"{stem}-{when}-{key}"


def next_number(jobs: Iterable[Mapping[str, Any]]) -> int:
    """Return the number of the Job that would be made after these; early ones may be gone."""
    return max((int(job["metadata"]["labels"][NUMBER_LABEL]) + 1 for job in jobs), default=0)


def service_account(job: Mapping[str, Any]) -> str:
    """Return the ServiceAccount that a Job template asks for."""
    return _account((job["spec"].get("template") or {}).get("spec") or {})


def account_of(template: Template) -> str:
    """Return the ServiceAccount that a pod template runs with."""
    return _account(template.spec)


def images_of(job: Mapping[str, Any]) -> list[str]:
    """Return the images of a Job template's containers, in the order in which they start."""
    pod = (job["spec"].get("template") or {}).get("spec") or {}
    containers = (c for field in CONTAINER_FIELDS for c in pod.get(field) or ())
    return [str(container.get("image", "")) for container in containers]


def _account(pod: Mapping[str, Any]) -> str:
    return str(pod.get("serviceAccountName") or pod.get("serviceAccount") or "default")


def _job(
    step: Step,
    rollout: Snapshot,
    goal: Goal,
    world: World,
    number: int,
    record: Mapping[str, Any],
) -> JsonObject:
    spec = resolved(step, record)
    spec.pop("suspend", None)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(world, rollout, step.when, number),
            "namespace": world.deployment.namespace,
            "labels": _labels(step, rollout, goal, number),
            "ownerReferences": [_owner(world)],
        },
        "spec": spec
        | {
            "backoffLimit": 0,
            "activeDeadlineSeconds": world.request.spec.timeout_seconds,
            "ttlSecondsAfterFinished": KEPT_FOR_SECONDS,
        },
    }


def _labels(step: Step, rollout: Snapshot, goal: Goal, number: int) -> dict[str, str]:
    """Return the labels by which the Jobs of a rollback are found again.

    What a step has to do may depend on the target: what ran for one does not count for another.
    """
    return {
        ROLLOUT_LABEL: rollout.id,
        TARGET_LABEL: goal.snapshot,
        STEP_LABEL: step.name[:63],
        WHEN_LABEL: step.when.value,
        NUMBER_LABEL: str(number),
        MANAGED_BY: FIELD_MANAGER,
    }


def _owner(world: World) -> JsonObject:
    """Return the Deployment as owner, not the request: deleting that must not kill a step."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": world.deployment.name,
        "uid": world.deployment.uid,
    }


def _render_containers(template: JsonObject, rendered: Callable[[str], str]) -> None:
    """Resolve the expressions in environment values, commands and arguments, in place."""
    pod = template.get("spec") or {}
    for container in (c for field in CONTAINER_FIELDS for c in pod.get(field) or ()):
        for field in ("command", "args"):
            if field in container:
                container[field] = [rendered(text) for text in container[field]]
        for variable in container.get("env") or ():
            if "value" in variable:
                variable["value"] = rendered(variable["value"])


def state_of(job: Mapping[str, Any]) -> StepState:
    """Read how far a Job has come."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    true = {condition["type"] for condition in conditions if condition["status"] == "True"}
    if "Complete" in true:
        return StepState.SUCCEEDED
    return StepState.FAILED if "Failed" in true else StepState.RUNNING


def why_it_failed(job: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> str:
    """Say why, from exit code and termination message: logs are not ours to read."""
    for pod in pods:
        statuses = (pod.get("status") or {}).get("containerStatuses") or ()
        for terminated in (s["state"].get("terminated") for s in statuses if "state" in s):
            if terminated and terminated.get("exitCode"):
                told = (terminated.get("message") or terminated.get("reason") or "").strip()
                return f"exit code {terminated['exitCode']}: {told[:500]}".rstrip(": ")
    conditions = (job.get("status") or {}).get("conditions") or ()
    told = next((c.get("message", "") for c in conditions if c["type"] == "Failed"), "")
    return told or "no reason given"
