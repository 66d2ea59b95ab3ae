"""Tells a story again on a real control plane: after each scene all must be as it was written."""

import json
from functools import partial
from http import HTTPStatus

from kubernetes.client.exceptions import ApiException

from fake_cluster import CONTROLLERS
from harness.errors import HarnessError
from harness.objects import HISTORY, TEMPLATES, Object, annotations, is_observed
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until
from model.owed import NAMES
from model.versions import Version
from model.workloads import REPLICAS
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.names import RESTARTED_AT
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.signing import Keyring
from stories.script import Act, Scene, Seen, differences, of_deployment, of_request
from stories.writing import Story

PATIENT = {"startingDeadlineSeconds": 3600, "timeoutSeconds": 3600}
"""No deadline comes into it."""


class Performance:
    """One story in a namespace, with an operator of its own that is started and killed."""

    def __init__(self, shop: Shop, operator: OperatorProcess, keyring: Keyring) -> None:
        self._shop = shop
        self._operator = operator
        self._keyring = keyring
        self._kept: dict[str, str] = {}

    def of(self, story: Story) -> None:
        """Perform all scenes.

        Raises:
            AssertionError: something is otherwise than it was written; with all that was done.
        """
        done: list[str] = []
        for scene in story:
            done.extend(map(str, scene.acts))
            try:
                for act in scene.acts:
                    self._perform(act)
                self._compare(scene)
            except (AssertionError, HarnessError) as error:
                acts = "\n  ".join(done)
                message = f"{error}\nafter\n  {acts}"
                raise AssertionError(message) from error

    def _perform(self, act: Act) -> None:  # noqa: C901, PLR0912 - one line for each doing
        shop = self._shop
        match act:
            case Act("start"):
                self._operator.start()
            case Act("stop"):
                self._operator.kill()
            case Act("create", (str(name), Version() as version, bool(copied))):
                self._create(name, version, self._kept if copied else {})
            case Act("delete", (str(name),)):
                self._delete(name)
            case Act("release", (str(name), Version() as version)):
                containers = [a_container(version)]
                shop.patch({"spec": {"template": {"spec": {"containers": containers}}}}, name)
            case Act("restart", (str(name), stamp)):
                stamped = {"metadata": {"annotations": {RESTARTED_AT: stamp}}}
                shop.patch({"spec": {"template": stamped}}, name, field_manager="kubectl-rollout")
            case Act("undo_to", (str(name), revision)):
                shop.until_observed(name)
                shop.kubectl("rollout", "undo", f"deployment/{name}", f"--to-revision={revision}")
            case Act("scale", (str(name), int(replicas))):
                shop.scale(replicas, name)
            case Act("pause", (str(name), paused)):
                shop.patch({"spec": {"paused": paused or None}}, name)
            case Act("label", (str(name), labels)):
                self._label(name, labels)
            case Act("wipe", (str(name),)):
                shop.patch({"metadata": {"annotations": {HISTORY: None, TEMPLATES: None}}}, name)
            case Act("place", (str(name), spec)):
                shop.request_spec({**spec, **PATIENT}, name)
            case Act("withdraw", (str(name),)):
                shop.delete_request(name)
            case _:
                message = f"nobody knows how to {act}"
                raise TypeError(message)

    def _create(self, name: str, version: Version, kept: Object) -> None:
        labels = {"app": name}
        pod = {"terminationGracePeriodSeconds": 1, "containers": [a_container(version)]}
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "annotations": kept},
            "spec": {
                "replicas": REPLICAS,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        }
        self._shop.apps.create_namespaced_deployment(self._shop.namespace, body, field_manager="ci")

    def _delete(self, name: str) -> None:
        found = annotations(self._shop.deployment(name))
        self._kept = {key: text for key, text in found.items() if key not in CONTROLLERS}
        self._shop.apps.delete_namespaced_deployment(name, self._shop.namespace)
        wait_until(partial(self._is_gone, name), f"deployment {name} is gone")

    def _is_gone(self, name: str) -> bool:
        try:
            self._shop.deployment(name)
        except ApiException as error:
            return bool(error.status == HTTPStatus.NOT_FOUND)
        return False

    def _label(self, name: str, labels: Object) -> None:
        present = self._shop.deployment(name)["metadata"].get("labels") or {}
        wanted = dict.fromkeys(present) | labels
        if wanted:
            self._shop.patch({"metadata": {"labels": wanted}}, name)

    def _compare(self, scene: Scene) -> None:
        """Wait until controllers and operator have done their part, and all is as written."""
        for name, done in scene.rollouts.items():
            has_come = partial(_has_come_as_far, done=done)
            self._shop.until("deployment", name, has_come, f"its rollout is done: {done}")
        if scene.seen is None:
            return
        self._shop.until_seen()
        expected = scene.seen
        try:
            wait_until(lambda: self._seen() == expected, "all is as written", seconds=60)
        except HarnessError:
            otherwise = "\n".join(differences(self._seen(), expected))
            if otherwise:
                raise AssertionError(otherwise) from None

    def _seen(self) -> Seen:
        """Return what is to be seen, in the words of the story."""
        shop = self._shop
        lives = _listed(shop.kubectl("get", "deployments", "-o", "json").stdout)
        sets = list(_listed(shop.kubectl("get", "replicasets", "-o", "json").stdout).values())
        requests = _listed(shop.kubectl("get", "rbr", "-o", "json").stdout)
        return {
            "deployments": {
                name: of_deployment(Deployment.from_object(lives[name]), sets, self._keyring)
                for name in NAMES
                if name in lives
            },
            "requests": {
                name: of_request(RollbackRequest.from_object(found).status)
                for name, found in requests.items()
            },
        }


def a_container(version: Version) -> Object:
    """Return the container of a version; the image says how it fails."""
    ending = "" if version.is_healthy else "-never-ready"
    variable = {"name": "CONFIG", "value": version.config}
    return {"name": "web", "image": f"nginx:{version.image}{ending}", "env": [variable]}


def _has_come_as_far(deployment: Object, *, done: bool) -> bool:
    return is_observed(deployment) and Deployment.from_object(deployment).is_done is done


def _listed(text: str) -> dict[str, Object]:
    return {found["metadata"]["name"]: found for found in json.loads(text)["items"]}
