"""Completed means that the old version serves; till then it is in progress, or an Exception."""

import pytest

from harness.audit import AuditEvent
from harness.objects import Object, condition, history, is_done
from harness.shop import Shop


def test_it_is_not_done_before_the_old_version_is_available(shop: Shop) -> None:
    shop.release("nginx:slow-1s", "nginx:2")

    status = shop.roll_back()

    assert status["reason"] == "RolledBack"
    assert ended_in(shop) > available_in(shop)


def ended_in(shop: Shop) -> int:
    """Return the resourceVersion in which the request ended."""
    return version(shop.stored_writes("rollbackrequests", "back")[-1])


def available_in(shop: Shop) -> int:
    """Return the resourceVersion in which the Deployment, once claimed, was first all available."""
    [claim] = [w for w in shop.stored_writes("deployments", "web") if not w.subresource]
    written = [w for w in shop.audited(resource="deployments", name="web") if w.succeeded]
    later = [w for w in written if version(w) > version(claim)]
    return min(version(w) for w in later if is_done(w.response_object or {}))


def version(write: AuditEvent) -> int:
    """Return the resourceVersion that a write resulted in."""
    assert write.response_object is not None
    return int(write.response_object["metadata"]["resourceVersion"])


def test_the_word_of_the_controller_alone_does_not_end_it(shop: Shop) -> None:
    """The ReplicaSet was available once, so it says `NewReplicaSetAvailable` without a pod."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request()
    shop.until_phase("InProgress")
    shop.until("deployment", "web", says_that_it_is_available)
    shop.until_seen()

    assert shop.rollback_request()["status"]["phase"] == "InProgress"
    assert shop.deployment()["status"].get("updatedReplicas", 0) == 0


def says_that_it_is_available(deployment: Object) -> bool:
    """Whether the controller has looked at the newest template and calls it available."""
    observed = deployment["status"]["observedGeneration"]
    reason = condition(deployment, "Progressing")["reason"]
    generation = deployment["metadata"]["generation"]
    return bool(observed == generation and reason == "NewReplicaSetAvailable")


def test_pods_that_a_quota_forbids_are_an_exception_that_says_so(shop: Shop) -> None:
    """The controller never reports a deadline after a return; our own clock must."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()

    status = shop.roll_back(timeoutSeconds=6)

    assert (status["phase"], status["reason"]) == ("Exception", "DeadlineExceeded")
    assert "exceeded quota: full" in status["message"]
    assert shop.image() == "nginx:1"


def test_after_the_deadline_the_deployment_is_left_as_patched(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.roll_back(timeoutSeconds=2)

    shop.allow_pods()
    shop.until_recorded(snapshots=3)

    assert shop.image() == "nginx:1"
    assert shop.rollback_request()["status"]["reason"] == "DeadlineExceeded"


def test_how_far_it_came_is_told_at_the_deadline(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()

    status = shop.roll_back(timeoutSeconds=2)

    assert status["targets"][0]["rollout"] == {"desired": 2, "updated": 0, "available": 2}
    assert condition({"status": status}, "Stalled")["status"] == "True"


def test_the_seconds_that_a_pod_must_be_ready_are_waited_for(shop: Shop) -> None:
    """Who counts ready pods is done too early."""
    shop.release("nginx:1", "nginx:2", spec={"minReadySeconds": 1})

    status = shop.roll_back()

    assert status["reason"] == "RolledBack"
    assert ended_in(shop) > available_in(shop)


@pytest.mark.parametrize(
    "spec",
    [
        {"strategy": {"type": "Recreate"}},
        {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}},
        {"progressDeadlineSeconds": 2147483647},
        {"revisionHistoryLimit": 0},
    ],
    ids=["recreating", "no_surge", "no_progress_deadline", "no_old_replica_sets"],
)
def test_it_works_for_a_deployment_that_is(shop: Shop, spec: dict[str, object]) -> None:
    """Without old ReplicaSets `kubectl rollout undo` has nothing to go back to."""
    shop.deploy("nginx:1", spec=spec)
    shop.until_recorded(snapshots=1)
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
    found = history(shop.deployment())
    assert (found or {})["snapshots"][-1]["origin"] == "Rollback"


def test_replica_sets_that_were_deleted_by_hand_are_not_needed(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", "nginx:3")
    for replica_set in shop.replica_sets()[:-1]:
        shop.kubectl("delete", "replicaset", replica_set["metadata"]["name"])

    status = shop.roll_back(to={"revision": 1})

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_deployment_scaled_to_zero_is_rolled_back_too(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.scale(0)
    shop.until_done()

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
