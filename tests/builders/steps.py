"""Steps on a real cluster: CronJobs that declare them, rollouts that name them, their Jobs."""

import json
from typing import Any

from harness.objects import Object
from harness.shop import Shop
from harness.waiting import wait_until

BEFORE = "rollback-operator.dev/before"
AFTER = "rollback-operator.dev/after"


def declare(
    shop: Shop, name: str = "drain", image: str = "tools:1", *, suspend: bool = True, **pod: Any
) -> None:
    """Apply a CronJob of one container `step`; keys of a container go there, others to the pod."""
    own: Object = {key: pod.pop(key) for key in ("command", "args", "env") if key in pod}
    container: Object = {"name": "step", "image": image, **own}
    template = {"spec": {"restartPolicy": "Never", "containers": [container], **pod}}
    spec: Object = {
        "schedule": "0 0 1 1 *",
        "suspend": suspend,
        "jobTemplate": {"spec": {"template": template}},
    }
    body: Object = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": spec,
    }
    shop.kubectl("apply", "-f", "-", input=json.dumps(body))


def amend(shop: Shop, job: Object, name: str = "drain") -> None:
    """Change the spec of the Job that a CronJob declares."""
    change = json.dumps({"spec": {"jobTemplate": {"spec": job}}})
    shop.kubectl("patch", "cronjob", name, "--type=merge", "-p", change)


def release_with_steps(
    shop: Shop, *, before: str = "", after: str = "", name: str = "web", **spec: Any
) -> Object:
    """Release nginx:1, then nginx:2 with steps named in its pod template."""
    shop.release("nginx:1", name=name, replicas=1)
    return roll_out_with_steps(shop, before=before, after=after, name=name, **spec)


def roll_out_with_steps(
    shop: Shop,
    image: str = "nginx:2",
    *,
    before: str = "",
    after: str = "",
    name: str = "web",
    snapshots: int = 2,
    **spec: Any,
) -> Object:
    """Roll out an image with steps named in its pod template, and wait until it is recorded."""
    named = {key: text for key, text in ((BEFORE, before), (AFTER, after)) if text}
    pod = {"containers": [{"name": "app", "image": image}], **spec}
    shop.patch({"spec": {"template": {"metadata": {"annotations": named}, "spec": pod}}}, name)
    shop.until_recorded(name, snapshots=snapshots)
    return shop.until_settled(name)


def jobs(shop: Shop) -> list[Object]:
    """List the Jobs of steps, oldest first."""
    found = shop.kubectl("get", "jobs", "-l", "rollback-operator.dev/step", "-o", "json").stdout
    listed: list[Object] = json.loads(found)["items"]
    return sorted(listed, key=_made)


def _made(job: Object) -> tuple[str, bool, int]:
    """Tell when a Job was made; within the same second, which came first."""
    labels = job["metadata"]["labels"]
    is_after = labels["rollback-operator.dev/when"] == "after"
    number = int(labels.get("rollback-operator.dev/number", 0))
    return str(job["metadata"]["creationTimestamp"]), is_after, number


def ran(shop: Shop) -> list[tuple[str, str]]:
    """Return when and as which step each Job ran, in alphabetical order."""
    labels = [job["metadata"]["labels"] for job in jobs(shop)]
    named = (f"rollback-operator.dev/{key}" for key in ("when", "step"))
    when, step = named
    return sorted((label[when], label[step]) for label in labels)


def until_job(shop: Shop, count: int = 1) -> list[Object]:
    """Wait until there are that many Jobs of steps."""

    def listed() -> list[Object] | None:
        found = jobs(shop)
        return found if len(found) >= count else None

    return wait_until(listed, f"{count} Jobs of steps", seconds=60)


def container_of(job: Object) -> Object:
    """Return the one container of a Job."""
    return dict(job["spec"]["template"]["spec"]["containers"][0])


def succeeded(job: Object) -> bool:
    """Whether a Job has completed."""
    conditions = job.get("status", {}).get("conditions", [])
    return any(c["type"] == "Complete" and c["status"] == "True" for c in conditions)


def finish(shop: Shop, job: Object, *, failed: bool = False) -> None:
    """Let the pod of a Job that hangs end, as if its process did."""
    name = job["metadata"]["name"]

    def pod() -> str | None:
        listed = shop.core.list_namespaced_pod(
            shop.namespace, label_selector=f"batch.kubernetes.io/job-name={name}"
        ).items
        return listed[0].metadata.name if listed and listed[0].status.phase == "Running" else None

    running = wait_until(pod, f"the pod of job {name} runs", seconds=60)
    phase = "Failed" if failed else "Succeeded"
    code = 1 if failed else 0
    ended = {"exitCode": code, "reason": phase, "message": "told to end"}
    status = {
        "phase": phase,
        "containerStatuses": [
            {
                "name": "step",
                "image": "tools:1",
                "imageID": "",
                "ready": False,
                "restartCount": 0,
                "state": {"terminated": ended},
            }
        ],
    }
    shop.core.patch_namespaced_pod_status(running, shop.namespace, {"status": status})
