"""Which tool a Deployment belongs to, and when that tool will undo a rollback.

Marks (labels and annotations) name the owner, and managed fields bear them out: marks are copied
with manifests, field managers are not. Everything is on the Deployment itself, so nothing of
another namespace is read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.hand_back import Entry
from rollback_operator.domain.last_applied import LAST_APPLIED, brought_back
from rollback_operator.domain.template import Template

FLUX_NAME, FLUX_NAMESPACE = (f"kustomize.toolkit.fluxcd.io/{key}" for key in ("name", "namespace"))
FLUX_HELM_NAME, FLUX_HELM_NAMESPACE = (
    f"helm.toolkit.fluxcd.io/{key}" for key in ("name", "namespace")
)
ARGO_TRACKING = "argocd.argoproj.io/tracking-id"
ARGO_INSTANCE = "argocd.argoproj.io/instance"
INSTANCE = "app.kubernetes.io/instance"
HELM_RELEASE, HELM_NAMESPACE = (f"meta.helm.sh/release-{key}" for key in ("name", "namespace"))
MANAGED_BY = "app.kubernetes.io/managed-by"

ARGO_MANAGER = "argocd-controller"


class OwnerKind(StrEnum):
    """What kind of thing a Deployment belongs to."""

    FLUX_KUSTOMIZATION = "Flux Kustomization"
    FLUX_HELM_RELEASE = "Flux HelmRelease"
    ARGO_CD = "Argo CD application"
    HELM = "Helm release"
    KUBECTL = "kubectl apply"
    APPLIER = "field manager"


MANAGERS: Mapping[OwnerKind, tuple[str, ...]] = {
    OwnerKind.FLUX_KUSTOMIZATION: ("kustomize-controller",),
    OwnerKind.FLUX_HELM_RELEASE: ("helm-controller",),
    OwnerKind.ARGO_CD: (ARGO_MANAGER,),
    OwnerKind.HELM: ("helm",),
    OwnerKind.KUBECTL: ("kubectl", "kubectl-client-side-apply"),
}
"""The field managers of each tool."""


@dataclass(frozen=True)
class Owner:
    """The tool that a Deployment belongs to.

    `name` is that of the release, application or Kustomization, with its namespace where that is
    known. `manager` is the tool's field manager where it owns something of the pod template; None
    where only marks speak for the tool. `is_client_side` says that it applies without the server.
    """

    kind: OwnerKind
    name: str
    manager: str | None = None
    is_client_side: bool = False

    def __str__(self) -> str:
        """Name it as people do."""
        return f"{self.kind} {self.name}".strip()

    @property
    def warning(self) -> str:
        """When it brings back what was rolled back, and what to do about it."""
        text = f"{self} brings the version that was left back {WARNINGS[self.kind](self)}"
        if self.manager is None and self.kind is not OwnerKind.KUBECTL:
            text += "; only labels or annotations say that it owns this Deployment"
        return text

    def foretell(self, left: Template, result: Template) -> str:
        """Say all that is to be said of going from `left` to `result`, for a request's status."""
        stays = self.leaves_behind(brought_back(left, result))
        return f"{self.warning}. {stays}" if stays else self.warning

    def leaves_behind(self, names: Sequence[str]) -> str | None:
        """Say what of that came back will stay in later releases; None if nothing will.

        Helm on the client's side compares with its own last release, which knows nothing of what
        a rollback brought back, and there is no remedy for that.
        """
        if not names or self.kind is not OwnerKind.HELM or not self.is_client_side:
            return None
        return (
            f"{self} is applied client-side: {', '.join(names)} came back with the old"
            " version and will stay in later releases that lack it, until it is removed by hand;"
            " `components: {mode: Artifacts}` would have left it out"
        )


def find_owner(deployment: Deployment) -> Owner | None:
    """Return the tool that the Deployment belongs to, as far as can be told."""
    entries = [Entry.read(body) for body in deployment.managed_fields]
    appliers = [e for e in entries if e.is_applied and e.template]
    for kind, name_by in SIGNS:
        name = name_by(deployment, entries)
        if name is not None:
            writer = _writer(kind, entries)
            is_client_side = not (writer.is_applied if writer else appliers)
            return Owner(kind, name, writer.manager if writer else None, is_client_side)
    if not appliers:
        return None
    largest = max(appliers, key=lambda e: (len(e.template), e.manager))
    return Owner(OwnerKind.APPLIER, largest.manager, largest.manager)


def _flux_kustomization(deployment: Deployment, _: Sequence[Entry]) -> str | None:
    return _joined(deployment.labels, FLUX_NAMESPACE, FLUX_NAME)


def _flux_helm_release(deployment: Deployment, _: Sequence[Entry]) -> str | None:
    return _joined(deployment.labels, FLUX_HELM_NAMESPACE, FLUX_HELM_NAME)


def _argo_application(deployment: Deployment, entries: Sequence[Entry]) -> str | None:
    """Return the application of a tracking id that means this very object, or of a label.

    `app.kubernetes.io/instance` is Argo CD's own mark in some installations and anybody's in
    others, so it counts only where Argo CD has written.
    """
    tracking = deployment.annotation(ARGO_TRACKING)
    if tracking is not None:
        application, _, tracked = tracking.partition(":")
        if tracked == f"apps/Deployment:{deployment.namespace}/{deployment.name}":
            return application
    marks = {**deployment.labels, **(deployment.annotations or {})}
    if ARGO_INSTANCE in marks:
        return marks[ARGO_INSTANCE]
    return deployment.labels.get(INSTANCE) if _writer(OwnerKind.ARGO_CD, entries) else None


def _helm_release(deployment: Deployment, entries: Sequence[Entry]) -> str | None:
    """Return the release; its namespace only where it is another one."""
    annotations = deployment.annotations or {}
    release, namespace = annotations.get(HELM_RELEASE), annotations.get(HELM_NAMESPACE)
    if release is not None:
        return release if namespace in {None, deployment.namespace} else f"{namespace}/{release}"
    is_helms = deployment.labels.get(MANAGED_BY) == "Helm" and _writer(OwnerKind.HELM, entries)
    return deployment.labels.get(INSTANCE, "") if is_helms else None


def _kubectl(deployment: Deployment, entries: Sequence[Entry]) -> str | None:
    writer = _writer(OwnerKind.KUBECTL, entries)
    applies = deployment.annotation(LAST_APPLIED) is not None or (writer and writer.is_applied)
    return "" if applies else None


SIGNS: tuple[tuple[OwnerKind, Callable[[Deployment, Sequence[Entry]], str | None]], ...] = (
    (OwnerKind.FLUX_HELM_RELEASE, _flux_helm_release),
    (OwnerKind.FLUX_KUSTOMIZATION, _flux_kustomization),
    (OwnerKind.ARGO_CD, _argo_application),
    (OwnerKind.HELM, _helm_release),
    (OwnerKind.KUBECTL, _kubectl),
)
"""The order counts: GitOps tools render charts and leave Helm's and kubectl's marks as well."""


def _writer(kind: OwnerKind, entries: Sequence[Entry]) -> Entry | None:
    """Return the entry of one of the tool's managers that owns the most of the template."""
    found = [e for e in entries if e.manager in MANAGERS[kind] and e.template]
    return max(found, key=lambda e: (e.is_applied, len(e.template)), default=None)


def _joined(marks: Mapping[str, str], namespace: str, name: str) -> str | None:
    if name not in marks:
        return None
    return f"{marks[namespace]}/{marks[name]}" if namespace in marks else marks[name]


def _flux(owner: Owner, command: str) -> str:
    namespace, _, name = owner.name.rpartition("/")
    where = f" -n {namespace}" if namespace else ""
    return f"`flux suspend {command} {name}{where}` holds it"


WARNINGS: Mapping[OwnerKind, Callable[[Owner], str]] = {
    OwnerKind.FLUX_KUSTOMIZATION: lambda owner: (
        "at its next reconciliation, which comes by itself: revert the release in Git;"
        f" until then {_flux(owner, 'kustomization')}"
    ),
    OwnerKind.FLUX_HELM_RELEASE: lambda owner: (
        "at its next upgrade, whatever that changes, and by itself where drift detection is on:"
        f" revert the release in Git; until then {_flux(owner, 'helmrelease')}"
    ),
    OwnerKind.ARGO_CD: lambda _: (
        "at its next sync: at once where `selfHeal` is on, else with the next commit, whatever"
        " that changes: revert the release in Git; until then turn its automated sync off"
    ),
    OwnerKind.HELM: lambda owner: (
        "at its next `helm upgrade`, whatever that changes: take the release back too, with"
        f" `helm rollback {owner.name.rpartition('/')[2] or 'RELEASE'}`, or upgrade to a version"
        " that is good"
    ),
    OwnerKind.KUBECTL: lambda _: (
        "when its manifest is applied again as it is: change the manifest back, or to a version"
        " that is good"
    ),
    OwnerKind.APPLIER: lambda _: (
        "when it applies its manifest again as it is: change that back, or to a version that is"
        " good"
    ),
}
"""When each kind of owner brings the bad version back, and what helps."""
