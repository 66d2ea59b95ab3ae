"""Calls are named as the audit log and the roles name them."""

import pytest

from rollback_operator.kube.addresses import Subject, subject

GROUP = "/apis/rollback-operator.dev/v1alpha1"


@pytest.mark.parametrize(
    ("method", "path", "about"),
    [
        ("GET", "/apis/apps/v1/deployments", Subject("list", "deployments")),
        (
            "GET",
            "/apis/apps/v1/namespaces/shop/deployments",
            Subject("list", "deployments", "shop"),
        ),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/shop/deployments/web/status",
            Subject("patch", "deployments/status", "shop"),
        ),
        ("POST", "/api/v1/namespaces/shop/events", Subject("create", "events", "shop")),
        (
            "DELETE",
            f"{GROUP}/namespaces/shop/rollbackrequests/back",
            Subject("delete", "rollbackrequests", "shop"),
        ),
        (
            "PUT",
            "/apis/coordination.k8s.io/v1/namespaces/ops/leases/x",
            Subject("update", "leases", "ops"),
        ),
        ("GET", "/api/v1/namespaces", Subject("list", "namespaces")),
        ("GET", "/api/v1/namespaces/shop", Subject("get", "namespaces")),
        ("GET", "/api/v1", Subject("get", "api")),
        ("GET", "/apis", Subject("get", "apis")),
        ("GET", "/readyz", Subject("get", "readyz")),
    ],
)
def test_it_is_told_from_the_address(method: str, path: str, about: Subject) -> None:
    assert subject(method, path, {}) == about


def test_a_watch_is_no_list() -> None:
    assert subject("GET", f"{GROUP}/rollbackrequests", {"watch": "true"}) == Subject(
        "watch", "rollbackrequests"
    )
