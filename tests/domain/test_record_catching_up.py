"""What the recorder makes of a Deployment that it finds: adoption, gaps, catching up."""

from dataclasses import replace

import pytest

from builders import (
    DeploymentBuilder,
    Story,
    a_claim,
    a_deployment,
    a_history,
    a_replica_set,
    a_story,
)
from rollback_operator.domain.annotations import API_LIMIT
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.gaps import may_have_succeeded
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.record import needs_a_look, next_history
from rollback_operator.domain.sight import Missed, Seen, Sight
from rollback_operator.domain.snapshot import History, Origin


def available_once(sight: Sight) -> Sight:
    """Let pods have failed since: not done now, but the controller saw it available."""
    said = a_deployment(sight.deployment.template).at_revision(sight.deployment.revision)
    said = said.counting(2, 2, 0).saying("Progressing", "NewReplicaSetAvailable")
    return replace(sight, deployment=said.build())


def test_what_is_found_at_the_start_is_adopted_with_one_snapshot() -> None:
    story = a_story().rolls_out_unseen("A", "B").is_found_at_the_start()

    assert (story.recorded, story.newest.origin, story.writes) == ("B", Origin.ADOPTED, 1)
    assert story.newest.gap is False


def test_a_first_rollout_that_was_watched_is_not_adopted() -> None:
    assert a_story().rolls_out("A").newest.origin is Origin.ROLLOUT


def test_a_deployment_that_had_rollouts_before_its_first_record_is_adopted() -> None:
    assert a_story().rolls_out_unseen("A").rolls_out("B").newest.origin is Origin.ADOPTED


def test_only_the_first_snapshot_is_adopted() -> None:
    story = a_story().rolls_out_unseen("A").is_found_at_the_start()

    assert story.rolls_out_unseen("B").is_found_at_the_start().newest.origin is Origin.ROLLOUT


def test_what_failed_is_not_adopted() -> None:
    story = a_story().changes_to("A", is_done=False).is_found_at_the_start()

    assert (story.recorded, story.writes) == ("", 0)


@pytest.mark.parametrize(
    ("story", "gap"),
    [
        (a_story().rolls_out("A").rolls_out_unseen("B"), False),
        (a_story().rolls_out("A").rolls_out_unseen("B", "C"), True),
        (a_story().rolls_out("A").restarts().changes_to("C"), False),
        (a_story().rolls_out("A").changes_to("C").restarts(), False),
        (a_story().rolls_out("A").restarts().changes_to("B").changes_to("C"), True),
        (a_story().rolls_out("A", "B").rolls_out_unseen("C", "A"), True),
        (a_story().rolls_out("A", "B").rolls_out_unseen("A"), False),
    ],
    ids=[
        "one-rollout",
        "two-rollouts",
        "restart-before",
        "restart-after",
        "restart-and-two-rollouts",
        "away-and-back",
        "undo",
    ],
)
def test_revisions_that_nobody_saw_and_that_were_no_restarts_make_a_gap(
    story: Story,
    gap: bool,  # noqa: FBT001 - a table
) -> None:
    assert story.is_found_at_the_start().newest.gap is gap


def seen_unfinished(story: Story, version: str = "C") -> Story:
    """Let a recorder start while a rollout is under way."""
    return story.changes_to(version, is_done=False).is_found_at_the_start()


@pytest.mark.parametrize(
    ("story", "gap"),
    [
        (seen_unfinished(a_story().rolls_out("A").rolls_out_unseen("B")), True),
        (seen_unfinished(a_story().rolls_out("A").rolls_out_unseen("B")).changes_to("D"), True),
        (seen_unfinished(a_story().rolls_out("A").fails_with("B")), False),
        (seen_unfinished(a_story().rolls_out("A").rolls_out_unseen("B").fails_with("X")), True),
        (seen_unfinished(a_story().rolls_out("A")), False),
        (seen_unfinished(a_story().rolls_out("A").restarts()), False),
        (seen_unfinished(a_story().rolls_out("A").rolls_out_unseen("B")).changes_to("B"), False),
        (seen_unfinished(a_story().rolls_out("A").fails_with("X").undoes_to("A")), False),
        (seen_unfinished(a_story()), False),
    ],
    ids=[
        "one-was-done",
        "one-was-done-and-another-follows",
        "one-had-failed",
        "one-was-done-and-one-had-failed",
        "none-in-between",
        "restart-in-between",
        "back-to-what-was-done",
        "failed-and-undone-in-between",
        "nothing-on-record",
    ],
)
def test_what_may_have_been_done_unseen_is_a_gap_though_the_start_saw_a_later_rollout_under_way(
    story: Story,
    gap: bool,  # noqa: FBT001 - a table
) -> None:
    """Pods of a version show that nothing after it was ever done."""
    assert story.succeeds().newest.gap is gap


def test_what_was_done_just_before_the_start_saw_another_template_is_a_gap() -> None:
    """The controller has not numbered it yet."""
    story = a_story().rolls_out("A").rolls_out_unseen("B")
    changed = a_deployment("C").at_revision(2).rolling_out().build()
    sight = replace(story.sight(first=True), deployment=changed)

    assert may_have_succeeded(sight) == {2}


def test_without_pods_anything_before_the_live_rollout_may_have_been_done() -> None:
    story = a_story().rolls_out("A").rolls_out_unseen("B", "C").changes_to("D", is_done=False)
    story.replicas = 0

    assert may_have_succeeded(story.sight(first=True)) == {2, 3}


def test_what_came_after_the_oldest_pods_was_never_done() -> None:
    sight = a_story().rolls_out("A").rolls_out_unseen("B", "C", "D").sight(first=True)
    pods = [a_replica_set(v, n, replicas=1) for n, v in ((4, "D"), (3, "C"), (2, "B"))]

    assert may_have_succeeded(replace(sight, replica_sets=tuple(pods))) == {2}


def test_nothing_is_unwatched_for_who_watches() -> None:
    story = a_story().rolls_out("A").rolls_out_unseen("B").changes_to("C", is_done=False)

    assert may_have_succeeded(story.sight()) == set()


def test_what_was_live_when_a_rollback_was_judged_makes_no_gap() -> None:
    """Somebody was watching until then, though the newest on record is older."""
    story = a_story().rolls_out("A", "B").fails_with("C").claims("A")
    assert story.claim is not None
    story.claim = replace(story.claim, live_revision=3)
    story.is_done, story.available = True, 2

    assert story.is_found_at_the_start().newest.gap is False


def test_a_failed_rollout_that_was_watched_makes_no_gap() -> None:
    assert a_story().rolls_out("A").fails_with("B").rolls_out("C").newest.gap is False


def test_revisions_whose_replica_sets_are_gone_make_a_gap() -> None:
    story = a_story().rolls_out("A").restarts().changes_to("C")
    sight = story.sight(first=True)

    history = next_history(replace(sight, replica_sets=sight.replica_sets[:1]))

    assert history is not None
    assert history.newest is not None
    assert history.newest.gap is True


def test_the_success_in_between_is_not_invented() -> None:
    story = a_story().rolls_out("A").rolls_out_unseen("B", "C").is_found_at_the_start()

    assert (story.recorded, story.line) == ("AC", "CA")


def test_a_history_that_was_rewound_for_good_is_treated_as_a_gap() -> None:
    sight = replace(a_story().rolls_out("A").changes_to("B").sight(), rewound=True)

    history = next_history(sight)

    assert history is not None
    assert history.newest is not None
    assert history.newest.gap is True


def test_a_rollout_that_was_once_done_is_caught_up_with_though_its_pods_fail_now() -> None:
    """That is when people roll back."""
    sight = available_once(a_story().rolls_out("A").changes_to("B").sight(first=True))

    history = next_history(sight)

    assert history is not None
    assert [s.revision for s in history.snapshots] == [1, 2]


def test_while_watching_only_done_counts() -> None:
    assert next_history(available_once(a_story().changes_to("A").sight())) is None


def test_the_controllers_word_does_not_count_for_a_replica_set_that_was_returned_to() -> None:
    sight = available_once(a_story().rolls_out("A", "B").changes_to("A").sight(first=True))

    assert next_history(sight) is None


def test_a_rollback_that_was_claimed_before_the_crash_is_recognised_after_it() -> None:
    story = a_story().rolls_out("A", "B").claims("A")
    story.is_done, story.available = True, 2

    assert story.is_found_at_the_start().newest.origin is Origin.ROLLBACK
    assert len(story.history.executed) == 1


RECORDED = a_history("A", "B").build()


def look(deployment: Deployment, own: History | None = RECORDED, seen: Seen | None = None) -> bool:
    return needs_a_look(deployment, own, None, seen or Seen(1, 2), Missed())


@pytest.mark.parametrize(
    ("expected", "deployment", "own"),
    [
        (False, a_deployment("B").at_revision(2), RECORDED),
        (True, a_deployment("C").at_revision(3), RECORDED),
        (False, a_deployment("C").at_revision(3).rolling_out(), RECORDED),
        (True, a_deployment("A").at_revision(1), None),
        (True, a_deployment("A").at_revision(1), History("uid")),
        (False, a_deployment("A").rolling_out(), None),
        (True, a_deployment("B").at_revision(3), RECORDED),
        (True, a_deployment("B").at_revision(2), a_history("A").unverified("B").build()),
    ],
    ids=[
        "recorded",
        "new-and-done",
        "unfinished",
        "no-history",
        "empty-history",
        "first-unfinished",
        "another-revision",
        "became-available",
    ],
)
def test_replica_sets_are_only_looked_at_when_something_may_have_to_be_written(
    expected: bool,  # noqa: FBT001 - a table
    deployment: DeploymentBuilder,
    own: History | None,
) -> None:
    assert look(deployment.build(), own) is expected


def test_a_lower_sequence_than_was_seen_before_needs_a_look() -> None:
    live = a_deployment("B").at_revision(2).build()

    assert look(live, seen=Seen(5, 2))


def test_a_claim_that_is_not_on_the_ledger_needs_a_look_once_it_is_done() -> None:
    claim = a_claim(RECORDED.snapshots[0], RECORDED.snapshots[1])
    live = a_deployment("B").at_revision(2)
    recorded = RECORDED.with_executed(claim.ledger)

    assert needs_a_look(live.build(), RECORDED, claim, Seen(1, 2), Missed())
    assert not needs_a_look(live.rolling_out().build(), RECORDED, claim, Seen(1, 2), Missed())
    assert not needs_a_look(live.build(), recorded, claim, Seen(1, 2), Missed())


def test_at_the_start_the_controllers_word_is_enough_for_a_look() -> None:
    said = a_deployment("C").counting(2, 2, 0).saying("Progressing", "NewReplicaSetAvailable")

    assert needs_a_look(said.build(), RECORDED, None, Seen(), Missed(first=True))
    assert not needs_a_look(said.build(), RECORDED, None, Seen(), Missed())


def test_at_the_start_what_came_before_an_unfinished_rollout_needs_a_look() -> None:
    unfinished = a_deployment("C").at_revision(4).rolling_out().build()

    assert needs_a_look(unfinished, RECORDED, None, Seen(), Missed(first=True))
    assert not needs_a_look(unfinished, RECORDED, None, Seen(), Missed())


def test_annotations_that_came_too_near_the_limit_need_a_look() -> None:
    live = a_deployment("B").at_revision(2)
    room = {HISTORY: "{}", TEMPLATES: "x" * 99}
    crowd = {"note": "x" * (API_LIMIT - 99)}

    assert not look(live.annotated(room).build())
    assert look(live.annotated(room | crowd).build())


@pytest.mark.parametrize(("available", "expected"), [(0, False), (1, True)])
def test_one_pod_that_became_available_needs_a_look(available: int, *, expected: bool) -> None:
    live = a_deployment("B").at_revision(2).counting(2, 2, available).build()

    assert look(live, a_history("A").unverified("B").build()) is expected


def test_a_look_that_came_to_nothing_is_made_up_for_if_the_rollout_was_done() -> None:
    missed = Missed(first=True, revisions=frozenset({2}), unwatched=frozenset({1}))
    done = a_deployment("C").at_revision(3)

    assert missed.then(done.build()) == replace(missed, revisions=frozenset({2, 3}))
    assert missed.then(done.rolling_out().build()) == missed
