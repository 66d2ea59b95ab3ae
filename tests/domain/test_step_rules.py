"""May the steps of a rollout be run? Small rules, in an order that is part of the meaning."""

from dataclasses import replace
from typing import Any

import pytest

from builders import a_history, a_replica_set, a_request, a_world
from builders.step_records import a_step, missing
from builders.templates import Version, a_container, a_pod
from rollback_operator.domain.decisions import End, Restore
from rollback_operator.domain.judge import judge
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.step import Step, When
from rollback_operator.domain.step_rules import RULES
from rollback_operator.domain.world import World


def world(*steps: Step, live: Version = "B", **changes: Any) -> World:
    """Return a world in which a version with these steps is to be left."""
    return a_world(a_history("A").of(live, steps=steps)).with_(**changes).build()


def message(of: World) -> str:
    """Return why the steps cannot be run."""
    end = judge(of)
    assert isinstance(end, End), end
    assert end.reason is Reason.STEP_UNUSABLE
    return end.message


def test_steps_that_can_be_run_refuse_nothing() -> None:
    good = world(a_step(args="${target.images.web}"), a_step(When.AFTER))

    assert isinstance(judge(good), Restore)


@pytest.mark.parametrize("when", list(When))
def test_a_missing_step_refuses(when: When) -> None:
    """An `after` that cannot be run is known beforehand, so nothing is begun."""
    assert message(world(missing(when))).startswith("there is no CronJob drain")


@pytest.mark.parametrize("when", list(When))
def test_an_expression_that_is_wrong_refuses(when: When) -> None:
    assert "${nobody}" in message(world(a_step(when, args="${nobody}")))


def test_every_expression_that_is_wrong_is_named_with_its_step() -> None:
    said = message(world(a_step(args="${nobody}"), a_step(When.AFTER, args="${no.thing}")))

    assert said.count("step drain has an expression that cannot be resolved") == 2
    assert [wrong for wrong in ("${nobody}", "${no.thing}") if wrong not in said] == []


def test_the_message_names_the_rollout_and_the_deployment() -> None:
    assert "(recorded with revision 2 of deployment shop/web)" in message(world(missing()))


def test_an_unsigned_record_refuses_though_a_replica_set_bears_the_template_out() -> None:
    """It vouches for pods, not for what runs with their rights."""
    unsigned = a_history("A").of("B", steps=(a_step(),)).unsigned()
    borne_out = a_world(unsigned).with_(replica_sets=(a_replica_set("A", 1),))

    assert "not signed by a known key" in message(borne_out.build())


@pytest.mark.parametrize("key", ["serviceAccountName", "serviceAccount"])
def test_another_account_refuses(key: str) -> None:
    account: Any = {key: "robot"}

    assert "asks for ServiceAccount robot" in message(world(a_step(**account)))


def test_an_account_that_a_setting_allows_does_not() -> None:
    allowed = replace(world(a_step(serviceAccountName="robot")), step_accounts=("robot",))

    assert isinstance(judge(allowed), Restore)


def test_the_account_of_the_pods_does_not() -> None:
    live = a_pod(a_container("web", "nginx:B"), serviceAccountName="robot")

    assert isinstance(judge(world(a_step(serviceAccountName="robot"), live=live)), Restore)


def test_the_account_is_that_of_the_rollout_not_of_what_is_put_back() -> None:
    """Else a release could borrow the rights of an earlier one."""
    earlier = a_pod(a_container("web", "nginx:A"), serviceAccountName="admin")
    history = a_history(earlier).of("B", steps=(a_step(serviceAccountName="admin"),))

    assert "ServiceAccount admin" in message(a_world(history).build())


def test_the_default_account_by_its_name_is_the_default() -> None:
    assert isinstance(judge(world(a_step(serviceAccountName="default"))), Restore)


def test_steps_of_what_is_put_back_do_not_count() -> None:
    history = a_history().of("A", steps=(missing(),)).of("B")

    assert isinstance(judge(a_world(history).build()), Restore)


def test_an_abandoned_rollout_has_no_steps_on_record() -> None:
    """What never completed was never recorded; the newest snapshot's steps are not its."""
    base = a_world(a_history("A").of("B", steps=(missing(),))).unfinished("C")

    assert isinstance(judge(base.asked(a_request().abandoning()).build()), Restore)


def test_other_refusals_come_first() -> None:
    """Of what is refused anyway, the steps are not looked at."""
    base = a_world(a_history("A").of("B", steps=(missing(),)))
    disabled = base.with_(disabled_by="a label").build()
    unknown = base.asked(a_request().to(revision=99)).build()

    reasons = [end.reason for end in map(judge, (disabled, unknown)) if isinstance(end, End)]

    assert reasons == [Reason.DISABLED, Reason.UNKNOWN_TARGET]


def test_the_rules_stand_in_this_order() -> None:
    """A step that is not there has no account; text that nobody signed is not evaluated."""
    assert [rule.__name__ for rule in RULES] == [
        "a_step_was_missing",
        "record_is_unsigned",
        "another_service_account",
        "an_expression_is_wrong",
    ]
