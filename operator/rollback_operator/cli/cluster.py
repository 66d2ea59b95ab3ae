"""What the plugin may do in a cluster: read Deployments, read and create RollbackRequests."""

from typing import Protocol

from rollback_operator.domain.template import JsonObject


class Cluster(Protocol):
    """One cluster, seen by one user; each call may end in a `Problem`."""

    @property
    def namespace(self) -> str:
        """The namespace that is meant where none is named."""
        ...

    def deployment(self, name: str) -> JsonObject:
        """Read a Deployment."""
        ...

    def deployment_names(self) -> list[str]:
        """List the Deployments of the namespace."""
        ...

    def request(self, name: str) -> JsonObject:
        """Read a request."""
        ...

    def requests(self, *, everywhere: bool = False) -> list[JsonObject]:
        """List the requests of the namespace, or of all."""
        ...

    def create(self, request: JsonObject, *, dry_run: bool = False) -> JsonObject:
        """Create a request; in a dry run the API server only says whether it would."""
        ...

    def changed(self, request: JsonObject, seconds: int) -> JsonObject:
        """Return the request as it is once it differs from this one, or after that time."""
        ...
