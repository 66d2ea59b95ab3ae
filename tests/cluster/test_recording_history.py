"""The history on a Deployment: readable with kubectl, bounded, and bound to its object."""

import json
import re
from datetime import datetime
from itertools import pairwise

from conftest import StartsOperators
from harness.objects import HISTORY, TEMPLATES, annotations, history, recorded_images
from harness.shop import Shop

COLUMN = "jsonpath={.metadata.annotations.rollback-operator\\.dev/history}"


def test_the_history_is_read_with_kubectl_alone(shop: Shop) -> None:
    shop.deploy("nginx:stable-perl")
    shop.until_recorded()
    shop.roll_out("nginx:stable-bullseye-perl")
    shop.until_recorded()

    printed = json.loads(shop.kubectl("get", "deployment/web", "-o", COLUMN).stdout)

    (first, second) = printed["snapshots"]
    assert (first["revision"], first["images"]) == (1, {"app": "nginx:stable-perl"})
    assert (second["revision"], second["images"]) == (2, {"app": "nginx:stable-bullseye-perl"})
    assert [s["origin"] for s in printed["snapshots"]] == ["Rollout", "Rollout"]
    assert [s["verified"] for s in printed["snapshots"]] == [True, True]
    assert second["below"] == first["id"] != second["id"]


def test_a_snapshot_says_when_it_completed(shop: Shop) -> None:
    deployed = shop.deploy("nginx:1")["metadata"]["creationTimestamp"]

    (snapshot,) = shop.until_recorded()["snapshots"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", snapshot["completed"])
    assert datetime.fromisoformat(snapshot["completed"]) >= datetime.fromisoformat(deployed)


def test_the_history_keeps_no_more_than_its_limit(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    start_operator(shop, ROLLBACK_HISTORY_LIMIT="3")
    shop.until_seen()
    for version in range(1, 6):
        _deploy_or_roll_out(shop, f"nginx:{version}")

    found = history(shop.deployment())

    assert found is not None
    assert recorded_images(found) == ["nginx:3", "nginx:4", "nginx:5"]
    assert found["truncated"] is True
    assert found["sequence"] == 5


def test_ten_snapshots_cost_little(shop: Shop) -> None:
    """The history lies on every ReplicaSet, too: at most 600 bytes for each further revision."""
    sizes = []
    for version in range(1, 11):
        _deploy_or_roll_out(shop, f"registry.example.com/team/web:{version}")
        kept = annotations(shop.deployment())
        sizes.append(len(kept[HISTORY]) + len(kept[TEMPLATES]))

    assert max(after - before for before, after in pairwise(sizes)) <= 600
    assert sizes[-1] <= 8000


def test_copied_annotations_are_not_believed(shop: Shop) -> None:
    """Recreated from `get -o yaml`: a foreign history must not offer a way back."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    before = shop.until_recorded()
    copied = {k: annotations(shop.deployment())[k] for k in (HISTORY, TEMPLATES)}
    shop.kubectl("delete", "deployment/web", "--cascade=foreground")

    shop.deploy("nginx:2", annotations=copied)
    uid = shop.deployment()["metadata"]["uid"]
    shop.until("deployment", "web", lambda d: (history(d) or {}).get("uid") == uid, "its own")

    found = shop.until_recorded()
    assert recorded_images(found) == ["nginx:2"]
    assert found["snapshots"][0]["id"] not in {s["id"] for s in before["snapshots"]}
    assert shop.roll_back()["reason"] == "NoEarlierSnapshot"


def test_a_clone_has_a_history_of_its_own(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    shop.until_recorded()

    shop.deploy("nginx:2", name="clone", annotations=annotations(shop.deployment()))
    uid = shop.deployment("clone")["metadata"]["uid"]
    cloned = shop.until(
        "deployment", "clone", lambda d: (history(d) or {}).get("uid") == uid, "its own history"
    )

    found = history(cloned)
    assert found is not None
    assert recorded_images(found) == ["nginx:2"]


def test_replica_sets_adopted_from_another_deployment_lend_no_history(shop: Shop) -> None:
    """Orphans are taken over by a new Deployment of the same selector, with their copies."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    shop.until_recorded()
    shop.kubectl("delete", "deployment/web", "--cascade=orphan")

    shop.deploy("nginx:2")
    uid = shop.deployment()["metadata"]["uid"]
    shop.until("deployment", "web", lambda d: (history(d) or {}).get("uid") == uid, "its own")

    found = history(shop.deployment())
    assert found is not None
    assert recorded_images(found) == ["nginx:2"]


def test_kubectl_waits_for_rollbackable(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2", wait=False)

    shop.kubectl("wait", "--for=condition=Rollbackable", "deployment/web", "--timeout=60s")

    assert len((history(shop.deployment()) or {})["snapshots"]) == 2


def test_the_condition_survives_the_controller(shop: Shop) -> None:
    """The deployment controller rewrites the other conditions all the time."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    shop.until_recorded()
    shop.scale(4)
    shop.until_done()
    shop.restart()

    shop.kubectl("wait", "--for=condition=Rollbackable", "deployment/web", "--timeout=0")


def _deploy_or_roll_out(shop: Shop, image: str) -> None:
    exists = not shop.kubectl("get", "deployment/web", check=False).returncode
    if exists:
        shop.roll_out(image)
    else:
        shop.deploy(image)
    shop.until_recorded()
