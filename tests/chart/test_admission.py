"""Which admission policies the chart renders: by what is served, by version, or as it is told."""

from collections.abc import Sequence

import pytest

from harness.helm import Helm

STAMP, VALIDATE = "MutatingAdmissionPolicy", "ValidatingAdmissionPolicy"
KEY = "--set=signingKey.existingSecret=key"
ASKED = "--api-versions=apps/v1/Deployment"
SERVED = "--api-versions=admissionregistration.k8s.io/v1/MutatingAdmissionPolicy"


def kinds(helm: Helm, *flags: str) -> list[str]:
    """Return the kinds of the policies that are rendered."""
    rendered = [found["kind"] for found in helm.template(KEY, *flags)]
    return [kind for kind in rendered if kind.endswith("AdmissionPolicy")]


@pytest.mark.parametrize(
    ("flags", "stamps"),
    [
        (["--kube-version=1.35.0"], 0),
        (["--kube-version=1.36.0"], 1),
        (["--kube-version=1.36.1-gke.100"], 1),
        (["--kube-version=1.37.0", ASKED], 0),
        (["--kube-version=1.37.0", ASKED, SERVED], 1),
        (["--kube-version=1.35.0", "--set=admission.policies=All"], 1),
        (["--kube-version=1.37.0", "--set=admission.policies=Validating"], 0),
    ],
)
def test_requests_are_stamped_where_that_is_served(
    helm: Helm, flags: Sequence[str], stamps: int
) -> None:
    found = kinds(helm, *flags)

    assert (found.count(STAMP), found.count(VALIDATE)) == (stamps, 4)


def test_none_are_rendered_for_those_who_bring_their_own(helm: Helm) -> None:
    assert kinds(helm, "--set=admission.policies=None") == []


@pytest.mark.parametrize("stamping", [True, False])
def test_the_policy_of_the_requester_says_whether_a_stamp_is_required(
    helm: Helm, *, stamping: bool
) -> None:
    policies = "All" if stamping else "Validating"
    rendered = helm.template(KEY, f"--set=admission.policies={policies}")

    labels = [
        found["metadata"]["labels"].get("rollback-operator.dev/stamped")
        for found in rendered
        if found["kind"] == VALIDATE
    ]
    assert [label for label in labels if label] == [str(stamping).lower()]


def test_each_policy_fails_closed_and_is_bound_to_deny(helm: Helm) -> None:
    rendered = helm.template(KEY, "--set=admission.policies=All")
    policies = [p for p in rendered if p["kind"] in {STAMP, VALIDATE}]
    bindings = [p for p in rendered if p["kind"] == f"{VALIDATE}Binding"]

    assert {p["spec"]["failurePolicy"] for p in policies} == {"Fail"}
    assert [b["spec"]["validationActions"] for b in bindings] == [["Deny"]] * 4
    assert all("matchResources" not in b["spec"] for b in bindings)


def test_in_chosen_namespaces_the_policies_bind_only_those(helm: Helm) -> None:
    flags = ("--set=namespaced=true", "--set=settings.namespaces={shop,bank}")
    rendered = helm.template(KEY, "--set=admission.policies=All", *flags)
    bindings = [p["spec"] for p in rendered if p["kind"].endswith("AdmissionPolicyBinding")]

    selectors = [b["matchResources"]["namespaceSelector"]["matchExpressions"] for b in bindings]
    wanted = {
        "key": "kubernetes.io/metadata.name",
        "operator": "In",
        "values": ["shop", "bank"],
    }
    assert selectors == [[wanted]] * 5


def test_the_operator_is_told_what_to_look_for_and_may_look_at_nothing_else(helm: Helm) -> None:
    flags = ("--set=admission.policies=All", "--set=fullnameOverride=guard")
    rendered = helm.template(KEY, *flags)
    (operator,) = [o for o in rendered if o["kind"] == "Deployment"]
    variables = operator["spec"]["template"]["spec"]["containers"][0]["env"]
    told = {v["name"]: v.get("value") for v in variables}
    (role,) = [r for r in rendered if r["metadata"]["name"] == "guard-admission" and "rules" in r]
    named = {p["metadata"]["name"] for p in rendered if "AdmissionPolicy" in p["kind"]}

    assert told["ROLLBACK_ADMISSION_NAME"] == "guard"
    assert told["ROLLBACK_REQUIRE_ADMISSION"] == "true"
    assert {name for rule in role["rules"] for name in rule["resourceNames"]} == named
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get"}
