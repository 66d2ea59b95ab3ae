"""The plugin's gateway to the API server: the one module that knows the Kubernetes client.

The client takes a quarter of a second to load, so this is imported when something is read.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException
from urllib3.exceptions import HTTPError
from yaml import YAMLError

from rollback_operator import __version__
from rollback_operator.cli import problems
from rollback_operator.cli.connection import Connection
from rollback_operator.cli.problems import Problem
from rollback_operator.domain.names import GROUP, PLURAL, VERSION
from rollback_operator.domain.nesting import loads
from rollback_operator.domain.template import JsonObject

CALLER: Final = "kubectl-rollback"
"""Field manager and User-Agent; the operator's own begin with `rollback-operator`."""
CONNECT_SECONDS, READ_SECONDS = 10, 30
IN_CLUSTER: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
IN_CLUSTER_HOST: Final = "KUBERNETES_SERVICE_HOST"


class ApiCluster:
    """A cluster behind the official client, so that every way to log in works as in kubectl."""

    def __init__(self, connection: Connection) -> None:
        with _told("the cluster"):
            self._client = _client(connection)
            self._namespace = connection.namespace or _default_namespace(connection)
        self._apps = client.AppsV1Api(self._client)
        self._custom = client.CustomObjectsApi(self._client)

    @property
    def namespace(self) -> str:
        """The namespace that is meant where none is named."""
        return self._namespace

    def deployment(self, name: str) -> JsonObject:
        """Read a Deployment."""
        return self._read(self._apps.read_namespaced_deployment, name, self.namespace)

    def deployment_names(self) -> list[str]:
        """List the Deployments of the namespace."""
        found = self._read(self._apps.list_namespaced_deployment, self.namespace)
        return [item["metadata"]["name"] for item in found["items"]]

    def request(self, name: str) -> JsonObject:
        """Read a request."""
        return self._read(self._custom.get_namespaced_custom_object, *self._path, name)

    def requests(self, *, everywhere: bool = False) -> list[JsonObject]:
        """List the requests of the namespace, or of all."""
        listing = self._custom.list_namespaced_custom_object
        path = self._path
        if everywhere:
            listing, path = self._custom.list_cluster_custom_object, (GROUP, VERSION, PLURAL)
        return list(self._read(listing, *path)["items"])

    def create(self, request: JsonObject, *, dry_run: bool = False) -> JsonObject:
        """Create a request; in a dry run the API server only says whether it would."""
        return self._read(
            self._custom.create_namespaced_custom_object,
            *self._path,
            request,
            field_manager=CALLER,
            field_validation="Strict",
            **({"dry_run": "All"} if dry_run else {}),
        )

    def changed(self, request: JsonObject, seconds: int) -> JsonObject:
        """Return the request as it is once it differs from this one, or after that time.

        Where it may be read but not watched, it is read after that time.
        """
        name = request["metadata"]["name"]
        try:
            event = self._next_event(request, seconds)
        except Problem:
            time.sleep(seconds)
            return self.request(name)
        match event:
            case None:
                return request
            case {"type": "DELETED"}:
                raise problems.deleted_meanwhile(self.namespace, name)
            case {"type": "ERROR"}:
                return self.request(name)
            case _:
                return dict(event["object"])

    def _next_event(self, request: JsonObject, seconds: int) -> JsonObject | None:
        with _told(self._host):
            answer = self._open(
                self._custom.list_namespaced_custom_object,
                *self._path,
                field_selector=f"metadata.name={request['metadata']['name']}",
                resource_version=request["metadata"]["resourceVersion"],
                timeout_seconds=seconds,
                watch=True,
            )
            try:
                line = next(iter(answer), None)
                return loads(line.decode()) if line else None
            finally:
                answer.release_conn()

    def _read(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> JsonObject:  # noqa: ANN401
        with _told(self._host):
            found: JsonObject = loads(self._open(call, *arguments, **options).data.decode())
            return found

    def _open(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Call the client without its models: objects as the API server sent them."""
        timeouts = (CONNECT_SECONDS, READ_SECONDS)
        return call(*arguments, _preload_content=False, _request_timeout=timeouts, **options)

    @property
    def _path(self) -> tuple[str, ...]:
        return GROUP, VERSION, self.namespace, PLURAL

    @property
    def _host(self) -> str:
        return str(self._client.configuration.host)


def _client(connection: Connection) -> Any:  # noqa: ANN401 - the client has no types
    if _is_in_cluster(connection):
        settings = client.Configuration()
        config.load_incluster_config(client_configuration=settings)
        found = client.ApiClient(settings)
    else:
        found = config.new_client_from_config(connection.kubeconfig, connection.context)
    found.user_agent = f"{CALLER}/{__version__}"
    if connection.user:
        found.set_default_header("Impersonate-User", connection.user)
    if connection.group:
        found.set_default_header("Impersonate-Group", connection.group)
    return found


def _default_namespace(connection: Connection) -> str:
    if _is_in_cluster(connection):
        return IN_CLUSTER.read_text().strip()
    contexts, current = config.list_kube_config_contexts(connection.kubeconfig)
    wanted = connection.context
    chosen = next((c for c in contexts if c["name"] == wanted), current) if wanted else current
    return str(chosen["context"].get("namespace") or "default")


def _is_in_cluster(connection: Connection) -> bool:
    """Whether there is a pod's ServiceAccount and no kubeconfig."""
    named = connection.kubeconfig or connection.context or os.environ.get("KUBECONFIG")
    at_home = Path("~/.kube/config").expanduser().exists()
    return not named and not at_home and IN_CLUSTER_HOST in os.environ and IN_CLUSTER.exists()


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what the client raises into a problem that says what to do."""
    try:
        yield
    except (ConfigException, YAMLError) as error:
        raise problems.no_configuration(str(error)) from error
    except ApiException as error:
        raise problems.answered(error.status, error.body) from error
    except (HTTPError, OSError) as error:
        raise problems.unreachable(where, str(error)) from error
