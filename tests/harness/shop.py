"""A namespace to work in: roll out, restart, undo, request, and wait for what comes of it."""

import json
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest import SkipTest
from uuid import uuid4

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

from harness import audit
from harness.cluster import Cluster
from harness.operator_process import OperatorProcess
from harness.waiting import wait_until

Object = dict[str, Any]
PATIENCE = 120
"""Seconds to wait for anything: a bound for what hangs, never a measure of speed."""

HISTORY = "rollback-operator.dev/history"
TEMPLATES = "rollback-operator.dev/templates"
CLAIM = "rollback-operator.dev/claim"


class Shop:
    """One namespace of a cluster, seen by its administrator; `operators` look after it."""

    def __init__(self, cluster: Cluster, *operators: OperatorProcess, prefix: str = "shop") -> None:
        self.cluster = cluster
        self.operators = list(operators)
        api = api_client(cluster.kubeconfig)
        self.api = api
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)
        self.custom = client.CustomObjectsApi(api)
        self.namespace = f"{prefix}-{uuid4().hex[:10]}"
        self._since = audit.mark(cluster.audit_log) if cluster.audit_log else 0
        self.core.create_namespace({"metadata": {"name": self.namespace}})

    def close(self) -> None:
        """Delete the namespace where nothing else will, and do not wait for it.

        To delete one is more work for a control plane than most tests are.
        """
        if self.cluster.outlives_us:
            self.core.delete_namespace(self.namespace)

    # kubectl

    def kubectl(
        self,
        *arguments: str,
        input: str | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl in the namespace, as an administrator."""
        command = [str(self.cluster.bin / "kubectl"), "--kubeconfig", str(self.cluster.kubeconfig)]
        done = subprocess.run(
            [*command, "-n", self.namespace, *arguments],
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            message = f"kubectl {' '.join(arguments)}: {done.stderr}"
            raise AssertionError(message)
        return done

    # Deployments

    def deploy(self, image: str = "nginx:1", *, name: str = "web", **changes: Any) -> Object:
        """Create a Deployment of one container `app` and wait until it is done.

        `replicas`, `annotations` (None for no map) and `spec` (merged into the Deployment's spec)
        may be given; `template` replaces the pod template's spec; `wait=False` does not wait.
        """
        wait = changes.pop("wait", True)
        body = a_deployment(name, image, **changes)
        self.apps.create_namespaced_deployment(self.namespace, body, field_manager="ci")
        return self.until_done(name) if wait else self.deployment(name)

    def release(self, *images: str, name: str = "web", **changes: Any) -> Object:
        """Deploy the first image and roll out the others, each once the one before is recorded.

        And copied: what is on a ReplicaSet afterwards must not depend on who was faster.
        """
        for number, image in enumerate(images, start=1):
            if number == 1:
                self.deploy(image, name=name, **changes)
            else:
                self.roll_out(image, name=name)
            self.until_recorded(name, snapshots=number)
            self.until_copied(name)
        return self.until_settled(name)

    def deployment(self, name: str = "web") -> Object:
        """Read a Deployment."""
        return _raw(self.apps.read_namespaced_deployment, name, self.namespace)

    def patch(self, change: Object | list[Object], name: str = "web", **options: Any) -> Object:
        """Patch a Deployment: a list is a JSON Patch, an object a strategic merge patch."""
        return _raw(
            self.apps.patch_namespaced_deployment,
            name,
            self.namespace,
            change,
            **{"field_manager": "ci", **options},
        )

    def roll_out(
        self, image: str, *, name: str = "web", container: str = "app", wait: bool = True
    ) -> Object:
        """Set a container's image and, by default, wait until the rollout is done."""
        containers = [{"name": container, "image": image}]
        self.patch({"spec": {"template": {"spec": {"containers": containers}}}}, name)
        return self.until_done(name) if wait else self.deployment(name)

    def roll_out_in_vain(self, image: str = "nginx:never-ready", *, name: str = "web") -> Object:
        """Roll out an image that fails, and wait until that shows."""
        self.roll_out(image, name=name, wait=False)
        return self.until_failing(name)

    def apply(
        self, image: str, *, manager: str = "ci", name: str = "web", **changes: Any
    ) -> Object:
        """Apply, server-side, what `deploy` would create; wait until it is done."""
        manifest = json.dumps(a_deployment(name, image, **changes))
        flags = ("--server-side", "--force-conflicts", f"--field-manager={manager}")
        self.kubectl("apply", *flags, "-f", "-", input=manifest)
        return self.until_done(name)

    def scale(self, replicas: int, name: str = "web") -> Object:
        """Scale a Deployment."""
        return self.patch({"spec": {"replicas": replicas}}, name)

    def undo(self, name: str = "web", revision: int = 0) -> Object:
        """Run `kubectl rollout undo` and wait until it is done.

        It counts revisions, so the controller must have numbered the live one.
        """
        self.until_observed(name)
        self.kubectl("rollout", "undo", f"deployment/{name}", f"--to-revision={revision}")
        return self.until_done(name)

    def restart(self, name: str = "web") -> Object:
        """Run `kubectl rollout restart` and wait until it is done."""
        self.kubectl("rollout", "restart", f"deployment/{name}")
        return self.until_done(name)

    def break_pods(self, name: str = "web") -> Object:
        """Let all pods of a Deployment crash from now on, though its template is what it was."""
        for pod in self._pods(name):
            containers = pod["spec"]["containers"]
            crashing = [{"name": c["name"], "image": "nginx:crash-loop"} for c in containers]
            change = {"spec": {"containers": crashing}}
            self.core.patch_namespaced_pod(pod["metadata"]["name"], self.namespace, change)
        return self.until(
            "deployment",
            name,
            lambda d: not d["status"].get("availableReplicas", 0),
            "its pods to fail",
        )

    def mend_pods(self, name: str = "web") -> None:
        """Let the pods of a Deployment that fail become ready, whatever their image says.

        Not those that are ready: they leave as soon as the first of the others is.
        """
        conditions = [{"type": t, "status": "True"} for t in ("ContainersReady", "Ready")]
        for pod in wait_until(partial(self._failing_pods, name), "the kubelet's first word"):
            running = [
                {**c, "ready": True, "started": True, "state": {"running": {}}}
                for c in pod["status"]["containerStatuses"]
            ]
            status = {"phase": "Running", "conditions": conditions, "containerStatuses": running}
            self.core.patch_namespaced_pod_status(
                pod["metadata"]["name"], self.namespace, {"status": status}
            )

    def _failing_pods(self, name: str) -> list[Object] | None:
        """Return a Deployment's pods that fail, once the kubelet has said of each how it is."""
        pods = self._pods(name)
        said = [pod["status"].get("containerStatuses", []) for pod in pods]
        failing = [
            pod for pod, containers in zip(pods, said, strict=True) if not _are_ready(containers)
        ]
        return failing if all(said) else None

    def _pods(self, name: str) -> list[Object]:
        selector = f"app={name}"
        found = _raw(self.core.list_namespaced_pod, self.namespace, label_selector=selector)
        return list(found["items"])

    def block_pods(self) -> None:
        """Let no new pod be made: every rollout with a surge hangs, and what runs goes on."""
        self.core.create_namespaced_resource_quota(
            self.namespace, {"metadata": {"name": "full"}, "spec": {"hard": {"pods": "1"}}}
        )

        def is_enforced() -> bool:
            quota = _raw(self.core.read_namespaced_resource_quota, "full", self.namespace)
            used = quota.get("status", {}).get("used")
            return bool(used) and (used["pods"] == "0" or self._is_denied_a_pod())

        wait_until(is_enforced, "the quota is enforced", seconds=PATIENCE)

    def _is_denied_a_pod(self) -> bool:
        """Whether admission, which looks into a cache of its own, denies one pod more."""
        pod = {"metadata": {"name": "probe"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
        try:
            self.core.create_namespaced_pod(self.namespace, pod, dry_run="All")
        except ApiException as error:
            return bool(error.status == HTTPStatus.FORBIDDEN)
        return False

    def allow_pods(self) -> None:
        """Take `block_pods` back."""
        self.core.delete_namespaced_resource_quota("full", self.namespace)

    def rewind(self, earlier: Mapping[str, str], name: str = "web") -> None:
        """Put earlier annotations of ours back, with no later copy left on any ReplicaSet.

        It takes a while: an operator that runs meanwhile repairs some of it.
        """
        change = {"metadata": {"annotations": {k: earlier.get(k) for k in (HISTORY, TEMPLATES)}}}
        self.patch(change, name)
        # The controller copies to the newest ReplicaSet, which no writer of its own can undo.
        for replica_set in self.replica_sets(name):
            owned = replica_set["metadata"]["name"]
            self.apps.patch_namespaced_replica_set(owned, self.namespace, change)

    def replica_sets(self, name: str = "web") -> list[Object]:
        """List the ReplicaSets of a Deployment, oldest revision first."""
        found = _raw(self.apps.list_namespaced_replica_set, self.namespace)["items"]
        owned = [r for r in found if r["metadata"]["ownerReferences"][0]["name"] == name]
        return sorted(owned, key=lambda r: int(annotations(r)["deployment.kubernetes.io/revision"]))

    def newest(self, name: str = "web") -> Object:
        """Return the ReplicaSet of the newest revision."""
        return self.replica_sets(name)[-1]

    def image(self, name: str = "web", container: str = "app") -> str:
        """Return the image that the Deployment asks for."""
        containers = self.deployment(name)["spec"]["template"]["spec"]["containers"]
        return next(str(c["image"]) for c in containers if c["name"] == container)

    # Requests

    def request(self, name: str = "back", target: str = "web", **spec: Any) -> Object:
        """Create a request for one target.

        Keys of a target (`to`, `from_`, `components`, `pin`) go there, others into the spec.
        """
        keys = ("to", "from_", "components", "pin")
        of_target = {k.rstrip("_"): spec.pop(k) for k in keys if k in spec}
        return self.request_spec({"targets": [{"name": target, **of_target}], **spec}, name)

    def request_spec(self, spec: Object, name: str = "back") -> Object:
        """Create a request with that spec."""
        body = {
            "apiVersion": "rollback-operator.dev/v1alpha1",
            "kind": "RollbackRequest",
            "metadata": {"name": name},
            "spec": spec,
        }
        created = self.custom.create_namespaced_custom_object(
            "rollback-operator.dev", "v1alpha1", self.namespace, "rollbackrequests", body
        )
        return dict(created)

    def rollback_request(self, name: str = "back") -> Object:
        """Read a request."""
        found = self.custom.get_namespaced_custom_object(
            "rollback-operator.dev", "v1alpha1", self.namespace, "rollbackrequests", name
        )
        return dict(found)

    def delete_request(self, name: str = "back") -> None:
        """Delete a request."""
        self.custom.delete_namespaced_custom_object(
            "rollback-operator.dev", "v1alpha1", self.namespace, "rollbackrequests", name
        )

    def roll_back(self, name: str = "back", target: str = "web", **spec: Any) -> Object:
        """Create a request, wait until it ends, and return its status."""
        self.request(name, target, **spec)
        return self.until_over(name)

    # Waiting

    def until(
        self, kind: str, name: str, holds: Callable[[Object], bool], what: str = "it"
    ) -> Object:
        """Watch an object (`deployment`, `rollbackrequest`) until something holds of it."""
        last: Object = {}
        for last in self._versions(kind, name):
            if holds(last):
                return last
        message = f"{kind} {self.namespace}/{name}: waited {PATIENCE} s for {what}; last seen: "
        raise AssertionError(message + json.dumps(_brief(last), indent=1))

    def until_done(self, name: str = "web") -> Object:
        """Wait until a Deployment's rollout is done by the counters."""
        return self.until("deployment", name, is_done, "its rollout to be done")

    def until_observed(self, name: str = "web") -> Object:
        """Wait until the controller has seen the Deployment as it is."""
        return self.until("deployment", name, is_observed, "the controller to see it")

    def until_failing(self, name: str = "web") -> Object:
        """Wait until the live template has pods, and some are not available."""

        def is_failing(deployment: Object) -> bool:
            status = deployment.get("status", {})
            counters = [status.get(k, 0) for k in ("updatedReplicas", "unavailableReplicas")]
            return is_observed(deployment) and all(counters)

        return self.until("deployment", name, is_failing, "its new pods to fail")

    def until_copied(self, name: str = "web") -> None:
        """Wait until the newest ReplicaSet has the history that the Deployment has."""

        def is_copied() -> bool:
            kept = [annotations(o).get(HISTORY) for o in (self.deployment(name), self.newest(name))]
            return kept[0] == kept[1]

        wait_until(is_copied, f"the history of {name} is copied", seconds=PATIENCE)

    def until_settled(self, name: str = "web") -> Object:
        """Wait until the controllers have nothing left to write to a Deployment."""

        def is_settled(deployment: Object) -> bool:
            progressing = condition(deployment, "Progressing").get("reason")
            leaving = deployment["status"].get("terminatingReplicas", 0)
            return is_done(deployment) and not leaving and progressing == "NewReplicaSetAvailable"

        return self.until("deployment", name, is_settled, "it to settle")

    def until_recorded(self, name: str = "web", snapshots: int | None = None) -> Object:
        """Wait until the live template is recorded; return the history.

        With `snapshots`, until the history has that many. Without, until it names the live
        revision, which fails after a restart: then say the number.
        """

        def is_recorded(deployment: Object) -> bool:
            found = history(deployment)
            if found is None:
                return False
            if snapshots is not None:
                return len(found["snapshots"]) == snapshots
            live = annotations(deployment).get("deployment.kubernetes.io/revision")
            return str(found["revision"]) == live and is_done(deployment)

        seen = self.until("deployment", name, is_recorded, "its rollout to be recorded")
        found = history(seen)
        assert found is not None
        return found

    def until_over(self, name: str = "back") -> Object:
        """Wait until a request has ended; return its status."""
        seen = self.until("rollbackrequest", name, is_over, "its end")
        return dict(seen["status"])

    def until_phase(self, phase: str, name: str = "back") -> Object:
        """Wait until a request is in a phase and the operator said why; return its status."""

        def is_there(request: Object) -> bool:
            status = request.get("status", {})
            return status.get("phase") == phase and "reason" in status

        seen = self.until("rollbackrequest", name, is_there, f"phase {phase}")
        return dict(seen["status"])

    def until_seen(self) -> None:
        """Wait until the operator has answered all that has happened so far.

        Each Deployment, as it is now, was looked after by every operator that runs here, and no
        request that is over is being worked on.
        """
        operators = [operator for operator in self.operators if operator.is_running]
        assert operators, "no operator runs that could see anything"
        if not (deployments := self._names_and_versions()):
            self._deploy_marker()
            deployments = self._names_and_versions()
        over = [f"{self.namespace}/{name}" for name in self._requests_that_are_over()]

        def has_seen_all(operator: OperatorProcess) -> bool:
            assert operator.is_running, operator.log.read_text()[-4000:]
            diary = operator.diary
            return all(diary.has_looked_after(*one) for one in deployments.items()) and not any(
                diary.is_at_work_on(request) for request in over
            )

        for operator in operators:
            what = f"the operator has answered {deployments} and is done with {over}"
            wait_until(partial(has_seen_all, operator), what, seconds=PATIENCE)

    def operator_writes(self, name: str = "web") -> list[audit.AuditEvent]:
        """Return what the operator wrote to a Deployment, once it has seen all that happened."""
        return [attempt for attempt in self.operator_attempts(name) if attempt.succeeded]

    def operator_attempts(self, name: str = "web") -> list[audit.AuditEvent]:
        """Return what the operator tried to write to a Deployment, refused attempts included."""
        self.until_seen()
        tried = self.audited(audit.WRITES, resource="deployments", name=name)
        return [w for w in tried if w.user_agent.startswith(("rollback-operator", "kopf"))]

    def stored_writes(self, resource: str, name: str) -> list[audit.AuditEvent]:
        """Return the operator's writes to an object that succeeded, up to this call.

        Unlike `operator_writes` it needs no operator to be running.
        """
        written = self.audited(audit.WRITES, resource=resource, name=name)
        return [w for w in written if w.succeeded and w.user_agent.startswith("rollback-operator")]

    def audited(
        self,
        verbs: Iterable[str] = audit.WRITES,
        *,
        resource: str | None = None,
        name: str | None = None,
        since: int = 0,
    ) -> list[audit.AuditEvent]:
        """Return what the API server was asked about objects of this namespace, up to this call."""
        log = self._audit_log()
        marker = f"marker-{uuid4().hex}"
        self.core.create_namespaced_config_map(self.namespace, {"metadata": {"name": marker}})

        def found() -> list[audit.AuditEvent]:
            begin = max(since, self._since)
            return list(audit.events(log, since=begin, mentioning=self.namespace))

        wait_until(
            lambda: any(event.name == marker for event in found()),
            "the marker is in the audit log",
            seconds=PATIENCE,
        )
        return [
            event
            for event in found()
            if event.verb in set(verbs)
            and event.namespace == self.namespace
            and resource in {None, event.resource}
            and name in {None, event.name}
        ]

    def _audit_log(self) -> Path:
        if self.cluster.audit_log is None:
            message = "this cluster has no audit log to look things up in"
            raise SkipTest(message)
        return self.cluster.audit_log

    def _names_and_versions(self) -> dict[str, int]:
        """Return each Deployment as the operator names it, with its resourceVersion."""
        found = _raw(self.apps.list_namespaced_deployment, self.namespace)["items"]
        metadata = [deployment["metadata"] for deployment in found]
        return {f"{self.namespace}/{m['name']}": int(m["resourceVersion"]) for m in metadata}

    def _requests_that_are_over(self) -> list[str]:
        arguments = self._listing("rollbackrequest")[1]
        found = self.custom.list_namespaced_custom_object(*arguments)["items"]
        return [str(request["metadata"]["name"]) for request in found if is_over(request)]

    def _deploy_marker(self) -> None:
        """Make a Deployment of which nothing comes but that the operator sees it."""
        labels = {"rollback-operator.dev/record": "disabled"}
        marker = a_deployment("marker", "nginx:1", replicas=0, labels=labels)
        self.apps.create_namespaced_deployment(self.namespace, marker)

    @contextmanager
    def without(self, operator: OperatorProcess) -> Iterator[None]:
        """Kill the operator once it has seen all that happened; start it again afterwards."""
        self.until_seen()
        operator.kill()
        yield
        operator.start()

    def _versions(self, kind: str, name: str) -> Iterator[Object]:
        """Yield the object as it is, and then each of its later versions."""
        deadline = time.monotonic() + PATIENCE
        listing, arguments = self._listing(kind)
        only = {"field_selector": f"metadata.name={name}"}
        while (left := deadline - time.monotonic()) > 0:
            # A list goes over a connection that is there; a watch needs one of its own.
            found = _raw(listing, *arguments, **only)
            yield from found["items"]
            stream = watch.Watch().stream(
                listing,
                *arguments,
                **only,
                resource_version=found["metadata"]["resourceVersion"],
                timeout_seconds=max(int(left), 1),
            )
            try:
                for event in stream:
                    if event["type"] != "DELETED":
                        yield event["raw_object"]
            except ApiException as error:
                if error.status != 410:
                    raise

    def _listing(self, kind: str) -> tuple[Callable[..., Any], Sequence[str]]:
        if kind == "deployment":
            return self.apps.list_namespaced_deployment, [self.namespace]
        return self.custom.list_namespaced_custom_object, [
            "rollback-operator.dev",
            "v1alpha1",
            self.namespace,
            "rollbackrequests",
        ]


@cache
def api_client(kubeconfig: Path) -> client.ApiClient:
    """Return the one client for a kubeconfig, with connections that are used again."""
    return config.new_client_from_config(str(kubeconfig))


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


def _are_ready(containers: Sequence[Object]) -> bool:
    return all(container["ready"] for container in containers)


def _raw(call: Callable[..., Any], *arguments: Any, **options: Any) -> Object:
    """Call the client without its models: objects as the API server sent them."""
    response = call(*arguments, **options, _preload_content=False)
    return dict(json.loads(response.data))


def _brief(obj: Object) -> Object:
    return {"spec": obj.get("spec", {}).get("replicas"), "status": obj.get("status")}
