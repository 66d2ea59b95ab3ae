"""Steps that fail: nothing is touched by a failed `before`, nothing undone by a failed `after`."""

import pytest

import harness
from builders.accounts import grant
from builders.steps import declare, finish, jobs, ran, release_with_steps, until_job
from conftest import StartsOperators
from harness.objects import Object, condition
from harness.shop import Shop
from harness.waiting import wait_until


def step(status: Object, name: str = "drain") -> Object:
    """Return a step of the only target."""
    return next(dict(s) for s in status["targets"][0]["steps"] if s["name"] == name)


def no_jobs(shop: Shop) -> None:
    """Let no Job be made: a quota of the namespace denies it."""
    hard = {"count/jobs.batch": "0"}
    shop.core.create_namespaced_resource_quota(
        shop.namespace, {"metadata": {"name": "no-jobs"}, "spec": {"hard": hard}}
    )
    shop.kubectl("wait", "resourcequota/no-jobs", "--for=jsonpath={.status.hard}", "--timeout=60s")


def test_a_failed_before_leaves_the_deployment_as_it_was(shop: Shop) -> None:
    declare(shop, "drain", "tools:job-fails")
    before = release_with_steps(shop, before="drain", after="drain")

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "BeforeFailed")
    assert condition({"status": status}, "Stalled")["status"] == "True"
    live = shop.deployment()
    assert live["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert ran(shop) == [("before", "drain")]


def test_the_message_says_which_job_failed_and_what_it_said(shop: Shop) -> None:
    """From exit code and termination message: logs are not ours to read."""
    declare(shop, "drain", "tools:job-fails")
    release_with_steps(shop, before="drain")

    status = shop.roll_back()

    job = jobs(shop)[0]["metadata"]["name"]
    said = [
        part
        for part in (job, "exit code 1", "it was told to fail", "drain")
        if part not in status["message"]
    ]
    assert said == []
    assert step(status)["state"] == "Failed"
    assert step(status)["job"] == job
    assert "it was told to fail" in step(status)["message"]


def test_the_steps_after_a_failed_one_do_not_run(shop: Shop) -> None:
    declare(shop, "drain", "tools:job-fails")
    declare(shop, "backup")
    release_with_steps(shop, before="drain,backup")

    shop.roll_back()

    assert ran(shop) == [("before", "drain")]


def test_a_new_request_tries_a_failed_step_again_and_no_other(shop: Shop) -> None:
    declare(shop, "backup")
    declare(shop, "drain", "tools:job-hangs")
    release_with_steps(shop, before="backup,drain")
    shop.request("first")
    finish(shop, until_job(shop, 2)[1], failed=True)
    assert shop.until_over("first")["reason"] == "BeforeFailed"

    shop.request("second")
    finish(shop, running(until_job(shop, 3)))

    assert shop.until_over("second")["reason"] == "RolledBack"
    assert ran(shop) == [("before", "backup"), ("before", "drain"), ("before", "drain")]


def running(found: list[Object]) -> Object:
    """Return the Job that has not ended."""
    return next(job for job in found if not job.get("status", {}).get("conditions"))


def test_a_failed_after_says_so_though_the_old_version_is_back(shop: Shop) -> None:
    declare(shop, "warm", "tools:job-fails")
    release_with_steps(shop, after="warm")

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "AfterFailed")
    assert "it was told to fail" in status["message"]
    assert shop.image() == "nginx:1"
    assert step(status, "warm")["state"] == "Failed"
    found = shop.until_recorded(snapshots=3)
    assert found["snapshots"][-1]["origin"] == "Rollback"


def test_a_before_that_hangs_ends_by_the_deadline(shop: Shop) -> None:
    declare(shop, "drain", "tools:job-hangs")
    before = release_with_steps(shop, before="drain")

    status = shop.roll_back(timeoutSeconds=2)

    assert (status["phase"], status["reason"]) == ("Exception", "BeforeFailed")
    live = shop.deployment()
    assert live["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_an_after_that_hangs_ends_by_the_deadline(shop: Shop) -> None:
    declare(shop, "warm", "tools:job-hangs")
    release_with_steps(shop, after="warm")

    status = shop.roll_back(timeoutSeconds=12)

    assert (status["phase"], status["reason"]) == ("Exception", "AfterFailed")
    assert shop.image() == "nginx:1"


def test_a_quota_that_denies_the_job_fails_before(shop: Shop) -> None:
    declare(shop)
    before = release_with_steps(shop, before="drain")
    no_jobs(shop)

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "BeforeFailed")
    assert "exceeded quota" in status["message"]
    live = shop.deployment()
    assert live["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_a_quota_that_denies_the_job_fails_after(shop: Shop) -> None:
    declare(shop, "warm")
    release_with_steps(shop, after="warm")
    no_jobs(shop)

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "AfterFailed")
    assert "exceeded quota" in status["message"]
    assert shop.image() == "nginx:1"


def test_a_job_template_that_the_server_rejects_today_fails_before(shop: Shop) -> None:
    """An expression may resolve to what no Job can have."""
    declare(shop, "drain", volumes=[{"name": "data", "hostPath": {"path": "/"}}])
    release_with_steps(shop, before="drain")
    label = "pod-security.kubernetes.io/enforce=restricted"
    shop.kubectl("label", "namespace", shop.namespace, label, "--overwrite")
    probe = ("run", "probe", "--image=a", "--dry-run=server")
    wait_until(lambda: shop.kubectl(*probe, check=False).returncode != 0, "the label counts")

    status = shop.roll_back(timeoutSeconds=3)

    assert (status["phase"], status["reason"]) == ("Exception", "BeforeFailed")
    assert shop.image() == "nginx:2"


@pytest.mark.parametrize(("when", "reason"), [("before", "BeforeFailed"), ("after", "AfterFailed")])
def test_without_the_right_to_make_jobs_it_says_which_one_is_missing(
    empty_shop: Shop,
    cluster: harness.Cluster,
    start_operator: StartsOperators,
    when: str,
    reason: str,
) -> None:
    recorder = start_operator(empty_shop)
    declare(empty_shop)
    before = release_with_steps(empty_shop, **{when: "drain"})
    recorder.kill()
    kubeconfig = cluster.kubeconfig_for_service_account(empty_shop.namespace, "operator")
    grant(
        empty_shop,
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["patch"]},
        {"apiGroups": ["batch"], "resources": ["*"], "verbs": ["get", "list", "watch"]},
        without="jobs",
    )
    start_operator(empty_shop, KUBECONFIG=str(kubeconfig))

    status = empty_shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", reason)
    assert 'cannot create resource "jobs"' in status["message"]
    live = empty_shop.deployment()
    untouched = live["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert (untouched, empty_shop.image()) == (
        (True, "nginx:2") if when == "before" else (False, "nginx:1")
    )
    empty_shop.kubectl("delete", "clusterrolebinding,clusterrole", empty_shop.namespace)
