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


def fields(*names: str) -> dict[str, object]:
    """Return a claim on fields of the pod template."""
    return {"f:spec": {"f:template": {"f:spec": {f"f:{name}": {} for name in names}}}}


def test_who_applies_the_most_of_the_template_is_its_owner() -> None:
    small = a_marked().written_by("a-small-one", operation="Apply", fieldsV1=fields("one"))
    both = small.written_by("big", operation="Apply", fieldsV1=fields("one", "two"))
    all_three = both.written_by("z", operation="Apply", fieldsV1=fields("one"))

    assert find_owner(all_three.build()) == Owner(OwnerKind.APPLIER, "big", "big")


def test_of_those_who_apply_as_much_the_same_one_is_always_named() -> None:
    one = a_marked().written_by("b", operation="Apply").written_by("a", operation="Apply")
    other = a_marked().written_by("a", operation="Apply").written_by("b", operation="Apply")

    assert find_owner(one.build()) == find_owner(other.build())


def test_of_a_tools_managers_the_one_that_applies_counts_whatever_another_owns() -> None:
    client = a_marked({}, APPLIED).written_by(
        "kubectl-client-side-apply", operation="Update", fieldsV1=fields("one", "two")
    )
    server = client.written_by("kubectl", operation="Apply", fieldsV1=fields("one"))

    assert find_owner(client.build()) == Owner(
        OwnerKind.KUBECTL, "", "kubectl-client-side-apply", is_client_side=True
    )
    assert find_owner(server.build()) == Owner(OwnerKind.KUBECTL, "", "kubectl")


def test_a_tool_that_updates_is_client_side_whoever_else_applies() -> None:
    helm = a_marked(BY_HELM, HELM).written_by("helm", operation="Update")
    other = helm.written_by("terraform", operation="Apply")

    assert find_owner(other.build()) == Owner(OwnerKind.HELM, "web", "helm", is_client_side=True)


def test_a_helm_release_that_nothing_names_has_no_name() -> None:
    owner = find_owner(a_marked(BY_HELM).written_by("helm", operation="Apply").build())

    assert owner is not None
    assert (str(owner), owner.name) == ("Helm release", "")
    assert "`helm rollback RELEASE`" in owner.warning


def test_argo_cds_label_may_be_an_annotation_too() -> None:
    marked = a_marked({}, {"argocd.argoproj.io/instance": "site"})

    owner = find_owner(marked.written_by("argocd-controller", operation="Update").build())

    assert str(owner) == "Argo CD application site"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (FLUX, "`flux suspend kustomization apps -n flux-system` holds it"),
        (
            {"kustomize.toolkit.fluxcd.io/name": "apps"},
            "`flux suspend kustomization apps` holds it",
        ),
    ],
    ids=["with-a-namespace", "without-one"],
)
def test_the_command_that_holds_flux_names_the_namespace_where_it_is_known(
    labels: dict[str, str], expected: str
) -> None:
    marked = a_marked(labels).written_by("kustomize-controller", operation="Apply")

    owner = find_owner(marked.build())

    assert owner is not None
    assert owner.warning.endswith(expected)


def test_what_stays_behind_is_said_whole() -> None:
    helm = Owner(OwnerKind.HELM, "web", "helm", is_client_side=True)

    assert helm.leaves_behind(["spec.a", "spec.b"]) == (
        "Helm release web is applied client-side: spec.a, spec.b came back with the old version and"
        " will stay in later releases that lack it, until it is removed by hand;"
        " `components: {mode: Artifacts}` would have left it out"
    )
    assert helm.leaves_behind([]) is None


def test_where_nothing_stays_behind_the_warning_is_all() -> None:
    helm = Owner(OwnerKind.HELM, "web", "helm", is_client_side=True)

    assert helm.foretell(a_template("A"), a_template("B")) == helm.warning
