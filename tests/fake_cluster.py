"""A cluster in memory: what the operations need of one, a deployment controller, and faults."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from builders import (
    NAMESPACE,
    RequestBuilder,
    Version,
    a_deployment_object,
    a_replica_set_object,
    a_template,
    counters,
)
from patching import Failed, patched
from rollback_operator.domain.deployment import Deployment, ReplicaSet, owned_by
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import REVISION, REVISION_HISTORY
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject, Template
from rollback_operator.errors import KubeError, Missing, Stale

Result = TypeVar("Result")
CONTROLLERS = {REVISION, REVISION_HISTORY}
CREATED = "2030-01-01T12:00:00Z"
"""When Jobs are made."""


class KilledError(BaseException):
    """The operator's process ends here."""


@dataclass(frozen=True)
class Fault:
    """What happens at a write: `error` instead of it, or after it was stored."""

    error: BaseException
    is_stored: bool = False


class FakeCluster:
    """Keeps objects as the API server shows them.

    `writes` are those that were stored, `faults` what befalls attempts by their number.
    """

    def __init__(self) -> None:
        self.deployments: dict[str, JsonObject] = {}
        self.sets: dict[str, list[JsonObject]] = {}
        self.requests: dict[str, JsonObject] = {}
        self.events: dict[str, JsonObject] = {}
        self.job_objects: dict[str, JsonObject] = {}
        self.cron_jobs: dict[str, JsonObject] = {}
        self.labels: dict[str, str] = {}
        self.terminating = 0
        self.writes: list[str] = []
        self.reads: list[str] = []
        self.faults: dict[int, Fault] = {}
        self.read_faults: list[BaseException] = []
        self.before_write: Callable[[str], None] = lambda _: None
        self.attempts = 0

    # What people and controllers do

    def deploy(self, name: str, *versions: Version, manager: str = "ci") -> None:
        """Roll versions out one after another, each to the end."""
        for version in versions:
            self.roll_out(name, version, manager=manager)
            self.settle(name)

    def roll_out(self, name: str, version: Version, *, manager: str = "ci") -> None:
        """Change the template; the controller has not seen it."""
        if name not in self.deployments:
            self.deployments[name] = a_deployment_object(name, version)
            self.sets[name] = []
        self._set_template(self.deployments[name], a_template(version).body, manager)

    def settle(self, name: str, *, available: int = 2) -> None:
        """Let the controller carry the template out, to the end unless pods stay unavailable."""
        live, sets = self.deployments[name], self.sets[name]
        template = Template(live["spec"]["template"])
        current = _matching(sets, template)
        revision = max((_revision(one) for one in sets), default=0)
        if current is None:
            owner = live["metadata"]["uid"]
            current = a_replica_set_object(template, revision + 1, owner=owner)
            sets.append(current)
        elif _revision(current) < revision:
            kept = current["metadata"]["annotations"]
            earlier = [kept[REVISION_HISTORY]] if REVISION_HISTORY in kept else []
            kept[REVISION_HISTORY] = ",".join([*earlier, kept[REVISION]])
            kept[REVISION] = str(revision + 1)
        annotations = live["metadata"]["annotations"]
        annotations[REVISION] = current["metadata"]["annotations"][REVISION]
        copied = {k: v for k, v in annotations.items() if k not in CONTROLLERS}
        current["metadata"]["annotations"].update(copied)
        for one in sets:
            one["status"]["replicas"] = 2 if one is current else 0
        current["status"]["availableReplicas"] = available
        generation = live["metadata"]["generation"]
        live["status"].update(counters(2, 2, available, observed=generation))
        self._touch(live)

    def undo(self, name: str, version: Version) -> None:
        """Run `kubectl rollout undo`, which replaces the annotations by those of the copy."""
        live = self.deployments[name]
        copied = _matching(self.sets[name], a_template(version))
        assert copied is not None
        annotations = copied["metadata"]["annotations"]
        kept = {k: v for k, v in annotations.items() if k not in CONTROLLERS}
        kept[REVISION] = live["metadata"]["annotations"][REVISION]
        live["metadata"]["annotations"] = kept
        self._set_template(live, a_template(version).body, "kubectl-rollout")
        self.settle(name)

    def end_jobs(self, *, failed: bool = False) -> None:
        """Let all Jobs that run end."""
        ended = {"type": "Failed" if failed else "Complete", "status": "True"}
        for job in self.job_objects.values():
            job.setdefault("status", {"conditions": [ended]})

    def ask(self, request: RequestBuilder) -> RollbackRequest:
        """Create a request."""
        name = request.obj["metadata"]["name"]
        self.requests[name] = _copied(request.obj)
        return self.request_now(name)

    def deployment_now(self, name: str = "web") -> Deployment:
        """Return a Deployment as it is."""
        return Deployment.from_object(_copied(self.deployments[name]))

    def request_now(self, name: str = "back") -> RollbackRequest:
        """Return a request as it is."""
        return RollbackRequest.from_object(_copied(self.requests[name]))

    # What the operations do

    async def deployment(self, namespace: str, name: str) -> Deployment | None:
        self._read(f"deployment {name}")
        found = self.deployments.get(name)
        return Deployment.from_object(_copied(found)) if found and namespace else None

    async def replica_sets(self, deployment: Deployment) -> tuple[ReplicaSet, ...]:
        self._read(f"replicasets {deployment.name}")
        return owned_by(deployment.uid, _copied(self.sets[deployment.name]))

    async def deployment_names(self, namespace: str, selector: Mapping[str, Any]) -> list[str]:
        self._read("deployments")
        return [name for name in self.deployments if namespace and selector]

    async def terminating_pods(self, deployment: Deployment) -> int:
        self._read(f"pods {deployment.name}")
        return self.terminating

    async def pods(self, deployment: Deployment, replica_set: ReplicaSet) -> list[JsonObject]:
        self._read(f"pods {deployment.name} {replica_set.name}")
        return []

    async def cron_job(self, namespace: str, name: str) -> JsonObject | None:
        self._read(f"cronjob {namespace}/{name}")
        return self.cron_jobs.get(name)

    async def jobs(self, namespace: str, labels: Mapping[str, str]) -> list[JsonObject]:
        self._read(f"jobs {namespace} {dict(labels)}")
        jobs = self.job_objects.values()
        return [job for job in jobs if labels.items() <= job["metadata"]["labels"].items()]

    async def create_job(self, job: JsonObject) -> JsonObject:
        made = {**job, "metadata": {**job["metadata"], "creationTimestamp": CREATED}}
        name = job["metadata"]["name"]
        return self._write("job", lambda: self.job_objects.setdefault(name, made))

    async def pods_of_job(self, namespace: str, name: str) -> list[JsonObject]:
        self._read(f"pods {namespace} {name}")
        return []

    async def request(self, namespace: str, name: str) -> RollbackRequest | None:
        self._read(f"request {name}")
        found = self.requests.get(name)
        return RollbackRequest.from_object(_copied(found)) if found and namespace else None

    async def namespace_marks(self, name: str) -> Mapping[str, str]:
        self._read(f"namespace {name}")
        return self.labels

    async def patch(self, deployment: Deployment, patch: Operations) -> Deployment:
        return self._write("deployment", lambda: self._patch(deployment.name, patch))

    async def patch_status(self, deployment: Deployment, patch: Operations) -> None:
        self._write("deployment/status", lambda: self._patch(deployment.name, patch))

    async def patch_request(self, request: RollbackRequest, patch: Operations) -> RollbackRequest:
        def apply() -> RollbackRequest:
            self.requests[request.name] = _applied(self.requests[request.name], patch)
            self._touch(self.requests[request.name])
            return self.request_now(request.name)

        return self._write("request/status", apply)

    async def delete_request(self, request: RollbackRequest) -> None:
        def apply() -> None:
            found = self.requests.get(request.name)
            if found is not None and found["metadata"]["uid"] == request.uid:
                del self.requests[request.name]

        self._write("request deleted", apply)

    async def create_event(self, namespace: str, event: JsonObject) -> None:
        assert event["metadata"]["namespace"] == namespace == NAMESPACE
        with contextlib.suppress(KubeError):
            self._write("event", lambda: self.events.setdefault(event["metadata"]["name"], event))

    def _patch(self, name: str, patch: Operations) -> Deployment:
        if name not in self.deployments:
            message = f"there is no deployment {name}"
            raise Missing(message)
        old = self.deployments[name]
        new = _applied(old, patch)
        self.deployments[name] = new
        if new["spec"]["template"] != old["spec"]["template"]:
            self._set_template(new, new["spec"]["template"], "rollback-operator")
        self._touch(new)
        return self.deployment_now(name)

    def _read(self, what: str) -> None:
        self.reads.append(what)
        if self.read_faults:
            raise self.read_faults.pop(0)

    def _write(self, what: str, apply: Callable[[], Result]) -> Result:
        self.before_write(what)
        fault = self.faults.pop(self.attempts, None)
        self.attempts += 1
        if fault is not None and not fault.is_stored:
            raise fault.error
        result = apply()
        self.writes.append(what)
        if fault is not None:
            raise fault.error
        return result

    def _set_template(self, live: JsonObject, body: Mapping[str, Any], manager: str) -> None:
        live["spec"]["template"] = _copied(dict(body))
        live["metadata"]["generation"] += 1
        owned: JsonObject = {"f:spec": {"f:template": {}}}
        written = {"manager": manager, "time": "2030-01-01T13:00:00Z", "fieldsV1": owned}
        live["metadata"]["managedFields"] = [written]

    def _touch(self, obj: JsonObject) -> None:
        obj["metadata"]["resourceVersion"] = str(int(obj["metadata"]["resourceVersion"]) + 1)


def _copied(obj: Result) -> Result:
    """Return a copy, as what comes through the API is one: faster than by `copy.deepcopy`."""
    copied: Result = json.loads(json.dumps(obj))
    return copied


def _applied(obj: JsonObject, patch: Operations) -> JsonObject:
    try:
        return patched(obj, patch)
    except Failed as error:
        raise Stale(str(error)) from error


def _matching(sets: list[JsonObject], template: Template) -> JsonObject | None:
    for one in sets:
        carried = Template(one["spec"]["template"])
        if carried.same_as(template) and carried.restarted_at == template.restarted_at:
            return one
    return None


def _revision(replica_set: JsonObject) -> int:
    return int(replica_set["metadata"]["annotations"][REVISION])
