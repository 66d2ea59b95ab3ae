"""What may happen while steps run: another request, a deletion, a rollout by somebody else."""

import pytest

from builders.steps import (
    declare,
    finish,
    jobs,
    ran,
    release_with_steps,
    roll_out_with_steps,
    succeeded,
    until_job,
)
from harness.objects import Object
from harness.shop import Shop
from harness.waiting import wait_until


@pytest.fixture
def draining(shop: Shop) -> Object:
    """A request whose `before` step hangs."""
    declare(shop, "drain", "tools:job-hangs")
    release_with_steps(shop, before="drain")
    shop.request()
    job = until_job(shop)[0]
    shop.until_phase("InProgress")
    return job


@pytest.fixture
def warming(shop: Shop) -> Object:
    """A request whose `after` step hangs."""
    declare(shop, "warm", "tools:job-hangs")
    release_with_steps(shop, after="warm")
    shop.request()
    job = until_job(shop)[0]
    shop.until("rollbackrequest", "back", lambda r: r["status"].get("reason") == "RunningAfter")
    return job


def test_two_requests_at_once_make_one_job_and_one_patch(shop: Shop) -> None:
    declare(shop, "drain")
    declare(shop, "warm")
    release_with_steps(shop, before="drain", after="warm")

    for name in ("one", "two", "three"):
        shop.request(name)
    reasons = {shop.until_over(name)["reason"] for name in ("one", "two", "three")}

    assert reasons == {"RolledBack"}
    assert ran(shop) == [("after", "warm"), ("before", "drain")]
    patches = [w for w in shop.stored_writes("deployments", "web") if not w.subresource]
    assert len(patches) == 1


def test_a_second_request_takes_up_the_job_that_runs(shop: Shop, draining: Object) -> None:
    shop.request("second")
    shop.until_phase("InProgress", "second")

    finish(shop, draining)

    reasons = [shop.until_over(name)["reason"] for name in ("back", "second")]
    assert (reasons, len(jobs(shop))) == (["RolledBack", "RolledBack"], 1)


def test_a_request_for_another_version_while_before_runs_is_refused(shop: Shop) -> None:
    declare(shop, "drain", "tools:job-hangs")
    shop.release("nginx:0", "nginx:1", replicas=1)
    roll_out_with_steps(shop, before="drain", snapshots=3)
    shop.request()
    running = until_job(shop)[0]
    shop.until_phase("InProgress")

    other = shop.roll_back("second", to={"revision": 1})

    assert (other["phase"], other["reason"]) == ("Exception", "RollbackInProgress")
    assert "request back " in other["message"]
    finish(shop, running)
    assert (shop.until_over()["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert len(jobs(shop)) == 1


def test_a_request_for_other_components_while_before_runs_is_refused(
    shop: Shop, draining: Object
) -> None:
    other = shop.roll_back("second", components={"mode": "Artifacts"})

    assert (other["phase"], other["reason"]) == ("Exception", "RollbackInProgress")
    finish(shop, draining)
    assert (shop.until_over()["reason"], len(jobs(shop))) == ("RolledBack", 1)


def test_once_a_request_is_deleted_others_take_up_its_job(shop: Shop, draining: Object) -> None:
    shop.delete_request()
    shop.request("second", components={"mode": "Artifacts"}, to={"revision": 1})
    shop.until_phase("InProgress", "second")

    assert len(jobs(shop)) == 1
    finish(shop, draining)
    assert (shop.until_over("second")["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_of_two_that_waited_for_a_deleted_requests_job_only_one_goes_on(shop: Shop) -> None:
    """The one has its second step to run, the other its first; both look when the Job ends."""
    for name in ("drain", "backup"):
        declare(shop, name, "tools:job-hangs")
    shop.release("nginx:0", "nginx:1", replicas=1)
    roll_out_with_steps(shop, before="drain,backup", snapshots=3)
    shop.request()
    orphan = until_job(shop)[0]
    shop.delete_request()
    shop.request("second")
    shop.until_phase("InProgress", "second")
    shop.request("third", to={"revision": 1})
    shop.until_phase("InProgress", "third")

    finish(shop, orphan)

    def refused() -> list[Object]:
        asked = [shop.rollback_request(name)["status"] for name in ("second", "third")]
        return [status for status in asked if status["phase"] == "Exception"]

    [late] = wait_until(refused, "one of the two requests is refused", seconds=60)
    assert late["reason"] == "RollbackInProgress"
    assert len([job for job in jobs(shop) if not succeeded(job)]) == 1


def test_a_job_that_failed_has_failed_for_all_who_waited_for_it(
    shop: Shop, draining: Object
) -> None:
    """Who tries again for each of them runs a broken step as often as it was asked for."""
    shop.request("second")
    shop.until_phase("InProgress", "second")

    finish(shop, draining, failed=True)

    reasons = [shop.until_over(name)["reason"] for name in ("back", "second")]
    assert (reasons, len(jobs(shop))) == (["BeforeFailed", "BeforeFailed"], 1)


def test_deleting_the_request_does_not_kill_a_step(shop: Shop, draining: Object) -> None:
    before = shop.deployment()["metadata"]["resourceVersion"]
    shop.delete_request()
    finish(shop, draining)
    shop.kubectl("wait", f"job/{draining['metadata']['name']}", "--for=condition=Complete")
    shop.until_seen()

    assert shop.deployment()["metadata"]["resourceVersion"] == before
    assert len(jobs(shop)) == 1


def test_the_request_applied_again_goes_on_with_the_job_that_runs(
    shop: Shop, draining: Object
) -> None:
    shop.delete_request()
    shop.request()
    shop.until_phase("InProgress")
    finish(shop, draining)

    assert (shop.until_over()["reason"], len(jobs(shop))) == ("RolledBack", 1)


def test_what_was_rolled_out_while_before_ran_is_left_alone(shop: Shop, draining: Object) -> None:
    """The step was that of nginx:2; nginx:3 was never judged."""
    shop.roll_out("nginx:3", wait=False)
    shop.until_recorded(snapshots=3)
    finish(shop, draining)

    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "TargetChanged")
    assert shop.image() == "nginx:3"


def test_scaling_while_before_runs_changes_nothing(shop: Shop, draining: Object) -> None:
    shop.scale(3)
    finish(shop, draining)

    assert (shop.until_over()["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert shop.deployment()["spec"]["replicas"] == 3


def test_pausing_while_before_runs_refuses_the_patch(shop: Shop, draining: Object) -> None:
    shop.kubectl("rollout", "pause", "deployment/web")
    finish(shop, draining)

    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "Paused")
    assert shop.image() == "nginx:2"


def test_a_deployment_deleted_while_before_runs_ends_the_request(
    shop: Shop, draining: Object
) -> None:
    assert draining
    shop.kubectl("delete", "deployment", "web", "--wait=false")

    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "DeploymentDeleted")


def test_a_deployment_replaced_while_before_runs_is_left_alone(
    shop: Shop, draining: Object
) -> None:
    assert draining
    shop.kubectl("delete", "deployment", "web", "--cascade=orphan")
    shop.deploy("nginx:1", wait=False)

    status = shop.until_over()

    assert status["phase"] == "Exception"
    assert status["reason"] in {"DeploymentDeleted", "DeploymentReplaced"}


def test_somebody_elses_rollout_while_after_runs_supersedes(shop: Shop, warming: Object) -> None:
    shop.roll_out("nginx:3")
    finish(shop, warming)

    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "Superseded")
    assert shop.image() == "nginx:3"


def test_a_deployment_deleted_while_after_runs_ends_the_request(
    shop: Shop, warming: Object
) -> None:
    assert warming
    shop.kubectl("delete", "deployment", "web", "--cascade=orphan")

    status = shop.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "DeploymentDeleted")


def test_who_follows_a_rollback_ends_with_it_its_after_included(
    shop: Shop, warming: Object
) -> None:
    shop.request("second")
    finish(shop, warming, failed=True)

    first, second = shop.until_over(), shop.until_over("second")

    assert first["reason"] == "AfterFailed"
    assert second["phase"] == "Exception"


def test_a_second_request_while_after_runs_follows_and_writes_nothing(
    shop: Shop, warming: Object
) -> None:
    """The return is on record by then: who looks at that only says `AlreadyRolledBack`."""
    patches = len(claim_patches(shop))
    shop.request("second")
    shop.request("third", to={"revision": 1})
    seen = [shop.until_phase("InProgress", name) for name in ("second", "third")]

    finish(shop, warming)

    assert [status["reason"] for status in seen] == ["Following", "Following"]
    ended = [shop.until_over(name)["reason"] for name in ("back", "second", "third")]
    assert ended == ["RolledBack"] * 3
    assert (len(claim_patches(shop)), len(jobs(shop))) == (patches, 1)


def test_a_request_for_another_version_while_after_runs_is_refused(
    shop: Shop, warming: Object
) -> None:
    shop.request("second", to={"revision": 2})

    status = shop.until_over("second")

    assert (status["phase"], status["reason"]) == ("Exception", "RollbackInProgress")
    finish(shop, warming)
    assert (shop.until_over()["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_follower_runs_what_is_left_when_its_leader_is_deleted(
    shop: Shop, warming: Object
) -> None:
    shop.request("second")
    shop.until_phase("InProgress", "second")
    shop.delete_request()

    finish(shop, warming)

    assert shop.until_over("second")["reason"] == "RolledBack"
    assert ran(shop) == [("after", "warm")]


def claim_patches(shop: Shop) -> list[object]:
    return [w for w in shop.stored_writes("deployments", "web") if not w.subresource]
