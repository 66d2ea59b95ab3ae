"""Ask for a rollback, and wait for what comes of it."""

from typing import Any

from harness.namespace import Namespace
from harness.objects import Object, is_over


class Requests(Namespace):
    """Creates requests, reads and deletes them."""

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
