"""A namespace of its own for each test, and how to wait there for what an object becomes."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

from harness import audit
from harness.cluster import Cluster
from harness.objects import Object
from harness.operator_process import OperatorProcess

PATIENCE = 120
"""Seconds to wait for anything: a bound for what hangs, never a measure of speed."""


class Namespace:
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
        self.since = audit.mark(cluster.audit_log) if cluster.audit_log else 0
        self.core.create_namespace({"metadata": {"name": self.namespace}})

    def close(self) -> None:
        """Delete the namespace where nothing else will, and do not wait for it.

        To delete one is more work for a control plane than most tests are.
        """
        if self.cluster.outlives_us:
            self.core.delete_namespace(self.namespace)

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

    def _versions(self, kind: str, name: str) -> Iterator[Object]:
        """Yield the object as it is, and then each of its later versions."""
        deadline = time.monotonic() + PATIENCE
        listing, arguments = self.listing(kind)
        only = {"field_selector": f"metadata.name={name}"}
        while (left := deadline - time.monotonic()) > 0:
            # A list goes over a connection that is there; a watch needs one of its own.
            found = raw(listing, *arguments, **only)
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

    def listing(self, kind: str) -> tuple[Callable[..., Any], Sequence[str]]:
        """Return the call that lists a kind in the namespace, and its arguments."""
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


def raw(call: Callable[..., Any], *arguments: Any, **options: Any) -> Object:
    """Call the client without its models: objects as the API server sent them."""
    response = call(*arguments, **options, _preload_content=False)
    return dict(json.loads(response.data))


def _brief(obj: Object) -> Object:
    return {"spec": obj.get("spec", {}).get("replicas"), "status": obj.get("status")}
