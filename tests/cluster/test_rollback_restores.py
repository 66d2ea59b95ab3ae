"""The recorded template is put back exactly: containers, sidecars, names, order, configuration."""

import copy
from collections.abc import Callable

import pytest

from harness.objects import Object
from harness.shop import Shop

DIGEST = f"registry.example:5000/team/app@sha256:{'a' * 64}"

POD: Object = {
    "terminationGracePeriodSeconds": 1,
    "volumes": [{"name": "cache", "emptyDir": {}}],
    "initContainers": [
        {"name": "migrate", "image": "migrate:1"},
        {"name": "mesh", "image": "mesh:1", "restartPolicy": "Always"},
    ],
    "containers": [
        {
            "name": "app",
            "image": "registry.example:5000/team/app:1",
            "command": ["serve", "--level=quiet"],
            "env": [{"name": "LEVEL", "value": "quiet"}],
            "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
        },
        {"name": "proxy", "image": "proxy:1"},
        {"name": "logs", "image": "logs:1"},
    ],
}
"""A pod with one of everything."""


def set_images(pod: Object) -> None:
    """Give every container another image."""
    for container in (*pod["initContainers"], *pod["containers"]):
        container["image"] = f"other-{container['image']}"


def rename(pod: Object) -> None:
    """Give a container another name: a strategic merge would bring the old one back beside it."""
    pod["containers"][1]["name"] = "gateway"


def reorder(pod: Object) -> None:
    """Turn the containers round: a patch by position would hit the wrong ones."""
    pod["containers"].reverse()


def remove(pod: Object) -> None:
    """Take a container away."""
    del pod["containers"][1]


def add(pod: Object) -> None:
    """Add a container and a volume that the old version did not have."""
    pod["containers"].insert(0, {"name": "extra", "image": "extra:1"})
    pod["volumes"].append({"name": "more", "emptyDir": {}})


def drop_sidecar(pod: Object) -> None:
    """Turn a native sidecar into an ordinary container."""
    mesh = pod["initContainers"].pop()
    del mesh["restartPolicy"]
    pod["containers"].append(mesh)


def drop_init_containers(pod: Object) -> None:
    """Take the whole list of init containers away."""
    del pod["initContainers"]


def configure(pod: Object) -> None:
    """Change variables, command and volumes."""
    app = pod["containers"][0]
    app["env"] = [{"name": "LEVEL", "value": "loud"}, {"name": "NEW", "value": "1"}]
    app["command"] = ["serve"]
    pod["volumes"][0]["emptyDir"] = {"medium": "Memory"}


def by_digest(pod: Object) -> None:
    """Name an image by digest."""
    pod["containers"][0]["image"] = DIGEST


def settings_of_the_pod(pod: Object) -> None:
    """Set what the pod has besides containers."""
    pod["automountServiceAccountToken"] = False
    pod["hostname"] = "changed"
    pod["terminationGracePeriodSeconds"] = 2


CHANGES: list[Callable[[Object], None]] = [
    set_images,
    rename,
    reorder,
    remove,
    add,
    drop_sidecar,
    drop_init_containers,
    configure,
    by_digest,
    settings_of_the_pod,
]


def replace_pod(shop: Shop, pod: Object) -> None:
    """Replace the whole pod spec of the Deployment."""
    shop.patch([{"op": "replace", "path": "/spec/template/spec", "value": pod}])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_template_is_what_it_was(shop: Shop, change: Callable[[Object], None]) -> None:
    shop.deploy(pod=POD)
    shop.until_recorded(snapshots=1)
    recorded = shop.deployment()["spec"]["template"]
    changed = copy.deepcopy(POD)
    change(changed)
    replace_pod(shop, changed)
    shop.until_recorded(snapshots=2)

    status = shop.roll_back()

    assert status["reason"] == "RolledBack"
    assert shop.deployment()["spec"]["template"] == recorded


def test_an_image_by_digest_is_put_back_by_digest(shop: Shop) -> None:
    pod = copy.deepcopy(POD)
    by_digest(pod)
    shop.deploy(pod=pod)
    shop.until_recorded(snapshots=1)
    shop.roll_out("registry.example:5000/team/app:2")
    shop.until_recorded(snapshots=2)

    status = shop.roll_back(to={"images": {"app": DIGEST}})

    assert (status["reason"], shop.image()) == ("RolledBack", DIGEST)


def test_labels_and_annotations_of_the_pods_are_put_back(shop: Shop) -> None:
    shop.release("nginx:1")
    shop.patch(
        {
            "spec": {
                "template": {"metadata": {"labels": {"tier": "a"}, "annotations": {"note": "b"}}}
            }
        }
    )
    shop.until_recorded(snapshots=2)

    status = shop.roll_back()

    assert shop.deployment()["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
    assert "note" not in str(shop.deployment()["spec"]["template"]["metadata"])
    assert [c["name"] for c in status["targets"][0]["components"]] == ["labels", "annotations"]


def test_all_images_of_the_pod_are_artifacts(shop: Shop) -> None:
    """Init containers and sidecars are released as well."""
    shop.deploy(pod=POD)
    shop.until_recorded(snapshots=1)
    changed = copy.deepcopy(POD)
    set_images(changed)
    configure(changed)
    replace_pod(shop, changed)
    shop.until_recorded(snapshots=2)

    shop.roll_back(components={"mode": "Artifacts"})

    pod = shop.deployment()["spec"]["template"]["spec"]
    images = [c["image"] for c in (*pod["initContainers"], *pod["containers"])]
    assert images == [c["image"] for c in (*POD["initContainers"], *POD["containers"])]
    assert pod["containers"][0]["command"] == ["serve"]


def test_what_the_deployment_has_besides_its_template_is_left_alone(shop: Shop) -> None:
    """A recorded Deployment put back whole would undo scaling, strategy and labels."""
    shop.release("nginx:1", "nginx:2")
    shop.patch(
        {
            "metadata": {"labels": {"team": "a"}},
            "spec": {"replicas": 3, "minReadySeconds": 1, "revisionHistoryLimit": 5},
        }
    )

    shop.roll_back()

    live = shop.deployment()
    kept = {name: live["spec"][name] for name in ("replicas", "minReadySeconds")}
    assert kept == {"replicas": 3, "minReadySeconds": 1}
    assert live["spec"]["revisionHistoryLimit"] == 5
    assert live["metadata"]["labels"] == {"team": "a"}
