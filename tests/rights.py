"""Compares what the chart's ServiceAccount may do with what the audit log says that it did."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from harness import audit
from harness.helm import Installation

Object = dict[str, Any]

FOR_EVERYBODY: Final = frozenset({"selfsubjectaccessreviews"})
"""Whoever is authenticated may ask what they may do: no role of ours grants it."""


@dataclass(frozen=True, order=True)
class Right:
    """A verb on a kind of objects."""

    group: str
    resource: str
    verb: str


def granted(installation: Installation) -> set[Right]:
    """Return the rights that roles bound to the ServiceAccount give it."""
    return {right for rules in _bound(installation) for rule in rules for right in _rights(rule)}


def used(installation: Installation) -> set[Right]:
    """Return the rights that the ServiceAccount has made use of."""
    return {_right(event) for event in _events(installation) if event.code != FORBIDDEN}


def denied(installation: Installation) -> list[tuple[Right, str]]:
    """Return what was refused to it for want of a right."""
    refused = (event for event in _events(installation) if event.code == FORBIDDEN)
    return [(_right(event), f"{event.namespace}/{event.name}") for event in refused]


FORBIDDEN: Final = 403


def _right(event: audit.AuditEvent) -> Right:
    resource = f"{event.resource}/{event.subresource}" if event.subresource else event.resource
    return Right(event.group, resource, event.verb)


def _events(installation: Installation) -> Iterator[audit.AuditEvent]:
    log = installation.cluster.audit_log
    assert log is not None, "this cluster has no audit log to see rights in use"
    account = f"system:serviceaccount:{installation.namespace}:{installation.service_account()}"
    for event in audit.events(log):
        if event.user == account and event.resource not in FOR_EVERYBODY:
            yield event


def _bound(installation: Installation) -> Iterator[list[Object]]:
    """Yield the rules of each role that is bound to the ServiceAccount."""
    kubectl, account = installation.kubectl, installation.service_account()
    for kind in ("clusterrolebindings", "rolebindings"):
        for binding in kubectl.json("get", kind, "--all-namespaces")["items"]:
            subject = {
                "kind": "ServiceAccount",
                "name": account,
                "namespace": installation.namespace,
            }
            if subject not in (binding.get("subjects") or []):
                continue
            role, metadata = binding["roleRef"], binding["metadata"]
            where = [f"--namespace={metadata['namespace']}"] if role["kind"] == "Role" else []
            yield kubectl.json("get", role["kind"], role["name"], *where)["rules"]


def _rights(rule: Object) -> Iterator[Right]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                yield Right(group, resource, verb)
