"""The operator with less rights than it needs."""

import json

from harness.objects import Object
from harness.shop import Shop

RULES: list[Object] = [
    {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "list", "watch"]},
    {
        "apiGroups": ["rollback-operator.dev"],
        "resources": ["rollbackrequests"],
        "verbs": ["get", "list", "watch"],
    },
    {
        "apiGroups": ["rollback-operator.dev"],
        "resources": ["rollbackrequests/status"],
        "verbs": ["patch"],
    },
    {"apiGroups": ["apps"], "resources": ["deployments/status"], "verbs": ["patch"]},
    {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["list"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]},
]
"""All that the operator needs but the right to patch Deployments."""


def grant(shop: Shop, *more: Object, without: str = "") -> None:
    """Give the ServiceAccount `operator` these rights and more, but for one resource."""
    name = shop.namespace
    rules = [rule for rule in (*RULES, *more) if without not in rule["resources"]]
    group = "rbac.authorization.k8s.io"
    account = {"kind": "ServiceAccount", "name": "operator", "namespace": name}
    role = {"kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
        "subjects": [account],
    }
    for body in (role, binding):
        shop.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": f"{group}/v1", **body}))
