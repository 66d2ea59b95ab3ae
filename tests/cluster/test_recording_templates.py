"""Everything that a pod runs is recorded, not just the image of its first container."""

import pytest

from harness.objects import Object, annotations
from harness.shop import Shop
from rollback_operator.domain.annotations import decode
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Snapshot

DIGEST = "sha256:" + "0123456789abcdef" * 4
APP = {"name": "app", "image": "nginx:1"}
SIDECAR = {"name": "proxy", "image": "envoy:1", "restartPolicy": "Always"}
MODEL = {"name": "model", "image": {"reference": "models/llm:1", "pullPolicy": "IfNotPresent"}}

PODS: dict[str, tuple[Object, dict[str, str]]] = {
    "several containers": (
        {"containers": [APP, {"name": "cache", "image": "redis:7"}]},
        {"app": "nginx:1", "cache": "redis:7"},
    ),
    "an init container": (
        {"initContainers": [{"name": "migrate", "image": "flyway:9"}], "containers": [APP]},
        {"migrate": "flyway:9", "app": "nginx:1"},
    ),
    "a native sidecar": (
        {"initContainers": [SIDECAR], "containers": [APP]},
        {"proxy": "envoy:1", "app": "nginx:1"},
    ),
    "an image volume": (
        {"containers": [APP], "volumes": [MODEL]},
        {"app": "nginx:1", "volume:model": "models/llm:1"},
    ),
    "a registry with a port": (
        {"containers": [{"name": "app", "image": "registry.local:5000/team/web:1.2"}]},
        {"app": "registry.local:5000/team/web:1.2"},
    ),
    "a digest": (
        {"containers": [{"name": "app", "image": f"registry.local:5000/web@{DIGEST}"}]},
        {"app": f"registry.local:5000/web@{DIGEST}"},
    ),
    "neither tag nor registry": (
        {"containers": [{"name": "app", "image": "nginx"}]},
        {"app": "nginx"},
    ),
}


@pytest.mark.parametrize("what", PODS)
def test_a_pod_with_this_is_recorded_whole(shop: Shop, what: str) -> None:
    pod, images = PODS[what]
    deployed = shop.deploy(pod=pod)

    (snapshot,) = shop.until_recorded()["snapshots"]

    assert snapshot["images"] == images
    assert _newest(shop).template.body == deployed["spec"]["template"]


CHANGES: dict[str, tuple[Object, dict[str, str]]] = {
    "init container": ({"initContainers": [{"name": "init", "image": "flyway:2"}]}, {"init": "2"}),
    "sidecar": ({"initContainers": [{"name": "proxy", "image": "envoy:2"}]}, {"proxy": "2"}),
    "image volume": (
        {"volumes": [{"name": "model", "image": {"reference": "models/llm:2"}}]},
        {"volume:model": "2"},
    ),
    "second container": ({"containers": [{"name": "cache", "image": "redis:2"}]}, {"cache": "2"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_new_image_of_that_alone_is_a_rollout(shop: Shop, what: str) -> None:
    """Trap 25: to look at `containers[0]` is not enough."""
    change, expected = CHANGES[what]
    shop.deploy(
        pod={
            "initContainers": [{"name": "init", "image": "flyway:1"}, SIDECAR],
            "containers": [APP, {"name": "cache", "image": "redis:1"}],
            "volumes": [MODEL],
        }
    )
    shop.until_recorded()
    shop.patch({"spec": {"template": {"spec": change}}})

    (before, after) = shop.until_recorded(snapshots=2)["snapshots"]

    tags = {name: image.rpartition(":")[2] for name, image in before["images"].items()}
    changed = {name: image.rpartition(":")[2] for name, image in after["images"].items()}
    assert changed == tags | expected


def test_a_change_of_configuration_alone_is_a_rollout(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    env = [{"name": "MODE", "value": "fast"}]
    shop.patch({"spec": {"template": {"spec": {"containers": [{"name": "app", "env": env}]}}}})

    found = shop.until_recorded(snapshots=2)

    assert [s["images"] for s in found["snapshots"]] == [{"app": "nginx:1"}] * 2
    assert _newest(shop).template.spec["containers"][0]["env"] == env


def test_a_pod_label_alone_is_a_rollout(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.patch({"spec": {"template": {"metadata": {"labels": {"track": "blue"}}}}})

    assert len(shop.until_recorded(snapshots=2)["snapshots"]) == 2


def test_a_large_template_is_recorded_whole(shop: Shop) -> None:
    env = [{"name": f"SETTING_{n}", "value": f"value {n} " * 5} for n in range(100)]
    deployed = shop.deploy(pod={"containers": [{**APP, "env": env}]})

    shop.until_recorded()

    assert _newest(shop).template.body == deployed["spec"]["template"]


def test_the_digest_that_runs_is_recorded(shop: Shop) -> None:
    """A tag may move: only the digest says what ran."""
    shop.deploy("nginx:latest")
    shop.until_recorded()
    column = "jsonpath={.items[0].status.containerStatuses[0].imageID}"
    runs = shop.kubectl("get", "pods", "-o", column).stdout

    recorded = _newest(shop).digests

    assert recorded == {"app": runs.rpartition("@")[2]}


def _newest(shop: Shop) -> Snapshot:
    """Return the newest snapshot with its template; whether it is signed is of no interest."""
    deployment = shop.deployment()
    found = decode(annotations(deployment), deployment["metadata"]["uid"], Keyring())
    assert found is not None
    assert found.newest is not None
    return found.newest
