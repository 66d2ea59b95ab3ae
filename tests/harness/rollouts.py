"""Roll out, restart, undo, scale, and wait for what comes of it."""

import json
from collections.abc import Mapping
from typing import Any

from harness.namespace import PATIENCE, Namespace, raw
from harness.objects import (
    HISTORY,
    TEMPLATES,
    Object,
    a_deployment,
    annotations,
    condition,
    history,
    is_done,
    is_observed,
)
from harness.waiting import wait_until


class Rollouts(Namespace):
    """Does with Deployments what people and tools do."""

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
        return raw(self.apps.read_namespaced_deployment, name, self.namespace)

    def patch(self, change: Object | list[Object], name: str = "web", **options: Any) -> Object:
        """Patch a Deployment: a list is a JSON Patch, an object a strategic merge patch."""
        return raw(
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
        found = raw(self.apps.list_namespaced_replica_set, self.namespace)["items"]
        owned = [r for r in found if r["metadata"]["ownerReferences"][0]["name"] == name]
        return sorted(owned, key=lambda r: int(annotations(r)["deployment.kubernetes.io/revision"]))

    def newest(self, name: str = "web") -> Object:
        """Return the ReplicaSet of the newest revision."""
        return self.replica_sets(name)[-1]

    def image(self, name: str = "web", container: str = "app") -> str:
        """Return the image that the Deployment asks for."""
        containers = self.deployment(name)["spec"]["template"]["spec"]["containers"]
        return next(str(c["image"]) for c in containers if c["name"] == container)

    # Waiting

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
