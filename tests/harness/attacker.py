"""A plain user with a token, and no right but those that a test gives."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from harness.kubectl import Kubectl
from harness.shop import Shop
from harness.waiting import wait_until

Object = dict[str, Any]
GROUP, VERSION, PLURAL = "rollback-operator.dev", "v1alpha1", "rollbackrequests"


@dataclass(frozen=True)
class Right:
    """A rule of a Role."""

    group: str
    resource: str
    verbs: Sequence[str]
    names: Sequence[str] = ()

    @property
    def rule(self) -> Object:
        """Return it as RBAC has it."""
        rule = {"apiGroups": [self.group], "resources": [self.resource], "verbs": list(self.verbs)}
        return {**rule, "resourceNames": list(self.names)} if self.names else rule

    def questions(self, namespace: str) -> list[Object]:
        """Return what to ask to see whether the right is known to the API server."""
        resource, _, subresource = self.resource.partition("/")
        asked: Object = {
            "namespace": namespace,
            "group": self.group,
            "resource": resource,
            "subresource": subresource,
        }
        named = [{**asked, "name": name} for name in self.names] or [asked]
        return [{**each, "verb": verb} for each in named for verb in self.verbs]


ASK = Right(GROUP, PLURAL, ("create", "get", "patch", "update"))
"""May make requests, and nothing else."""


def may_patch(*names: str) -> Right:
    """Return the right to patch Deployments, all or named ones."""
    return Right("apps", "deployments", ("get", "patch"), names)


def may_roll_back(*names: str) -> Right:
    """Return the right to roll Deployments back without that to patch them."""
    return Right("apps", "deployments/rollback", ("create",), names)


STATUS_OF_DEPLOYMENTS = Right("apps", "deployments/status", ("get", "patch"))
STATUS_OF_REQUESTS = Right(GROUP, f"{PLURAL}/status", ("get", "patch", "update"))


class Attacker:
    """A ServiceAccount's token in the hands of somebody who tries what they may."""

    def __init__(self, shop: Shop, name: str, *rights: Right) -> None:
        self.namespace = shop.namespace
        self.username = f"system:serviceaccount:{shop.namespace}:{name}"
        path = shop.cluster.kubeconfig_for_service_account(shop.namespace, name)
        self._grant(shop, name, rights)
        self.kubectl = Kubectl(shop.cluster.bin / "kubectl", path)
        self.api = config.new_client_from_config(str(path))
        self.apps = client.AppsV1Api(self.api)
        self.batch = client.BatchV1Api(self.api)
        self.core = client.CoreV1Api(self.api)
        self._custom = client.CustomObjectsApi(self.api)

    def request(self, spec: Object, name: str = "back", **more: Any) -> Object:
        """Make a request; `metadata` is merged, other keys stand beside the spec."""
        metadata = {"name": name, **more.pop("metadata", {})}
        body = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": "RollbackRequest",
            "metadata": metadata,
            "spec": spec,
            **more,
        }
        return dict(
            self._custom.create_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, body
            )
        )

    def change(self, name: str, change: Object) -> Object:
        """Patch a request."""
        return dict(
            self._custom.patch_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, name, change
            )
        )

    def change_status(self, name: str, change: Object) -> Object:
        """Patch a request by its status subresource."""
        return dict(
            self._custom.patch_namespaced_custom_object_status(
                GROUP, VERSION, self.namespace, PLURAL, name, change
            )
        )

    def annotate(self, name: str, values: dict[str, str | None]) -> None:
        """Write a Deployment's annotations by way of its status, as one with few rights can."""
        change = {"metadata": {"annotations": values}}
        self.apps.patch_namespaced_deployment_status(name, self.namespace, change)

    def _grant(self, shop: Shop, name: str, rights: Sequence[Right]) -> None:
        rbac = client.RbacAuthorizationV1Api(shop.api)
        role = {"metadata": {"name": name}, "rules": [right.rule for right in rights]}
        rbac.create_namespaced_role(shop.namespace, role)
        binding = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": shop.namespace}],
        }
        rbac.create_namespaced_role_binding(shop.namespace, binding)
        reviews = client.AuthorizationV1Api(shop.api)

        def is_known(question: Object) -> bool:
            body = {"spec": {"user": self.username, "resourceAttributes": question}}
            return bool(reviews.create_subject_access_review(body).status.allowed)

        for question in (q for right in rights for q in right.questions(shop.namespace)):
            wait_until(lambda q=question: is_known(q), f"{self.username} may {question}")  # type: ignore[misc]


def refusal(attempt: Callable[[], Any]) -> tuple[int, str]:
    """Return the code and message with which the API server refused an attempt."""
    try:
        attempt()
    except ApiException as error:
        return error.status, str(json.loads(error.body)["message"])
    message = "the API server let it pass"
    raise AssertionError(message)


def stamps(shop: Shop) -> bool:
    """Whether the cluster can write down who asked: Kubernetes 1.36 and newer."""
    return tuple(map(int, shop.cluster.version.split("."))) >= (1, 36)


def versions(shop: Shop) -> dict[str, str]:
    """Return the resourceVersion of every Deployment."""
    found = json.loads(shop.kubectl("get", "deployments", "-o", "json").stdout)["items"]
    return {d["metadata"]["name"]: d["metadata"]["resourceVersion"] for d in found}
