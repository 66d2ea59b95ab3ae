"""What may be secret is nowhere to be read: not in a status, an Event or the operator's log."""

import json

import pytest

from builders.policies import apply
from builders.steps import AFTER, BEFORE, declare
from harness.objects import Object
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until

OLD, NEW, TOLD = "hunter2-of-old", "hunter2-of-new", "hunter2-of-steps"
"""In the environment and arguments of each version, and of the steps between them."""


def configure(shop: Shop, secret: str, image: str, snapshots: int, **metadata: Object) -> None:
    """Roll out a version that has a secret wherever people put one."""
    container = {
        "name": "app",
        "image": image,
        "env": [{"name": "TOKEN", "value": secret}],
        "command": ["serve", f"--password={secret}"],
        "args": ["--key", secret],
        "lifecycle": {"postStart": {"exec": {"command": ["tell", secret]}}},
    }
    template = {"metadata": metadata, "spec": {"containers": [container]}}
    shop.patch({"spec": {"template": template}})
    shop.until_done()
    shop.until_recorded(snapshots=snapshots)


@pytest.fixture
def released(shop: Shop) -> Shop:
    """Two versions with secrets, of which the live one has steps that are told some, too."""
    declare(shop, "drain", args=["--password", TOLD])
    declare(shop, "warm", "tools:job-fails", env=[{"name": "TOKEN", "value": TOLD}])
    shop.deploy(replicas=1)
    shop.until_recorded(snapshots=1)
    configure(shop, OLD, "nginx:1", 2)
    configure(shop, NEW, "nginx:2", 3, annotations={BEFORE: "drain", AFTER: "warm"})
    return shop


def places(shop: Shop, operator: OperatorProcess) -> dict[str, str]:
    """Return all that people read of what the operator does."""
    requests = shop.kubectl("get", "rbr", "-o", "json").stdout
    return {
        "requests": requests,
        "events": shop.kubectl("get", "events", "-o", "json").stdout,
        "log": operator.log.read_text(),
        "condition": str(shop.deployment()["status"]["conditions"]),
    }


def leaks(shop: Shop, operator: OperatorProcess) -> list[tuple[str, str]]:
    found = places(shop, operator)
    return [(s, p) for s in (OLD, NEW, TOLD) for p, text in found.items() if s in text]


def test_neither_a_preview_nor_a_rollback_with_steps_tells_it(
    released: Shop, shared_operator: OperatorProcess
) -> None:
    for number, mode in enumerate(("All", "Artifacts")):
        released.roll_back(f"preview-{number}", dryRun=True, components={"mode": mode})

    status = released.roll_back()

    assert status["reason"] == "AfterFailed"
    changed = {c["name"]: (c["from"], c["to"]) for c in status["targets"][0]["components"]}
    assert changed["app/config"] == ("(changed)", "(changed)")
    assert leaks(released, shared_operator) == []


def test_neither_does_a_policy_that_quotes_what_it_denies(
    released: Shop, shared_operator: OperatorProcess
) -> None:
    name = released.namespace
    args = "object.spec.template.spec.containers[0].args"
    rule = {
        "expression": f"{args}.size() < 2 || {args}[1] != '{OLD}'",
        "messageExpression": f"'this is not allowed: ' + {args}[1]",
    }
    match = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
        "resourceRules": [
            {
                "apiGroups": ["apps"],
                "apiVersions": ["v1"],
                "operations": ["UPDATE"],
                "resources": ["deployments"],
            }
        ],
    }
    policy = {"matchConstraints": match, "validations": [rule]}
    apply(released, "ValidatingAdmissionPolicy", name, policy)
    binding = {"policyName": name, "validationActions": ["Deny"]}
    apply(released, "ValidatingAdmissionPolicyBinding", name, binding)
    containers = [{"name": "app", "args": ["--key", OLD]}]
    change = json.dumps({"spec": {"template": {"spec": {"containers": containers}}}})
    probe = ("patch", "deployment", "web", "--dry-run=server", "-p", change)
    wait_until(lambda: released.kubectl(*probe, check=False).returncode != 0, "the policy denies")

    previewed = released.roll_back("preview", dryRun=True)
    status = released.roll_back(components={"mode": "Selected", "names": ["app/config"]})

    kinds = "validatingadmissionpolicybinding,validatingadmissionpolicy"
    released.kubectl("delete", kinds, name)
    assert "this is not allowed" in previewed["message"]
    assert status["reason"] == "PatchRejected"
    assert "this is not allowed" in status["message"]
    assert leaks(released, shared_operator) == []
