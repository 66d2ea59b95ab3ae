"""What a pod template cannot do without."""

from typing import Any

import pytest

from builders import a_container, a_pod
from rollback_operator.domain.references import references
from rollback_operator.domain.template import Template


def named(template: Template) -> list[str]:
    return [str(reference) for reference in references(template)]


def a_volume(**source: Any) -> dict[str, Any]:
    return {"volumes": [{"name": "data", **source}]}


def a_projection(**source: Any) -> dict[str, Any]:
    return a_volume(projected={"sources": [source]})


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ({"serviceAccountName": "robot"}, "ServiceAccount robot"),
        ({"serviceAccount": "old-name"}, "ServiceAccount old-name"),
        ({"imagePullSecrets": [{"name": "pull"}]}, "Secret pull"),
        (a_volume(configMap={"name": "conf"}), "ConfigMap conf"),
        (a_volume(secret={"secretName": "tls"}), "Secret tls"),
        (a_volume(persistentVolumeClaim={"claimName": "disk"}), "PersistentVolumeClaim disk"),
        (a_projection(configMap={"name": "conf"}), "ConfigMap conf"),
        (a_projection(secret={"name": "tls"}), "Secret tls"),
        (a_volume(cephfs={"secretRef": {"name": "ceph"}}), "Secret ceph"),
        (a_volume(csi={"nodePublishSecretRef": {"name": "csi"}}), "Secret csi"),
    ],
)
def test_a_pod_names_it(spec: dict[str, Any], name: str) -> None:
    assert named(a_pod(a_container("web"), **spec)) == [name]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"envFrom": [{"configMapRef": {"name": "conf"}}]}, "ConfigMap conf"),
        ({"envFrom": [{"prefix": "A_", "secretRef": {"name": "keys"}}]}, "Secret keys"),
        (
            {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "conf"}}}]},
            "ConfigMap conf",
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "keys"}}}]},
            "Secret keys",
        ),
    ],
)
@pytest.mark.parametrize("field", ["containers", "initContainers"])
def test_a_container_names_it(config: dict[str, Any], name: str, field: str) -> None:
    template = Template({"spec": {field: [a_container("one", **config)]}})

    assert named(template) == [name]


@pytest.mark.parametrize(
    "template",
    [
        a_pod(a_container("web"), **a_volume(configMap={"name": "conf", "optional": True})),
        a_pod(a_container("web"), **a_volume(secret={"secretName": "tls", "optional": True})),
        a_pod(a_container("web"), **a_projection(configMap={"name": "conf", "optional": True})),
        a_pod(a_container("web", envFrom=[{"configMapRef": {"name": "c", "optional": True}}])),
    ],
)
def test_what_is_optional_is_not_needed(template: Template) -> None:
    assert named(template) == []


def test_a_volume_that_is_made_with_the_pod_is_no_claim_of_its_own() -> None:
    assert named(a_pod(a_container("web"), **a_volume(ephemeral={"volumeClaimTemplate": {}}))) == []


def test_what_is_named_twice_is_listed_once() -> None:
    both = a_container("web", envFrom=[{"configMapRef": {"name": "conf"}}])

    assert named(a_pod(both, **a_volume(configMap={"name": "conf"}))) == ["ConfigMap conf"]


def test_what_is_optional_here_and_not_there_is_needed() -> None:
    optional = a_container("web", envFrom=[{"configMapRef": {"name": "c", "optional": True}}])

    assert named(a_pod(optional, **a_volume(configMap={"name": "c"}))) == ["ConfigMap c"]
