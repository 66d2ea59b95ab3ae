"""A step is what was recorded and the Job that the operator made of it, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from builders.steps import declare, jobs, release_with_steps, until_job
from harness.attacker import Attacker, Right, refusal
from harness.objects import Object, condition
from harness.shop import Shop
from harness.waiting import wait_until

PREFIX = "rollback-operator.dev"
MAKE_JOBS = Right("batch", "jobs", ("create", "get", "patch", "delete"))
WRITE_CONFIG_MAPS = Right("", "configmaps", ("create",))


def a_job(name: str, image: str = "nothing:1", **metadata: Any) -> Object:
    """Return a Job that succeeds at once."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "x", "image": image}]}
    spec = {"backoffLimit": 0, "template": {"spec": pod}}
    return {"metadata": {"name": name, **metadata}, "spec": spec}


def labels_of_the_step(shop: Shop) -> dict[str, str]:
    """Return the labels that the Job of the step will have: anybody can compute them."""
    found = json.loads(shop.deployment()["metadata"]["annotations"][f"{PREFIX}/history"])[
        "snapshots"
    ]
    return {
        f"{PREFIX}/rollout": found[-1]["id"],
        f"{PREFIX}/target": found[0]["id"],
        f"{PREFIX}/step": "drain",
        f"{PREFIX}/when": "before",
    }


def until_over(shop: Shop, name: str, how: str = "Complete") -> None:
    """Wait until a Job has succeeded, or `Failed`."""

    def is_over() -> bool:
        job = json.loads(shop.kubectl("get", "job", name, "-o", "json").stdout)
        return condition(job, how).get("status") == "True"

    wait_until(is_over, f"job {name} is {how}", seconds=60)


@pytest.fixture
def faker(shop: Shop) -> Attacker:
    """Somebody who may make Jobs where no admission policy looks at them."""
    return Attacker(shop, "faker", MAKE_JOBS)


def test_a_job_that_looks_like_a_step_that_succeeded_is_none(shop: Shop, faker: Attacker) -> None:
    """Else the old version would come back before the database was drained."""
    declare(shop)
    release_with_steps(shop, before="drain")
    fake = a_job("fake", labels=labels_of_the_step(shop))
    faker.batch.create_namespaced_job(shop.namespace, fake)
    until_over(shop, "fake")

    status = shop.roll_back()

    (step,) = status["targets"][0]["steps"]
    assert (status["reason"], step["state"]) == ("RolledBack", "Succeeded")
    assert step["job"] != "fake"
    assert len(jobs(shop)) == 2


def test_a_failed_job_that_looks_like_a_step_is_none_either(shop: Shop, faker: Attacker) -> None:
    declare(shop)
    release_with_steps(shop, before="drain")
    fake = a_job("fake", labels=labels_of_the_step(shop))
    fake["spec"]["template"]["spec"]["containers"][0]["image"] = "job-fails:1"
    faker.batch.create_namespaced_job(
        shop.namespace, {**fake, "spec": {**fake["spec"], "backoffLimit": 0}}
    )

    assert shop.roll_back()["reason"] == "RolledBack"


def test_what_vouches_for_one_job_vouches_for_no_copy(shop: Shop, faker: Attacker) -> None:
    """The step hangs; its twin, with all that is written on it, succeeds."""
    declare(shop, image="job-hangs:1")
    release_with_steps(shop, before="drain")
    shop.request(timeoutSeconds=20)
    (real,) = until_job(shop)
    twin = {key: real["metadata"][key] for key in ("labels", "annotations", "ownerReferences")}
    twin["labels"] = {k: v for k, v in twin["labels"].items() if k.startswith(PREFIX)}
    faker.batch.create_namespaced_job(shop.namespace, a_job("twin", **twin))
    until_over(shop, "twin")

    status = shop.until_over()

    assert (status["reason"], shop.image()) == ("BeforeFailed", "nginx:2")
    assert status["targets"][0]["steps"][0]["job"] == real["metadata"]["name"]


@pytest.fixture(scope="module")
def guarded(town: Shop) -> Attacker:
    """Somebody with the same rights where the chart's policies are in force."""
    return Attacker(town, "faker", MAKE_JOBS, WRITE_CONFIG_MAPS)


@pytest.mark.parametrize("label", ["rollout", "target", "step", "when"])
def test_where_the_policies_are_nobody_else_makes_a_job_with_the_labels_of_a_step(
    town: Shop, guarded: Attacker, label: str
) -> None:
    labels = {f"{PREFIX}/step": "drain", f"{PREFIX}/{label}": "x"}

    code, says = refusal(
        lambda: guarded.batch.create_namespaced_job(town.namespace, a_job("fake", labels=labels))
    )

    assert (code, "a Job with them is a step of a rollback" in says) == (403, True)


def test_nor_gives_them_to_a_job_of_their_own(town: Shop, guarded: Attacker) -> None:
    guarded.batch.create_namespaced_job(town.namespace, a_job("plain"))
    change = {"metadata": {"labels": {f"{PREFIX}/step": "drain"}}}

    code, _ = refusal(lambda: guarded.batch.patch_namespaced_job("plain", town.namespace, change))

    assert code == 403
    guarded.batch.patch_namespaced_job(
        "plain", town.namespace, {"metadata": {"labels": {"a": "b"}}}
    )
    until_over(town, "plain")


@pytest.fixture
def quarter(town: Shop) -> Iterator[Shop]:
    """A namespace of its own under the same operator."""
    place = Shop(town.cluster, *town.operators, prefix="installed")
    yield place
    place.close()


def test_the_operator_makes_them_under_its_own_policy(quarter: Shop) -> None:
    declare(quarter)
    release_with_steps(quarter, before="drain")

    assert (quarter.roll_back()["reason"], len(jobs(quarter))) == ("RolledBack", 1)


def test_a_step_that_asks_for_another_service_account_is_not_run(quarter: Shop) -> None:
    quarter.kubectl("create", "serviceaccount", "robot")
    declare(quarter, serviceAccountName="robot")
    release_with_steps(quarter, before="drain")
    version = quarter.deployment()["metadata"]["resourceVersion"]

    status = quarter.roll_back()

    assert (status["reason"], jobs(quarter)) == ("StepUnusable", [])
    assert "robot" in status["message"]
    assert quarter.deployment()["metadata"]["resourceVersion"] == version


def test_a_config_map_is_no_step(quarter: Shop) -> None:
    """Whoever may write one has the name of a step, and nothing that would be run."""
    writer = Attacker(quarter, "writer", WRITE_CONFIG_MAPS)
    body = {"metadata": {"name": "drain"}, "data": {"job": json.dumps(a_job("evil"))}}
    writer.core.create_namespaced_config_map(quarter.namespace, body)
    release_with_steps(quarter, before="drain")

    assert (quarter.roll_back()["reason"], jobs(quarter)) == ("StepUnusable", [])


def test_pod_security_holds_for_steps_as_for_any_pod(quarter: Shop) -> None:
    """The operator makes the Job; its pods are admitted by the namespace's own rules."""
    enforce = "pod-security.kubernetes.io/enforce=baseline"
    quarter.kubectl("label", "namespace", quarter.namespace, enforce)
    declare(quarter, hostNetwork=True)
    release_with_steps(quarter, before="drain")

    status = quarter.roll_back(timeoutSeconds=5)

    assert (status["reason"], quarter.image()) == ("BeforeFailed", "nginx:2")
    assert (
        json.loads(quarter.kubectl("get", "pods", "-l", "job-name", "-o", "json").stdout)["items"]
        == []
    )


def test_a_change_cause_acts_on_no_terminal(quarter: Shop) -> None:
    cause = "kubernetes.io/change-cause"
    evil = "\x1b[2J\x1b]0;owned\x07done\r\nRollbackRequest back deleted\u202e"
    quarter.release("nginx:1", annotations={cause: evil}, replicas=1)
    quarter.roll_out("nginx:2")
    quarter.until_recorded(snapshots=2)

    quarter.roll_back()

    found = quarter.deployment()["metadata"]["annotations"][f"{PREFIX}/history"]
    causes = [str(s.get("cause")) for s in json.loads(found)["snapshots"]]
    assert all(text.isprintable() for text in causes)
    assert "owned" in causes[0]
