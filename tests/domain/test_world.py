"""What is derived from what was gathered: the live snapshot, the running claim, the request."""

from datetime import timedelta

import pytest

from builders import (
    NOON,
    RequestBuilder,
    a_claim,
    a_deployment,
    a_history,
    a_replica_set,
    a_request,
    a_template,
    a_world,
)
from rollback_operator.domain.deployment import ReplicaSet
from rollback_operator.domain.gitops import applied_by
from rollback_operator.domain.world import request_hash


def the_hash(request: RequestBuilder) -> str:
    return request_hash(request.build())


@pytest.mark.parametrize(
    ("request_", "digest"),
    [
        (a_request(), "b1fff586f0d671bc"),
        (a_request().of_targets("web", "api").saying(reason="bad"), "d73b619ebef5e8a8"),
        (a_request().selecting("b", "a"), "f5eef53e2dd88810"),
        (a_request().selecting_as_of("2030-01-01T12:00:00Z", app="shop"), "60278ad1b212f5a6"),
    ],
    ids=["plain", "targets", "components", "as-of"],
)
def test_the_hash_of_a_request_stays_the_same_for_ever(
    request_: RequestBuilder, digest: str
) -> None:
    """Ledgers keep it: with another one a newer operator would do again what was done."""
    assert the_hash(request_) == digest


def test_a_request_that_is_deleted_and_applied_again_has_the_same_hash() -> None:
    assert the_hash(a_request()) == the_hash(a_request().named("back", uid="another-uid"))


def test_what_may_be_changed_later_does_not_count() -> None:
    changed = a_request().saying(suspend=True, ttlSecondsAfterFinished=5)

    assert the_hash(a_request()) == the_hash(changed)


def test_a_default_that_is_written_out_is_the_same_request() -> None:
    assert the_hash(a_request()) == the_hash(a_request().saying(order="Reverse", onFailure="Stop"))


def test_the_order_of_selected_names_does_not_count() -> None:
    """They are a set to the API server."""
    one, other = a_request().selecting("a", "b"), a_request().selecting("b", "a")

    assert the_hash(one) == the_hash(other)


def test_one_moment_in_two_zones_is_the_same_request() -> None:
    one, other = (
        a_request().saying(asOf=text)
        for text in ("2030-01-01T12:00:00Z", "2030-01-01T14:00:00+02:00")
    )

    assert the_hash(one) == the_hash(other)


@pytest.mark.parametrize(
    "other",
    [
        a_request("another"),
        a_request().to(revision=1),
        a_request().of_targets("web", "api"),
        a_request().saying(reason="another"),
        a_request().selecting("web/image"),
        a_request().selecting_as_of("2030-01-01T12:00:00Z", app="shop"),
    ],
    ids=["name", "target", "targets", "reason", "components", "as-of"],
)
def test_another_name_or_spec_is_another_request(other: RequestBuilder) -> None:
    assert the_hash(a_request()) != the_hash(other)


def test_the_newest_snapshot_is_live_also_after_a_restart() -> None:
    restarted = a_deployment(a_template("B", restarted="12:00"))

    assert a_world().live(restarted).build().live == a_world().build().history.newest
    assert a_world().unfinished("C").build().live is None
    assert a_world(a_history()).build().live is None


def test_a_claim_runs_until_it_is_recorded_or_another_template_is_live() -> None:
    running = a_world().rolling_back_to(1).build()
    assert running.claim is not None
    recorded = running.history.with_executed(running.claim.ledger)

    assert running.running_claim == running.claim
    assert a_world().rolling_back_to(1).live(a_deployment("C")).build().running_claim is None
    assert a_claim(recorded.snapshots[1], recorded.snapshots[0]).is_spent(recorded)
    assert a_world().build().running_claim is None


def test_an_unfinished_rollout_to_what_was_below_is_a_return() -> None:
    assert a_world().unfinished("A").build().is_unfinished_return
    assert a_world().rolling_back_to(1).build().is_unfinished_return
    assert not a_world().unfinished("C").build().is_unfinished_return


def test_a_request_may_begin_until_its_starting_deadline() -> None:
    world = a_world().asked(a_request().saying(startingDeadlineSeconds=60)).build()

    assert world.starting_deadline == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("mark", "tool"),
    [
        ("kustomize.toolkit.fluxcd.io/name", "Flux"),
        ("helm.toolkit.fluxcd.io/name", "Flux"),
        ("argocd.argoproj.io/tracking-id", "Argo CD"),
        ("team", None),
    ],
)
def test_a_gitops_tool_is_known_by_its_marks(mark: str, tool: str | None) -> None:
    assert applied_by(a_request().annotated(**{mark: "x"}).build()) == tool


def test_the_live_revision_is_known_while_the_controller_has_not_seen_that_it_was_scaled() -> None:
    scaled = a_deployment("C").at_revision(3).counting(2, 2, 2, observed=0)
    world = a_world().live(scaled).with_(replica_sets=(a_replica_set("C", 3),)).build()

    assert world.known_revision == 3


@pytest.mark.parametrize("sets", [(), (a_replica_set("A", 1),)], ids=["new", "again"])
def test_a_rollout_that_the_controller_has_not_seen_does_not_have_the_revision_before(
    sets: tuple[ReplicaSet, ...],
) -> None:
    live = a_deployment("A").at_revision(2)
    world = a_world().live(live).with_(replica_sets=(a_replica_set("B", 2), *sets)).build()

    assert world.known_revision is None
