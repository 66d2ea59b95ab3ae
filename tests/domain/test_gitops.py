"""The marks of tools that apply a request again and again."""

import pytest

from builders import a_request
from builders.requests import RequestBuilder
from rollback_operator.domain.gitops import applied_by


def labelled(label: str) -> RequestBuilder:
    """Return a request with a label."""
    builder = a_request()
    obj = builder.obj
    return RequestBuilder({**obj, "metadata": {**obj["metadata"], "labels": {label: "shop"}}})


@pytest.mark.parametrize(
    ("label", "tool"),
    [
        ("kustomize.toolkit.fluxcd.io/name", "Flux"),
        ("helm.toolkit.fluxcd.io/name", "Flux"),
        ("argocd.argoproj.io/instance", "Argo CD"),
    ],
)
def test_a_tool_is_known_by_its_label(label: str, tool: str) -> None:
    assert applied_by(labelled(label).build()) == tool


def test_argo_cd_is_known_by_its_annotation() -> None:
    request = a_request().annotated(**{"argocd.argoproj.io/tracking-id": "shop:apps/x"}).build()

    assert applied_by(request) == "Argo CD"


@pytest.mark.parametrize("label", ["app.kubernetes.io/managed-by", "argocd", "team"])
def test_other_marks_say_nothing(label: str) -> None:
    """`managed-by: Helm` is on what people install by hand, too."""
    assert applied_by(labelled(label).build()) is None


def test_a_request_made_by_hand_has_none() -> None:
    assert applied_by(a_request().build()) is None
