"""The marks by which GitOps tools know the objects that they apply again and again."""

from collections.abc import Mapping

from rollback_operator.domain.rollback_request import RollbackRequest

FLUX = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
ARGO_CD = ("argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance")


def applied_by(request: RollbackRequest) -> str | None:
    """Return the GitOps tool that a request carries marks of, or None."""
    marks: Mapping[str, str] = {**request.labels, **request.annotations}
    if any(mark in marks for mark in FLUX):
        return "Flux"
    if any(mark in marks for mark in ARGO_CD):
        return "Argo CD"
    return None
