"""A dry run looks around: at what the old version needs, at policies, quotas and budgets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from harness import audit
from harness.objects import Object
from harness.shop import Shop
from harness.waiting import wait_until

HIDDEN = "hunter2-and-more"
OLD = {"revision": 1}


def preview(shop: Shop, **spec: Any) -> Object:
    """Make a dry run; return what it says of its target, which nothing refuses."""
    status = shop.roll_back("preview", dryRun=True, **spec)
    assert (status["phase"], status["reason"]) == ("Completed", "Previewed")
    return dict(status["targets"][0]["preview"])


def release(shop: Shop, old: Object, config: Object, replicas: int = 2) -> None:
    """Roll out `nginx:1` with a pod spec and a container's configuration, then `nginx:2` bare."""
    container = {"name": "app", "image": "nginx:1", **config}
    shop.deploy(pod={"containers": [container], **old}, replicas=replicas)
    shop.until_recorded(snapshots=1)
    plain = {"containers": [{"name": "app", "image": "nginx:2"}]}
    shop.patch([{"op": "replace", "path": "/spec/template/spec", "value": plain}])
    shop.until_recorded(snapshots=2)
    shop.until_settled()


def an_object(kind: str, name: str, version: str = "v1", **parts: Any) -> Object:
    """Return an object of the API."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **parts}


def make(shop: Shop, *objects: Object) -> None:
    """Create objects in the namespace of the shop."""
    items = {"apiVersion": "v1", "kind": "List", "items": objects}
    shop.kubectl("apply", "-f", "-", input=json.dumps(items))


@pytest.fixture
def with_needs(shop: Shop) -> Shop:
    """The old version needs objects, of which the live one knows nothing; all are there.

    There are no pods, which would need a volume behind the claim: so the version is to be named.
    """
    disk = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    make(
        shop,
        an_object("ConfigMap", "conf"),
        an_object("ConfigMap", "env"),
        an_object("ServiceAccount", "robot"),
        an_object("PersistentVolumeClaim", "disk", spec=disk),
        an_object("Secret", "tls"),
    )
    volumes = [
        {"name": "conf", "configMap": {"name": "conf"}},
        {"name": "tls", "secret": {"secretName": "tls"}},
        {"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}},
        {"name": "extra", "configMap": {"name": "never-there", "optional": True}},
    ]
    config = {"envFrom": [{"configMapRef": {"name": "env"}}]}
    release(shop, {"volumes": volumes, "serviceAccountName": "robot"}, config, replicas=0)
    return shop


def test_what_is_there_is_not_missing_and_secrets_are_never_read(with_needs: Shop) -> None:
    found = preview(with_needs, to=OLD)

    assert (found["wouldSucceed"], found["missing"]) == (True, [])
    assert found["unchecked"] == ["Secret tls: Secrets are never read"]


def test_what_is_gone_is_named(with_needs: Shop) -> None:
    with_needs.kubectl("delete", "configmap/conf", "configmap/env", "serviceaccount/robot")
    with_needs.kubectl("delete", "secret/tls", "persistentvolumeclaim/disk")

    status = with_needs.roll_back("preview", dryRun=True, to=OLD)

    found = status["targets"][0]["preview"]
    assert (status["reason"], found["wouldSucceed"]) == ("Previewed", False)
    assert found["missing"] == [
        "ServiceAccount robot",
        "ConfigMap conf",
        "PersistentVolumeClaim disk",
        "ConfigMap env",
    ]
    assert (
        "would not succeed: ServiceAccount robot is gone; ConfigMap conf is gone"
        in (status["message"])
    )


def test_no_secret_is_read_and_nothing_is_listed_that_can_be_asked_for_by_name(
    with_needs: Shop,
) -> None:
    preview(with_needs, to=OLD)

    assert asked(with_needs, "secrets") == []
    assert asked(with_needs, "configmaps") == [("get", "conf"), ("get", "env")]


def asked(shop: Shop, resource: str) -> list[tuple[str, str]]:
    """Return verb and name of what the operator asked the API server about objects of a kind."""
    shop.until_seen()
    return sorted(
        (event.verb, event.name)
        for event in shop.audited(audit.READS | audit.WRITES, resource=resource)
        if event.user_agent.startswith("rollback-operator")
    )


def limit_pods(shop: Shop, hard: str) -> None:
    """Make a ResourceQuota, and wait until it counts."""
    make(shop, an_object("ResourceQuota", "small", spec={"hard": {"pods": hard}}))
    shop.kubectl("wait", "resourcequota/small", "--for=jsonpath={.status.used.pods}=2")


@pytest.mark.parametrize(("hard", "fits"), [("2", False), ("3", True)])
def test_a_quota_is_computed_that_the_patch_does_not_run_into(
    shop: Shop,
    hard: str,
    fits: bool,  # noqa: FBT001 - a parameter
) -> None:
    shop.release("nginx:1", "nginx:2")
    limit_pods(shop, hard)

    found = preview(shop)

    line = {"name": "small", "resource": "pods", "hard": hard, "used": "2", "needed": "3"}
    assert found["quota"] == [{**line, "fits": fits}]
    assert (found["wouldSucceed"], found["serverSays"]) == (fits, [])


def test_the_headroom_of_disruption_budgets_is_named(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    for name, app in (("ours", "web"), ("others", "api")):
        spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": app}}}
        make(shop, an_object("PodDisruptionBudget", name, "policy/v1", spec=spec))
    counted = "--for=jsonpath={.status.disruptionsAllowed}=1"
    shop.kubectl("wait", "poddisruptionbudget/ours", counted)

    assert preview(shop)["disruptionBudgets"] == [{"name": "ours", "disruptionsAllowed": 1}]


def test_a_warning_of_the_server_is_passed_on(shop: Shop) -> None:
    """PodSecurity warns at Deployments, and denies only their pods."""
    shop.release("nginx:1", "nginx:2")
    labels = {"pod-security.kubernetes.io/warn": "restricted"}
    shop.core.patch_namespace(shop.namespace, {"metadata": {"labels": labels}})
    probe = ("create", "deployment", "probe", "--image=a", "--dry-run=server")
    wait_until(lambda: "would violate" in shop.kubectl(*probe).stderr, "the label counts")

    found = preview(shop)

    [warning] = found["serverSays"]
    assert 'would violate PodSecurity "restricted:latest"' in warning
    assert '"app"' in warning
    assert found["wouldSucceed"]


@pytest.fixture
def policy(shop: Shop) -> Iterator[Shop]:
    """A policy denies the old version, and quotes its configuration in saying so."""
    config = {"env": [{"name": "TOKEN", "value": HIDDEN}]}
    release(shop, {}, config)
    name = f"no-old-{shop.namespace}"
    make(shop, *a_policy(name, shop.namespace))
    old = {"containers": [{"name": "app", "image": "nginx:1", **config}]}
    wait_until(lambda: is_denied(shop, {"spec": {"template": {"spec": old}}}), "it is in force")
    yield shop
    shop.kubectl("delete", f"validatingadmissionpolicybinding/{name}")
    shop.kubectl("delete", f"validatingadmissionpolicy/{name}")


def a_policy(name: str, namespace: str) -> tuple[Object, Object]:
    """Return a policy for the Deployments of one namespace, and its binding."""
    version, containers = "admissionregistration.k8s.io/v1", "object.spec.template.spec.containers"
    denial = {
        "expression": f"{containers}.all(c, c.image != 'nginx:1')",
        "messageExpression": f"'nginx:1 is forbidden, with ' + {containers}[0].env[0].value",
    }
    rule = {
        "apiGroups": ["apps"],
        "apiVersions": ["v1"],
        "operations": ["UPDATE"],
        "resources": ["deployments"],
    }
    here = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    match = {"resourceRules": [rule], "namespaceSelector": here}
    spec = {"matchConstraints": match, "validations": [denial]}
    binding = {"policyName": name, "validationActions": ["Deny"]}
    return (
        an_object("ValidatingAdmissionPolicy", name, version, spec=spec),
        an_object("ValidatingAdmissionPolicyBinding", name, version, spec=binding),
    )


def is_denied(shop: Shop, change: Object) -> bool:
    """Whether the API server would deny a change of the Deployment."""
    try:
        shop.patch(change, dry_run="All")
    except ApiException as error:
        return "is forbidden" in str(error.body)
    return False


def test_a_denial_is_told_and_does_not_give_secrets_away(policy: Shop) -> None:
    status = policy.roll_back("preview", dryRun=True)

    found = status["targets"][0]["preview"]
    assert (status["phase"], status["reason"]) == ("Completed", "Previewed")
    assert not found["wouldSucceed"]
    [denial] = found["serverSays"]
    assert denial.endswith("nginx:1 is forbidden, with (hidden)")
    assert "the API server refuses the patch" in status["message"]
    assert HIDDEN not in str(policy.rollback_request("preview")["status"])
    assert HIDDEN not in str(policy.core.list_namespaced_event(policy.namespace).to_dict())


def test_a_rollback_that_is_denied_does_not_give_secrets_away_either(policy: Shop) -> None:
    status = policy.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "PatchRejected")
    assert "nginx:1 is forbidden" in status["message"]
    assert HIDDEN not in str(policy.rollback_request()["status"])
    assert HIDDEN not in str(policy.core.list_namespaced_event(policy.namespace).to_dict())
