"""When the API server says no to the patch: by its policies, its rules or its rights."""

from collections.abc import Iterator

import pytest

import harness
from builders.accounts import grant
from builders.policies import apply, mirror
from conftest import StartsOperators
from harness.shop import Shop
from harness.waiting import wait_until


@pytest.fixture
def policy(empty_shop: Shop) -> Iterator[Shop]:
    """A policy of the cluster that denies the image `forbidden` to Deployments here."""
    name = empty_shop.namespace
    match = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
        "resourceRules": [
            {
                "apiGroups": ["apps"],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["deployments"],
            }
        ],
    }
    containers = "object.spec.template.spec.containers"
    rule = {
        "expression": f"!{containers}.exists(c, c.image.contains('outdated'))",
        "message": "outdated images are not allowed any more",
    }
    apply(
        empty_shop,
        "ValidatingAdmissionPolicy",
        name,
        {"failurePolicy": "Fail", "matchConstraints": match, "validations": [rule]},
    )
    yield empty_shop
    kinds = "validatingadmissionpolicybinding,validatingadmissionpolicy"
    empty_shop.kubectl("delete", kinds, name, "--ignore-not-found")


def enforce(shop: Shop) -> None:
    """Bind the policy, and wait until it is in force."""
    name = shop.namespace
    binding = {"policyName": name, "validationActions": ["Deny"]}
    apply(shop, "ValidatingAdmissionPolicyBinding", name, binding)
    probe = ("create", "deployment", "probe", "--image=outdated", "--dry-run=server")
    wait_until(lambda: shop.kubectl(*probe, check=False).returncode != 0, "the policy is in force")


def test_a_template_that_a_policy_denies_today_is_rejected_by_name(
    policy: Shop, start_operator: StartsOperators
) -> None:
    start_operator(policy)
    before = policy.release("nginx:outdated", "nginx:2")
    enforce(policy)

    status = policy.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "PatchRejected")
    assert "outdated images are not allowed any more" in status["message"]
    assert f"{policy.namespace}/web" in status["message"]
    after = policy.deployment()["metadata"]["resourceVersion"]
    assert after == before["metadata"]["resourceVersion"]


def test_a_denied_patch_is_not_tried_again(policy: Shop, start_operator: StartsOperators) -> None:
    start_operator(policy)
    policy.release("nginx:outdated", "nginx:2")
    enforce(policy)

    policy.roll_back()

    tried = [w for w in policy.operator_attempts() if not w.subresource]
    assert [w.code for w in tried] == [422]


def test_without_the_right_to_patch_it_says_which_one_is_missing(
    empty_shop: Shop, cluster: harness.Cluster, start_operator: StartsOperators
) -> None:
    """The same 403 for ever: who takes it for a passing fault tries for minutes."""
    kubeconfig = cluster.kubeconfig_for_service_account(empty_shop.namespace, "operator")
    grant(empty_shop)
    start_operator(empty_shop, KUBECONFIG=str(kubeconfig))
    before = empty_shop.release("nginx:1", "nginx:2")

    status = empty_shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "Forbidden")
    assert f"{empty_shop.namespace}/web" in status["message"]
    assert 'cannot patch resource "deployments"' in status["message"]
    after = empty_shop.deployment()["metadata"]["resourceVersion"]
    assert after == before["metadata"]["resourceVersion"]
    empty_shop.kubectl("delete", "clusterrolebinding,clusterrole", empty_shop.namespace)


def test_without_the_right_to_list_replica_sets_a_request_ends_all_the_same(
    empty_shop: Shop, cluster: harness.Cluster, start_operator: StartsOperators
) -> None:
    """A missing right to read must not leave a request Queued for ever."""
    kubeconfig = cluster.kubeconfig_for_service_account(empty_shop.namespace, "operator")
    recorder = start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    recorder.kill()
    grant(empty_shop, without="replicasets")
    start_operator(empty_shop, KUBECONFIG=str(kubeconfig))

    status = empty_shop.roll_back(to={"revision": 1}, startingDeadlineSeconds=5)

    assert status["phase"] == "Exception"
    assert 'cannot list resource "replicasets"' in status["message"]
    empty_shop.kubectl("delete", "clusterrolebinding,clusterrole", empty_shop.namespace)


def test_a_policy_that_rewrites_images_does_not_supersede_a_rollback(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Stored differs from sent for ever: who compares these never comes to an end."""
    if empty_shop.cluster.version < "1.36":
        pytest.skip("MutatingAdmissionPolicy is served from 1.36 on")
    start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    mirror(empty_shop)

    status = empty_shop.roll_back()
    empty_shop.kubectl(
        "delete", "mutatingadmissionpolicybinding,mutatingadmissionpolicy", empty_shop.namespace
    )

    assert status["reason"] == "RolledBack"
    assert empty_shop.image() == "mirror/nginx:1"
    assert empty_shop.roll_back("again")["reason"] == "AlreadyRolledBack"
