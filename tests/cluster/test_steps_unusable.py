"""Steps that cannot be run are refused before any write: no Job, and the Deployment as it was."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

import harness
from builders.steps import declare, jobs, roll_out_with_steps
from conftest import StartsOperators
from harness.objects import Object, rollbackable
from harness.operator_process import OperatorProcess
from harness.shop import Shop


@dataclass(frozen=True)
class Case:
    """A step as it was declared when its rollout was recorded, and what the answer must say."""

    sentence: str
    says: tuple[str, ...]
    step: Object | None = field(default_factory=dict)
    when: str = "before"

    @property
    def name(self) -> str:
        """A name for its objects."""
        return self.sentence.replace("_", "-")


def env(value: str) -> Object:
    """Return a step with one variable."""
    return {"env": [{"name": "VALUE", "value": value}]}


CASES = [
    Case("no_such_cron_job", ("CronJob no-such-cron-job",), None),
    Case("no_such_cron_job_after", ("CronJob no-such-cron-job-after",), None, "after"),
    Case("not_suspended", ("not-suspended", "not suspended"), {"suspend": False}),
    Case("another_account", ("robot", "ServiceAccount"), {"serviceAccountName": "robot"}),
    Case(
        "another_account_by_its_old_name",
        ("robot",),
        {"serviceAccount": "robot", "serviceAccountName": "robot"},
    ),
    Case("unknown_root", ("${secrets.password}", "known are"), {"args": ["${secrets.password}"]}),
    Case("shell_variable", ("${HOME}",), {"command": ["sh", "-c", "echo ${HOME}"]}),
    Case("unknown_field", ("${rollout.colour}",), env("${rollout.colour}")),
    Case("unknown_container", ("${target.images.web}",), env("x ${target.images.web}")),
    Case("empty_expression", ("${}",), {"args": ["${}"]}),
    Case("blank_expression", ("${ }",), {"args": ["${ }"]}),
    Case("syntax_error", ("${rollout.}", "cannot be read"), {"args": ["${rollout.}"]}),
    Case("two_words", ("${rollout revision}",), {"args": ["${rollout revision}"]}),
    Case("unclosed_text", ("${'open}",), {"args": ["${'open}"]}),
    Case("a_whole_map", ("${rollout.images}", "neither"), {"args": ["${rollout.images}"]}),
    Case("a_list", ("${[1, 2]}",), {"args": ["${[1, 2]}"]}),
    Case("a_null", ("${null}",), {"args": ["${null}"]}),
    Case("division_by_zero", ("${1/0}",), {"args": ["${1/0}"]}),
    Case("an_unknown_function", ("${exec('id')}",), {"args": ["${exec('id')}"]}),
    Case("a_bad_regex", ("matches",), {"args": ["${'a'.matches('(')}"]}),
    Case("an_endless_one", ("longer than",), {"args": ["${" + "1+" * 600 + "1}"]}),
    Case("python_inside", ("__class__",), {"args": ["${rollout.__class__.__mro__}"]}),
    Case("wrong_only_after", ("${nobody}",), {"args": ["${nobody}"]}, "after"),
    Case("second_argument_wrong", ("${nobody}",), {"args": ["${rollout.revision}", "${nobody}"]}),
]


@pytest.fixture(scope="module")
def town(cluster: harness.Cluster, shared_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace with a Deployment for each case, its second rollout live and recorded."""
    assert shared_operator.is_running
    shop = Shop(cluster, shared_operator)
    for case in CASES:
        shop.deploy("nginx:1", name=case.name, replicas=1, wait=False)
    for case in CASES:
        shop.until_recorded(case.name, snapshots=1)
        if case.step is not None:
            declare(shop, case.name, **case.step)
    for case in CASES:
        named = {"before": "", "after": "", case.when: case.name}
        roll_out_with_steps(shop, name=case.name, before=named["before"], after=named["after"])
    yield shop
    shop.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_it_is_refused_before_any_write(town: Shop, case: Case) -> None:
    deployment = town.deployment(case.name)
    before = deployment["metadata"]["resourceVersion"]

    status = town.roll_back(case.name, target=case.name)

    assert (status["phase"], status["reason"]) == ("Exception", "StepUnusable")
    assert [part for part in case.says if part not in status["message"]] == []
    assert f"{town.namespace}/{case.name}" in status["message"]
    assert town.deployment(case.name)["metadata"]["resourceVersion"] == before
    assert jobs(town) == []
    assert rollbackable(deployment) == ("False", "StepUnusable"), "and it was known beforehand"


def test_what_is_suspended_only_now_was_no_step_then(shop: Shop) -> None:
    declare(shop, suspend=False)
    shop.release("nginx:1", replicas=1)
    roll_out_with_steps(shop, before="drain")
    declare(shop)

    assert (shop.roll_back()["reason"], jobs(shop)) == ("StepUnusable", [])


def test_the_next_rollout_of_a_mended_step_can_be_rolled_back(shop: Shop) -> None:
    shop.release("nginx:1", replicas=1)
    roll_out_with_steps(shop, before="drain")
    declare(shop)
    roll_out_with_steps(shop, "nginx:3", before="drain", snapshots=3)

    assert (shop.roll_back()["reason"], shop.image()) == ("RolledBack", "nginx:2")


def test_a_step_may_run_as_its_pods_do(shop: Shop) -> None:
    account(shop)
    declare(shop, serviceAccountName="robot")
    shop.release("nginx:1", replicas=1)
    roll_out_with_steps(shop, before="drain", serviceAccountName="robot")

    assert shop.roll_back()["reason"] == "RolledBack"
    pod = jobs(shop)[0]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "robot"


def account(shop: Shop) -> None:
    """Make the ServiceAccount `robot`."""
    shop.core.create_namespaced_service_account(shop.namespace, {"metadata": {"name": "robot"}})


def test_a_setting_allows_more_accounts(empty_shop: Shop, start_operator: StartsOperators) -> None:
    start_operator(empty_shop, ROLLBACK_STEP_SERVICE_ACCOUNTS="robot")
    account(empty_shop)
    declare(empty_shop, serviceAccountName="robot")
    empty_shop.release("nginx:1", replicas=1)
    released = roll_out_with_steps(empty_shop, before="drain")

    assert rollbackable(released) == ("True", "EarlierSnapshot")
    assert empty_shop.roll_back()["reason"] == "RolledBack"


def test_steps_of_an_unsigned_record_are_never_run(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Whoever may write the annotations would run Jobs with the rights of the pods."""
    start_operator(empty_shop, ROLLBACK_KEY_FILES="")
    declare(empty_shop)
    empty_shop.release("nginx:1", replicas=1)
    before = roll_out_with_steps(empty_shop, before="drain")

    status = empty_shop.roll_back()

    assert rollbackable(before) == ("False", "StepUnusable")
    assert status["reason"] == "StepUnusable"
    assert "ROLLBACK_KEY_FILES" in status["message"]
    after = empty_shop.deployment()["metadata"]["resourceVersion"]
    assert (after, jobs(empty_shop)) == (before["metadata"]["resourceVersion"], [])
