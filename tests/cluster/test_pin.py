"""`pin`: back to the very image that ran, not to what its tag means today."""

import hashlib

from harness.objects import Object
from harness.shop import Shop
from harness.waiting import wait_until


def digest(image: str) -> str:
    """Return the digest that the fake kubelet reports for an image."""
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def moved(letter: str) -> str:
    """Return a digest that a tag was moved to."""
    return f"sha256:{letter * 64}"


def test_the_recorded_digest_is_put_back_with_its_tag(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)

    status = shop.roll_back(pin=True)

    assert status["reason"] == "RolledBack"
    assert shop.image() == f"nginx:1@{digest('nginx:1')}"


def test_without_pin_the_tag_is_put_back(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)

    shop.roll_back()

    assert shop.image() == "nginx:1"


def test_an_image_by_digest_stays_as_it_is(shop: Shop) -> None:
    by_digest = f"nginx@{moved('a')}"
    shop.release(by_digest, "nginx:2", replicas=1)

    assert (shop.roll_back(pin=True)["reason"], shop.image()) == ("RolledBack", by_digest)


def test_an_explicit_target_is_pinned_too(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", "nginx:3", replicas=1)

    shop.roll_back(pin=True, to={"revision": 1})

    assert shop.image() == f"nginx:1@{digest('nginx:1')}"


def test_init_containers_are_pinned_too(shop: Shop) -> None:
    pod = {
        "initContainers": [{"name": "prepare", "image": "tools:1"}],
        "containers": [{"name": "app", "image": "nginx:1"}],
    }
    shop.release("nginx:1", "nginx:2", replicas=1, pod=pod)

    shop.roll_back(pin=True)

    init = shop.deployment()["spec"]["template"]["spec"]["initContainers"]
    assert init[0]["image"] == f"tools:1@{digest('tools:1')}"


def test_what_was_never_seen_running_cannot_be_pinned(shop: Shop) -> None:
    """A ReplicaSet tells the tag only."""
    shop.deploy("nginx:1", replicas=1, labels={"rollback-operator.dev/record": "disabled"})
    shop.roll_out("nginx:2")
    shop.kubectl("label", "deployment/web", "rollback-operator.dev/record-")
    shop.until_recorded(snapshots=1)
    before = shop.until_settled()

    status = shop.roll_back(pin=True, to={"revision": 1})

    assert (status["phase"], status["reason"]) == ("Exception", "DigestUnknown")
    assert "app" in status["message"]
    after = shop.deployment()["metadata"]["resourceVersion"]
    assert after == before["metadata"]["resourceVersion"]


def roll_out_with_digest(shop: Shop, found: str, snapshots: int, **env: str) -> None:
    """Roll the same tag out with a variable changed; its pods run that digest."""
    variables = [{"name": name, "value": value} for name, value in env.items()]
    containers = [{"name": "app", "env": variables}]
    # A new pod is ready at once, but counts as available when we say so.
    late = {"minReadySeconds": 3600, "progressDeadlineSeconds": 3601}
    shop.patch({"spec": {"template": {"spec": {"containers": containers}}, **late}})
    shop.until_observed()
    newest = shop.newest()["metadata"]["labels"]["pod-template-hash"]

    def pod() -> Object | None:
        listed = shop.core.list_namespaced_pod(
            shop.namespace, label_selector=f"pod-template-hash={newest}"
        ).items
        up = [p for p in listed if p.status.container_statuses]
        return {"name": up[0].metadata.name} if up else None

    name = wait_until(pod, "a new pod runs", seconds=60)["name"]
    status = shop.core.read_namespaced_pod(name, shop.namespace).status.container_statuses[0]
    changed = {
        "name": "app",
        "image": status.image,
        "imageID": f"nginx@{found}",
        "ready": True,
        "restartCount": 0,
        "started": True,
    }
    shop.core.patch_namespaced_pod_status(
        name, shop.namespace, {"status": {"containerStatuses": [changed]}}
    )
    shop.patch({"spec": {"minReadySeconds": 0}})
    shop.until_recorded(snapshots=snapshots)


def a_tag_that_moved(shop: Shop) -> None:
    """Release nginx:latest, and again when the tag means another image."""
    shop.release("nginx:latest", replicas=1)
    roll_out_with_digest(shop, moved("b"), 2, RELEASE="2")


def test_a_tag_that_was_moved_is_shown(shop: Shop) -> None:
    """The rollback puts the tag back, and with it what the tag means today: that must be said."""
    a_tag_that_moved(shop)

    status = shop.roll_back()

    assert status["targets"][0]["movedTags"] == [
        f"app: nginx:latest was {digest('nginx:latest')} and is {moved('b')} now"
    ]


def test_pin_goes_back_behind_a_tag_that_was_moved(shop: Shop) -> None:
    a_tag_that_moved(shop)

    assert shop.roll_back(pin=True)["reason"] == "RolledBack"
    assert shop.image() == f"nginx:latest@{digest('nginx:latest')}"


def test_a_tag_that_stayed_is_not_shown(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", replicas=1)

    assert shop.roll_back()["targets"][0]["movedTags"] == []
