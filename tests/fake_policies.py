"""Admission policies in memory: all that the chart installs, each of which a test may spoil."""

from typing import Any

from rollback_operator.domain.admission import CHECKS, MUTATING, STAMP, STAMPED, VALIDATING, Found

Object = dict[str, Any]
VALIDATE = tuple((VALIDATING, check) for check in CHECKS)


class FakePolicies:
    """The policies of a release named `guard`; `asked` are those that were read."""

    def __init__(self, *, stamping: bool = True, since: str = "2030-01-01T11:00:00Z") -> None:
        self.policies: dict[str, Object] = {}
        self.bindings: dict[str, Object] = {}
        self.asked: list[str] = []
        self.error: Exception | None = None
        for kind, end in (*VALIDATE, *([(MUTATING, STAMP)] if stamping else [])):
            name = f"guard-{end}"
            self.policies[name] = a_policy(name, since, stamped=stamping and end == "requester")
            self.bindings[name] = a_binding(name, since, validating=kind == VALIDATING)

    async def policy(self, kind: str, name: str) -> Found:
        """Read a policy and its binding, as the gateway does."""
        self.asked.append(name)
        if self.error is not None:
            raise self.error
        return Found(kind, name, self.policies.get(name), self.bindings.get(name))


def a_policy(name: str, since: str, *, stamped: bool) -> Object:
    """Return a policy, as far as it is looked at."""
    labels = {STAMPED: "true" if stamped else "false"}
    metadata = {"name": name, "creationTimestamp": since, "labels": labels}
    return {"metadata": metadata, "spec": {"failurePolicy": "Fail"}}


def a_binding(name: str, since: str, *, validating: bool) -> Object:
    """Return the binding of a policy."""
    spec: Object = {"policyName": name}
    if validating:
        spec["validationActions"] = ["Deny"]
    return {"metadata": {"name": name, "creationTimestamp": since}, "spec": spec}
