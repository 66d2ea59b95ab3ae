"""What each combination of values renders to, put to the API server."""

import json
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.helm import CHART, Helm, Installation, Object, objects_of
from harness.waiting import wait_until

ELSEWHERE = "elsewhere"
NAMESPACES = (ELSEWHERE, "shop", "bank")
"""Where nothing is installed: what is rendered for them is only tried."""
MONITORING = ("ServiceMonitor", "PrometheusRule")
"""Kinds of the Prometheus operator."""

STRICT = "pod-security.kubernetes.io/enforce=restricted"

OUTSIDE_OF_NAMESPACES = {
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "PriorityClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}


@pytest.fixture(scope="module", autouse=True)
def _namespaces(installation: Installation) -> Iterator[None]:
    for name in NAMESPACES:
        installation.kubectl("create", "namespace", name)
    for kind in MONITORING:
        definition = json.dumps(a_definition(kind, "monitoring.coreos.com", "v1"))
        installation.kubectl("create", "--filename=-", stdin=definition)
        served = ("get", f"{kind.lower()}s.monitoring.coreos.com", "--all-namespaces")
        wait_until(partial(installation.kubectl.succeeds, *served), f"{kind} is served")
    yield
    names = [f"{kind.lower()}s.monitoring.coreos.com" for kind in MONITORING]
    installation.kubectl("delete", "crd", *names)
    installation.kubectl("delete", "namespace", "--wait=false", *NAMESPACES)


@cache
def rendered(helm: Helm, combination: Path, *flags: str) -> list[Object]:
    """Return what a combination renders to, for a release that nobody has installed."""
    return render(helm, combination, *flags)


def render(helm: Helm, combination: Path, *flags: str) -> list[Object]:
    """Render, and parse what comes of it."""
    where = (f"--namespace={ELSEWHERE}", f"--values={combination}")
    return objects_of(helm("template", "other", str(CHART), *where, *flags))


def test_helm_finds_nothing_to_complain_about(helm: Helm, combination: Path) -> None:
    said = helm("lint", str(CHART), "--strict", "--quiet", f"--values={combination}")

    assert "WARNING" not in said


def test_it_is_the_same_each_time(helm: Helm, combination: Path) -> None:
    """Else each sync of a GitOps tool would change something, were it only the signing key."""
    assert render(helm, combination) == render(helm, combination)


def test_the_api_server_accepts_every_object(installation: Installation, combination: Path) -> None:
    version = f"--kube-version={installation.cluster.version}"
    objects = rendered(installation.helm, combination, version)
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})

    flags = ("--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts")
    said = installation.kubectl("apply", *flags, "--filename=-", stdin=manifest)

    assert len(said.splitlines()) == len(objects)
    assert "Warning" not in said


def test_its_pods_may_run_where_the_strictest_security_standard_holds(
    installation: Installation, combination: Path
) -> None:
    installation.kubectl("label", "namespace", ELSEWHERE, "--overwrite", STRICT)
    [deployment] = of_kind(rendered(installation.helm, combination), "Deployment")
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "like-the-operators", "namespace": ELSEWHERE},
        # Neither the account nor the priority class is there, and this is about neither.
        "spec": without(
            deployment["spec"]["template"]["spec"], "serviceAccountName", "priorityClassName"
        ),
    }

    installation.kubectl("create", "--dry-run=server", "--filename=-", stdin=json.dumps(pod))


def test_every_object_says_whose_it_is_and_where(helm: Helm, combination: Path) -> None:
    for found in rendered(helm, combination):
        metadata, kind = found["metadata"], found["kind"]
        assert metadata["labels"]["app.kubernetes.io/instance"] == "other", kind
        assert metadata["labels"]["app.kubernetes.io/part-of"] == "rollback-operator", kind
        assert ("namespace" not in metadata) == (kind in OUTSIDE_OF_NAMESPACES), kind


def test_no_role_has_more_than_was_thought_of(helm: Helm, combination: Path) -> None:
    """No wildcard, no Secret, no way to become somebody else or to get more rights."""
    for role in of_kind(rendered(helm, combination), "Role", "ClusterRole"):
        for rule in role["rules"]:
            words = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
            assert not words & {"*", "secrets", "pods/log", "impersonate", "escalate", "bind"}


def test_only_the_operator_may_write_the_status_of_a_request(helm: Helm, combination: Path) -> None:
    roles = of_kind(rendered(helm, combination), "Role", "ClusterRole")
    bound = {
        binding["roleRef"]["name"]
        for binding in of_kind(rendered(helm, combination), "RoleBinding", "ClusterRoleBinding")
    }

    may = [
        role
        for role in roles
        for rule in role["rules"]
        if "rollbackrequests/status" in rule["resources"]
    ]

    assert {role["metadata"]["name"] for role in may} <= bound
    assert not any("aggregat" in label for role in may for label in role["metadata"]["labels"])


def test_what_users_made_outlives_the_release(helm: Helm, combination: Path) -> None:
    kept = of_kind(rendered(helm, combination), "CustomResourceDefinition", "Secret")

    policies = [found["metadata"]["annotations"]["helm.sh/resource-policy"] for found in kept]
    assert policies == ["keep"] * len(kept)


def test_who_has_no_right_outside_of_namespaces_needs_none(helm: Helm) -> None:
    objects = rendered(helm, CHART / "ci" / "namespace-admin-values.yaml")

    assert {found["kind"] for found in objects} & OUTSIDE_OF_NAMESPACES == set()


def test_the_custom_resource_is_the_generated_one(helm: Helm) -> None:
    [found] = of_kind(
        rendered(helm, CHART / "ci" / "default-values.yaml"), "CustomResourceDefinition"
    )
    generated = yaml.safe_load((CHART.parents[1] / "crds" / "rollbackrequests.yaml").read_text())

    assert (found["spec"], found["metadata"]["name"]) == (
        generated["spec"],
        generated["metadata"]["name"],
    )


def test_without_a_cluster_the_key_is_asked_for_and_not_made(helm: Helm) -> None:
    objects = rendered(helm, CHART / "ci" / "default-values.yaml")

    [deployment] = of_kind(objects, "Deployment")
    [volume] = deployment["spec"]["template"]["spec"]["volumes"]
    assert of_kind(objects, "Secret") == []
    assert volume["secret"]["secretName"] == "other-rollback-operator-signing-key"
    assert not volume["secret"].get("optional")


def a_definition(kind: str, group: str, version: str) -> Object:
    """Return the definition of a custom resource that may have any content."""
    singular, anything = (
        kind.lower(),
        {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    )
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": anything},
    }
    names = {"kind": kind, "plural": f"{singular}s", "singular": singular}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [served]},
    }


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    """Return the objects of some kinds."""
    return [found for found in objects if found["kind"] in kinds]


def without(obj: Object, *keys: str) -> dict[str, Any]:
    """Return an object without some of its fields."""
    return {key: value for key, value in obj.items() if key not in keys}
