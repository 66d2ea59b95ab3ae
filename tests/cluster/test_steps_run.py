"""Steps: Jobs that a rollout declares and that run from its record when it is rolled back."""

from datetime import datetime

from builders.steps import (
    amend,
    container_of,
    declare,
    finish,
    jobs,
    ran,
    release_with_steps,
    roll_out_with_steps,
    succeeded,
    until_job,
)
from harness.objects import condition
from harness.shop import Shop


def test_before_runs_first_then_the_deployment_turns_then_after_runs(shop: Shop) -> None:
    declare(shop, "drain")
    declare(shop, "warm")
    release_with_steps(shop, before="drain", after="warm")

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert shop.image() == "nginx:1"
    steps = status["targets"][0]["steps"]
    assert [(s["when"], s["name"], s["state"]) for s in steps] == [
        ("before", "drain", "Succeeded"),
        ("after", "warm", "Succeeded"),
    ]
    drain, warm = jobs(shop)
    claimed = datetime.fromisoformat(claim_written(shop))
    assert ended(drain) <= claimed <= made(warm)


def claim_written(shop: Shop) -> str:
    """Return when the Deployment was patched, in whole seconds as the API server shows times."""
    claim = next(w for w in shop.stored_writes("deployments", "web") if not w.subresource)
    return claim.at.replace(microsecond=0).isoformat()


def ended(job: dict[str, dict[str, str]]) -> datetime:
    """Return when a Job completed."""
    return datetime.fromisoformat(job["status"]["completionTime"])


def made(job: dict[str, dict[str, str]]) -> datetime:
    """Return when a Job was made."""
    return datetime.fromisoformat(job["metadata"]["creationTimestamp"])


def test_while_before_runs_the_deployment_is_untouched(shop: Shop) -> None:
    declare(shop, "drain", "tools:job-hangs")
    before = release_with_steps(shop, before="drain")
    shop.request()
    job = until_job(shop)[0]

    status = shop.until_phase("InProgress")

    assert status["reason"] == "RunningBefore"
    live = shop.deployment()["metadata"]
    assert live["resourceVersion"] == before["metadata"]["resourceVersion"]
    finish(shop, job)
    assert shop.until_over()["reason"] == "RolledBack"


def test_while_after_runs_the_old_version_serves_and_the_request_is_not_over(shop: Shop) -> None:
    """Who ends the request when the pods are back never tells of an `after` that failed."""
    declare(shop, "warm", "tools:job-hangs")
    release_with_steps(shop, after="warm")
    shop.request()
    job = until_job(shop)[0]

    seen = shop.until(
        "rollbackrequest", "back", lambda r: r["status"].get("reason") == "RunningAfter"
    )

    assert shop.image() == "nginx:1"
    assert seen["status"]["phase"] == "InProgress"
    assert condition(seen, "Ready")["status"] == "False"
    finish(shop, job)
    assert shop.until_over()["reason"] == "RolledBack"


def test_several_steps_run_one_after_another_as_listed(shop: Shop) -> None:
    for name in ("one", "two", "three"):
        declare(shop, name, "tools:job-hangs")
    release_with_steps(shop, before="two, one,three")
    shop.request()

    order = []
    for count in (1, 2, 3):
        labels = {
            job["metadata"]["labels"]["rollback-operator.dev/step"]: job
            for job in until_job(shop, count)
        }
        assert len(labels) == count
        newest = next(name for name in labels if name not in order)
        order.append(newest)
        finish(shop, labels[newest])

    assert shop.until_over()["reason"] == "RolledBack"
    assert order == ["two", "one", "three"]


def test_a_step_runs_as_it_was_recorded_though_its_cron_job_changed(shop: Shop) -> None:
    """S7: the execution that is rolled back is the reference, not today's definition."""
    declare(shop, "drain", args=["--as", "recorded"])
    release_with_steps(shop, before="drain")
    declare(shop, "drain", "tools:job-fails", args=["--as", "of-today"])

    status = shop.roll_back()

    assert status["reason"] == "RolledBack"
    job = container_of(jobs(shop)[0])
    assert (job["image"], job["args"]) == ("tools:1", ["--as", "recorded"])


def test_a_step_runs_though_its_cron_job_was_deleted(shop: Shop) -> None:
    declare(shop, "drain")
    release_with_steps(shop, before="drain")
    shop.kubectl("delete", "cronjob", "drain")

    assert shop.roll_back()["reason"] == "RolledBack"
    assert ran(shop) == [("before", "drain")]


def test_the_steps_are_those_of_the_rollout_that_is_left(shop: Shop) -> None:
    """Not those of the version that is put back."""
    declare(shop, "of-one")
    declare(shop, "of-two")
    shop.release("nginx:0", replicas=1)
    roll_out_with_steps(shop, "nginx:1", before="of-one")
    roll_out_with_steps(shop, "nginx:2", before="of-two", snapshots=3)

    assert shop.roll_back()["reason"] == "RolledBack"

    assert ran(shop) == [("before", "of-two")]


def test_artifacts_only_runs_the_steps_all_the_same(shop: Shop) -> None:
    declare(shop, "drain")
    release_with_steps(shop, before="drain")

    status = shop.roll_back(components={"mode": "Artifacts"})

    assert (status["reason"], ran(shop)) == ("RolledBack", [("before", "drain")])


def test_a_dry_run_makes_no_job(shop: Shop) -> None:
    declare(shop, "drain")
    release_with_steps(shop, before="drain", after="drain")

    status = shop.roll_back(dryRun=True)

    assert (status["reason"], jobs(shop)) == ("Previewed", [])


def test_a_job_belongs_to_the_deployment_and_says_what_it_is(shop: Shop) -> None:
    """Owned by the request, it would be killed when that is deleted."""
    declare(shop, "drain")
    live = release_with_steps(shop, before="drain")

    shop.roll_back()

    job = jobs(shop)[0]
    owners = [(o["kind"], o["uid"]) for o in job["metadata"]["ownerReferences"]]
    assert owners == [("Deployment", live["metadata"]["uid"])]
    labels = job["metadata"]["labels"]
    assert labels["rollback-operator.dev/when"] == "before"
    assert labels["rollback-operator.dev/step"] == "drain"
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    assert succeeded(job)


def test_the_pods_of_a_step_are_not_taken_for_pods_of_the_version(shop: Shop) -> None:
    """The template of a step may carry the labels that the Deployment selects by."""
    declare(shop, "drain")
    amend(shop, {"template": {"metadata": {"labels": {"app": "web"}}}})
    release_with_steps(shop, before="drain", after="drain")

    status = shop.roll_back()

    assert (status["reason"], len(jobs(shop))) == ("RolledBack", 2)
