"""Step annotations with which somebody tries to reach what is not theirs, or simply errs."""

from collections.abc import Iterator

import pytest

import harness
from builders.steps import (
    BEFORE,
    amend,
    declare,
    jobs,
    ran,
    release_with_steps,
    roll_out_with_steps,
)
from harness.operator_process import OperatorProcess
from harness.shop import Shop

NAMES = {
    "upper_case": "Drain",
    "a_space_inside": "dr ain",
    "a_folder": "a/b",
    "a_parent": "..",
    "a_query": "drain?watch=true",
    "a_fragment": "drain#x",
    "a_percent": "drain%2f..",
    "a_wildcard": "*",
    "a_list_itself": "drain/",
    "another_resource": "../jobs/drain",
    "another_group": "../../../../../../api/v1/namespaces/default/configmaps/kube-root-ca.crt",
    "shell": "$(id)",
    "an_expression": "${deployment.name}",
    "a_very_long_one": "d" * 300,
    "not_ascii": "dräin",
    "json": '{"name": "drain"}',
    "semicolons": "drain;backup",
    "a_line_break": "drain\nbackup",
    "a_null_character_written_out": "drain%00",
}


@pytest.fixture(scope="module")
def town(cluster: harness.Cluster, shared_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace with a Deployment for each name, and the CronJob `drain` that is not meant."""
    assert shared_operator.is_running
    shop = Shop(cluster, shared_operator)
    declare(shop)
    for case in NAMES:
        shop.deploy("nginx:1", name=dashed(case), replicas=1, wait=False)
    for case, name in NAMES.items():
        shop.until_recorded(dashed(case), snapshots=1)
        roll_out_with_steps(shop, name=dashed(case), before=name)
    yield shop
    shop.close()


def dashed(case: str) -> str:
    """Return a name for a case's objects."""
    return case.replace("_", "-")


@pytest.mark.parametrize("case", NAMES)
def test_a_step_that_is_no_name_of_a_cron_job_is_unusable(town: Shop, case: str) -> None:
    name = dashed(case)
    before = town.deployment(name)["metadata"]["resourceVersion"]

    status = town.roll_back(name, target=name)

    assert (status["phase"], status["reason"]) == ("Exception", "StepUnusable")
    assert town.deployment(name)["metadata"]["resourceVersion"] == before
    assert jobs(town) == []


def test_a_cron_job_of_another_namespace_cannot_be_reached(
    cluster: harness.Cluster, shop: Shop
) -> None:
    """The operator may read all namespaces, whoever writes the annotation only one."""
    other = Shop(cluster)
    declare(other, "private", args=["their-password"])
    path = f"../../{other.namespace}/cronjobs/private"
    release_with_steps(shop, before=path)

    status = shop.roll_back()

    recorded = shop.kubectl("get", "deployment", "web", "-o", "yaml").stdout
    other.close()
    assert status["reason"] == "StepUnusable"
    assert "their-password" not in recorded
    assert jobs(shop) == []


@pytest.mark.parametrize("text", [" ", ",", " , ,, "])
def test_blank_lists_name_no_step(shop: Shop, text: str) -> None:
    release_with_steps(shop, before=text)

    assert (shop.roll_back()["reason"], jobs(shop)) == ("RolledBack", [])


def test_a_step_named_twice_runs_once(shop: Shop) -> None:
    declare(shop)
    release_with_steps(shop, before="drain,drain")

    assert (shop.roll_back()["reason"], ran(shop)) == ("RolledBack", [("before", "drain")])


def test_one_of_two_that_is_missing_refuses_both(shop: Shop) -> None:
    declare(shop)
    release_with_steps(shop, before="drain,backup")

    assert (shop.roll_back()["reason"], jobs(shop)) == ("StepUnusable", [])


def test_annotations_of_the_deployment_itself_name_no_step(shop: Shop) -> None:
    """Only the pod template is part of a rollout; who may annotate may not run Jobs."""
    declare(shop)
    shop.release("nginx:1", "nginx:2", replicas=1)
    shop.kubectl("annotate", "deployment/web", f"{BEFORE}=drain")
    shop.until_seen()

    assert (shop.roll_back()["reason"], jobs(shop)) == ("RolledBack", [])


def test_a_job_that_somebody_else_controls_ends_by_the_deadline(shop: Shop) -> None:
    """A Job that names another controller is never begun."""
    declare(shop)
    amend(shop, {"managedBy": "example.com/nobody"})
    release_with_steps(shop, before="drain")

    status = shop.roll_back(timeoutSeconds=2)

    assert (status["reason"], shop.image()) == ("BeforeFailed", "nginx:2")
