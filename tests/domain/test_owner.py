"""Whom a Deployment belongs to is read from its marks, and said with what to do about it."""

import pytest

from builders import NAME, NAMESPACE, DeploymentBuilder, a_deployment, a_template
from rollback_operator.domain.last_applied import LAST_APPLIED
from rollback_operator.domain.owner import Owner, OwnerKind, find_owner
from rollback_operator.domain.template import Template

FLUX = {
    "kustomize.toolkit.fluxcd.io/name": "apps",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
}
FLUX_HELM = {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "flux"}
HELM = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": NAMESPACE}
TRACKED = {"argocd.argoproj.io/tracking-id": f"site:apps/Deployment:{NAMESPACE}/{NAME}"}
INSTANCE = {"app.kubernetes.io/instance": "site"}
BY_HELM = {"app.kubernetes.io/managed-by": "Helm"}
APPLIED = {LAST_APPLIED: "{}"}
WITH_FOO = a_template("B", env=[{"name": "FOO", "value": "1"}])


def a_marked(
    labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None
) -> DeploymentBuilder:
    return a_deployment().labelled(**labels or {}).annotated(annotations or {})


@pytest.mark.parametrize(
    ("marked", "manager", "operation", "expected"),
    [
        (a_marked(FLUX), "kustomize-controller", "Apply", "Flux Kustomization flux-system/apps"),
        (a_marked(FLUX_HELM, HELM), "helm-controller", "Apply", "Flux HelmRelease flux/web"),
        (a_marked({}, TRACKED), "argocd-controller", "Update", "Argo CD application site"),
        (
            a_marked({}, TRACKED | APPLIED),
            "argocd-controller",
            "Update",
            "Argo CD application site",
        ),
        (
            a_marked({"argocd.argoproj.io/instance": "site"}),
            "argocd-controller",
            "Update",
            "Argo CD application site",
        ),
        (a_marked(INSTANCE | BY_HELM), "argocd-controller", "Apply", "Argo CD application site"),
        (a_marked(BY_HELM, HELM), "helm", "Apply", "Helm release web"),
        (
            a_marked({}, HELM | {"meta.helm.sh/release-namespace": "other"}),
            "helm",
            "Apply",
            "Helm release other/web",
        ),
        (a_marked(INSTANCE | BY_HELM), "helm", "Apply", "Helm release site"),
        (a_marked({}, APPLIED), "kubectl-client-side-apply", "Update", "kubectl apply"),
        (a_marked(), "kubectl", "Apply", "kubectl apply"),
        (a_marked(), "terraform", "Apply", "field manager terraform"),
    ],
    ids=[
        "flux",
        "flux-helm-release-with-helm's-marks",
        "argo-cd",
        "argo-cd-with-kubectl's-mark",
        "argo-cd-by-label",
        "argo-cd-by-common-label",
        "helm",
        "helm-in-another-namespace",
        "helm-by-common-labels",
        "kubectl",
        "kubectl-server-side",
        "anybody-who-applies",
    ],
)
def test_each_owner_is_known(
    marked: DeploymentBuilder, manager: str, operation: str, expected: str
) -> None:
    owner = find_owner(marked.written_by(manager, operation=operation).build())

    assert owner is not None
    assert (str(owner), owner.manager) == (expected, manager)
    assert owner.is_client_side == (operation == "Update")


@pytest.mark.parametrize(
    "marked",
    [
        a_marked().written_by("ci", operation="Update"),
        a_marked(INSTANCE).written_by("ci", operation="Update"),
        a_marked(INSTANCE | BY_HELM).written_by("ci", operation="Update"),
        a_marked({}, {"argocd.argoproj.io/tracking-id": "site:apps/Deployment:other/web"}),
    ],
    ids=["plain-client", "ambiguous-label", "copied-labels", "copied-tracking-id"],
)
def test_what_could_be_anybodys_names_nobody(marked: DeploymentBuilder) -> None:
    assert find_owner(marked.build()) is None


def test_marks_that_no_field_manager_bears_out_are_said_to_be_only_that() -> None:
    owner = find_owner(a_marked(FLUX).written_by("ci", operation="Update").build())

    assert owner is not None
    assert owner.manager is None
    assert owner.warning.endswith("only labels or annotations say that it owns this Deployment")


def test_what_is_owned_apart_from_pods_says_nothing() -> None:
    status = a_marked(FLUX).written_by("kustomize-controller", operation="Apply", fieldsV1={})

    owner = find_owner(status.build())

    assert owner is not None
    assert owner.manager is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            OwnerKind.FLUX_KUSTOMIZATION,
            ("next reconciliation", "flux suspend kustomization a -n f"),
        ),
        (OwnerKind.FLUX_HELM_RELEASE, ("next upgrade", "flux suspend helmrelease a -n f")),
        (OwnerKind.ARGO_CD, ("next sync", "selfHeal")),
        (OwnerKind.HELM, ("next `helm upgrade`", "helm rollback a")),
        (OwnerKind.KUBECTL, ("applied again", "change the manifest")),
        (OwnerKind.APPLIER, ("applies its manifest again", "change that back")),
    ],
)
def test_the_warning_says_when_and_what_helps(kind: OwnerKind, expected: tuple[str, str]) -> None:
    warning = Owner(kind, "f/a", "manager").warning

    assert warning.startswith(f"{kind} f/a brings the version that was left back")
    assert [text for text in expected if text not in warning] == []


@pytest.mark.parametrize(
    ("owner", "result", "is_foretold"),
    [
        (Owner(OwnerKind.HELM, "web", "helm", is_client_side=True), WITH_FOO, True),
        (Owner(OwnerKind.HELM, "web", "helm", is_client_side=True), a_template("B"), False),
        (Owner(OwnerKind.HELM, "web", "helm"), WITH_FOO, False),
        (Owner(OwnerKind.KUBECTL, "", "kubectl", is_client_side=True), WITH_FOO, False),
    ],
    ids=["client-side-helm", "nothing-came-back", "server-side-helm", "kubectl"],
)
def test_only_client_side_helm_leaves_anything_behind(
    owner: Owner, result: Template, *, is_foretold: bool
) -> None:
    foretold = owner.foretell(a_template("A"), result)

    assert foretold.startswith(owner.warning)
    assert ("spec.containers[web].env" in foretold) == is_foretold
