"""Admission policies that come between the operator and what it writes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.objects import Object
from harness.shop import Shop
from harness.waiting import wait_until


def apply(shop: Shop, kind: str, name: str, spec: Object) -> None:
    """Apply an admission policy object."""
    version = "admissionregistration.k8s.io/v1"
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
    shop.kubectl("apply", "-f", "-", input=json.dumps(body))


def mirror(shop: Shop) -> None:
    """Let a policy put `mirror/` in front of the image of every Deployment here."""
    name = shop.namespace
    containers = "object.spec.template.spec.containers"
    patch = (
        f'[JSONPatch{{op: "replace", path: "/spec/template/spec/containers/0/image",'
        f' value: "mirror/" + {containers}[0].image}}]'
    )
    apply(
        shop,
        "MutatingAdmissionPolicy",
        name,
        {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "Never",
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
                "resourceRules": [
                    {
                        "apiGroups": ["apps"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["deployments"],
                    }
                ],
            },
            "matchConditions": [
                {"name": "new", "expression": f'!{containers}[0].image.startsWith("mirror/")'}
            ],
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}],
        },
    )
    apply(shop, "MutatingAdmissionPolicyBinding", name, {"policyName": name})
    probe = ("create", "deployment", "probe", "--image=x", "--dry-run=server", "-o", "yaml")
    wait_until(lambda: "mirror/x" in shop.kubectl(*probe).stdout, "the policy is in force")


@contextmanager
def mirrored(shop: Shop) -> Iterator[None]:
    """Let that policy be in force for a while."""
    if shop.cluster.version < "1.36":
        pytest.skip("MutatingAdmissionPolicy is served from 1.36 on")
    mirror(shop)
    try:
        yield
    finally:
        kinds = "mutatingadmissionpolicybinding,mutatingadmissionpolicy"
        shop.kubectl("delete", kinds, shop.namespace, "--ignore-not-found")
