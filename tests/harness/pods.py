"""What befalls the pods of a Deployment, whatever its template says."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from kubernetes.client.exceptions import ApiException

from harness.namespace import PATIENCE, Namespace, raw
from harness.objects import Object
from harness.waiting import wait_until


class Pods(Namespace):
    """Lets pods crash, become ready, or never be made."""

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
        found = raw(self.core.list_namespaced_pod, self.namespace, label_selector=selector)
        return list(found["items"])

    def block_pods(self) -> None:
        """Let no new pod be made: every rollout with a surge hangs, and what runs goes on."""
        self.core.create_namespaced_resource_quota(
            self.namespace, {"metadata": {"name": "full"}, "spec": {"hard": {"pods": "1"}}}
        )

        def is_enforced() -> bool:
            quota = raw(self.core.read_namespaced_resource_quota, "full", self.namespace)
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


def _are_ready(containers: Sequence[Object]) -> bool:
    return all(container["ready"] for container in containers)
