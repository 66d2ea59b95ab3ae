"""What the recorder makes of what happens: snapshots, and the line that they form."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import (
    NOON,
    UID,
    Story,
    a_claim,
    a_container,
    a_deployment,
    a_pod,
    a_story,
    id_of,
    letter_of,
    uid_of,
)
from rollback_operator.domain.record import next_history
from rollback_operator.domain.snapshot import Executed, Origin
from rollback_operator.domain.step import Step, When


@pytest.mark.parametrize(
    ("story", "recorded", "line"),
    [
        (a_story().rolls_out("A"), "A", "A"),
        (a_story().rolls_out("A", "B", "C"), "ABC", "CBA"),
        (a_story().rolls_out("A", "B", "A"), "ABA", "A"),
        (a_story().rolls_out("A", "B", "A", "B", "C"), "ABABC", "CBA"),
        (a_story().rolls_out("A", "B", "C", "D", "C", "B"), "ABCDCB", "BA"),
        (a_story().rolls_out("A", "B", "A", "C", "B"), "ABACB", "BCA"),
        (a_story().rolls_out("A", "B", "C", "A", "D"), "ABCAD", "DA"),
    ],
    ids=["first", "forward", "return", "forward-again", "back-and-back", "side", "far-back"],
)
def test_a_forward_rollout_is_put_on_top_and_a_return_replaces(
    story: Story, recorded: str, line: str
) -> None:
    assert (story.recorded, story.line, story.writes) == (recorded, line, len(recorded))


def test_every_return_is_told_from_a_forward_rollout() -> None:
    story = a_story().rolls_out("A", "B", "A", "B")

    assert [s.is_return for s in story.history.snapshots] == [False, False, True, False]
    assert story.history.snapshots[2].returned_to == id_of("A", 1)


def test_a_snapshot_says_what_was_rolled_out_when_and_by_whom() -> None:
    live = (
        a_deployment("A")
        .at_revision(1)
        .annotated({"kubernetes.io/change-cause": "c" * 500})
        .written_by("flux", "2030-01-01T11:59:00Z")
        .build()
    )
    story = a_story().changes_to("A")
    steps = (Step(When.BEFORE, "drain", None, "there is no CronJob drain"),)
    sight = replace(story.sight(), deployment=live, digests={"web": "sha256:1"}, steps=steps)

    history = next_history(sight)

    assert history is not None
    assert history.newest is not None
    assert history.newest.id == id_of("A", 1)
    assert (history.newest.template, history.newest.revision) == (live.template, 1)
    assert history.newest.cause == "c" * 199 + "…"
    assert (history.newest.manager, history.newest.started) == ("flux", NOON - timedelta(minutes=1))
    assert history.newest.completed == NOON + timedelta(minutes=1)
    assert history.newest.digests == {"web": "sha256:1"}
    assert (history.newest.replica_set, history.newest.steps) == (uid_of("A"), steps)
    assert (history.sequence, history.revision) == (1, 1)


def test_a_restart_makes_no_snapshot_and_no_write() -> None:
    story = a_story().rolls_out("A", "B").restarts().is_seen()

    assert (story.recorded, story.writes) == ("AB", 2)


def test_the_first_rollout_after_a_restart_is_on_top_of_what_was_restarted() -> None:
    assert a_story().rolls_out("A", "B").restarts().is_seen().rolls_out("C").line == "CBA"


def test_a_version_that_comes_back_without_the_restart_stamp_is_no_rollout() -> None:
    """CI that applies its manifest again drops the stamp: same version, older ReplicaSet."""
    assert a_story().rolls_out("A", "B").restarts().rolls_out("B").recorded == "AB"


def test_scaling_makes_no_snapshot_and_no_write() -> None:
    story = a_story().rolls_out("A").scales_to(5).scales_to(1)

    assert (story.recorded, story.writes) == ("A", 1)


def test_seeing_the_same_twice_writes_once() -> None:
    story = a_story().rolls_out("A").is_seen().is_found_at_the_start()

    assert story.writes == 1


def test_an_unfinished_rollout_is_not_recorded() -> None:
    story = a_story().rolls_out("A").fails_with("B")

    assert (story.recorded, story.writes) == ("A", 1)


def test_a_rollout_that_failed_is_not_on_the_line() -> None:
    assert a_story().rolls_out("A").fails_with("B").rolls_out("C").line == "CA"


def test_a_way_back_to_the_newest_snapshot_leaves_it_as_it_was() -> None:
    """`kubectl rollout undo` of a failed rollout: nothing new has succeeded."""
    story = a_story().rolls_out("A", "B").fails_with("C").undoes_to("B")

    assert (story.recorded, story.line, story.newest.is_return) == ("AB", "BA", False)


def test_nothing_is_recorded_before_the_controller_gave_a_revision() -> None:
    sight = a_story().changes_to("A").sight()
    unnumbered = a_deployment("A").without_annotations().build()

    assert next_history(replace(sight, deployment=unnumbered)) is None


def test_nothing_is_recorded_of_a_deployment_that_is_being_deleted() -> None:
    sight = a_story().changes_to("A").sight()
    going = a_deployment("A").at_revision(1).deleted().build()

    assert next_history(replace(sight, deployment=going)) is None


def test_without_replicas_a_rollout_is_recorded_as_not_verified() -> None:
    story = a_story()
    story.replicas = 0

    assert story.rolls_out("A").newest.verified is False


def test_it_is_verified_once_by_one_more_write_when_a_pod_becomes_available() -> None:
    story = a_story()
    story.replicas = 0
    story.rolls_out("A").scales_to(2).scales_to(3).is_seen()

    assert (story.newest.verified, story.recorded, story.writes) == (True, "A", 2)


def test_it_is_verified_by_the_digests_that_run_and_they_stay() -> None:
    story = a_story()
    story.replicas = 0
    story.rolls_out("A").changes_to("A").replicas = story.available = 2

    verified = next_history(replace(story.sight(), digests={"web": "sha256:1"}))

    assert verified is not None
    assert verified.newest is not None
    assert verified.newest.digests == {"web": "sha256:1"}
    later = replace(story.sight(), history=verified, own=verified.sequence)
    assert next_history(replace(later, digests={"web": "sha256:2"})) is None


def test_one_available_pod_verifies_before_the_scaling_is_done() -> None:
    story = a_story()
    story.replicas = 0
    story.rolls_out("A")
    story.replicas, story.available, story.is_done = 5, 1, False

    assert story.is_seen().newest.verified is True


def test_a_verified_snapshot_stays_so_when_it_is_scaled_to_nothing() -> None:
    assert a_story().rolls_out("A").scales_to(0).newest.verified is True


def test_a_history_that_an_undo_rewound_is_repaired_without_a_snapshot() -> None:
    """Undo replaces the annotations; a ReplicaSet kept the copy of the highest sequence."""
    story = a_story().rolls_out("A", "B", "C")
    story.is_seen(own=1)

    assert (story.recorded, story.writes, story.history.sequence) == ("ABC", 4, 4)


def test_a_rewound_history_is_repaired_together_with_the_return() -> None:
    story = a_story().rolls_out("A", "B", "C").changes_to("A")
    story.is_seen(own=1)

    assert (story.recorded, story.line, story.writes) == ("ABCA", "A", 4)


def test_a_rewound_history_waits_for_the_rollout_that_rewound_it() -> None:
    story = a_story().rolls_out("A", "B", "C").changes_to("A", is_done=False)

    assert story.is_seen(own=1).writes == 3


def test_a_template_that_no_replica_set_carries_yet_is_not_recorded() -> None:
    """A paused Deployment of no replicas looks done whatever its template is."""
    sight = a_story().rolls_out("A").changes_to("B").sight()

    assert next_history(replace(sight, replica_sets=sight.replica_sets[1:])) is None


def test_a_multi_container_return_needs_every_container_to_be_as_before() -> None:
    story = a_story().rolls_out(a_pod(a_container("web", "nginx:A"), a_container("log", "log:1")))
    story.rolls_out("B", a_pod(a_container("web", "nginx:A"), a_container("log", "log:2")))

    assert [s.is_return for s in story.history.snapshots] == [False, False, False]


def test_a_claim_makes_a_rollback_of_the_return() -> None:
    story = a_story().rolls_out("A", "B", "C").rolls_back_to("B")

    assert story.claim is not None
    assert story.newest.origin is Origin.ROLLBACK
    assert story.newest.returned_to == id_of("B", 2)
    assert (story.newest.manager, story.newest.started) == ("rollback-operator", story.claim.at)
    assert story.line == "BA"


def test_undo_and_a_revert_in_git_are_returns_but_no_rollbacks() -> None:
    assert a_story().rolls_out("A", "B", "A").newest.origin is Origin.ROLLOUT


def test_a_claim_goes_onto_the_ledger_with_the_snapshot_of_its_rollback() -> None:
    story = a_story().rolls_out("A", "B").rolls_back_to("A")

    assert story.history.executed == (Executed(id_of("B", 2), "another", "hash-2"),)
    assert story.writes == 3


def test_a_rollback_can_be_rolled_out_and_back_again() -> None:
    story = a_story().rolls_out("A", "B").rolls_back_to("A").rolls_out("B").rolls_back_to("A")

    assert [s.origin.value for s in story.history.snapshots] == [
        "Rollout",
        "Rollout",
        "Rollback",
        "Rollout",
        "Rollback",
    ]
    assert [line.rollout for line in story.history.executed] == [id_of("B", 2), id_of("B", 4)]


def test_a_spent_claim_does_not_make_a_rollback_of_a_later_undo_to_the_same_version() -> None:
    story = a_story().rolls_out("A", "B").rolls_back_to("A").rolls_out("C").undoes_to("A")

    assert story.newest.origin is Origin.ROLLOUT
    assert (story.newest.is_return, story.line) == (True, "A")


def test_a_claim_whose_rollback_was_overtaken_is_on_the_ledger_and_makes_no_rollback() -> None:
    story = a_story().rolls_out("A", "B").claims("A").rolls_out("C")

    assert story.newest.origin is Origin.ROLLOUT
    assert story.line == "CBA"
    assert [line.rollout for line in story.history.executed] == [id_of("B", 2)]


def test_a_rollback_of_the_artifacts_only_is_a_return_all_the_same() -> None:
    old, new = (a_pod(a_container("web", f"nginx:{v}", args=[v])) for v in "AB")
    mixed = a_pod(a_container("web", "nginx:A", args=["B"]))
    story = a_story().rolls_out(old, new).rolls_back_to(old, result=mixed)

    assert (story.newest.template, story.newest.origin) == (mixed, Origin.ROLLBACK)
    assert (story.newest.returned_to, story.line) == (story.history.snapshots[0].id, "A")


def test_a_rollback_to_a_snapshot_that_was_cut_goes_below_what_was_before_it() -> None:
    story = a_story().rolls_out("A", "B", "C", "D").claims("B")
    story.history = replace(story.history, snapshots=story.history.snapshots[2:])

    assert story.succeeds().newest.below is None
    assert story.newest.origin is Origin.ROLLBACK


def test_a_rollback_goes_where_its_target_was_on_the_line() -> None:
    """Not on top of what was recorded just before that."""
    assert a_story().rolls_out("A", "B", "A", "C").rolls_back_to("A").line == "A"


def test_a_rollback_to_a_snapshot_that_is_gone_goes_on_top_of_the_one_before_it() -> None:
    story = a_story().rolls_out("A", "B", "C", "D").claims("B")
    oldest, _, *newer = story.history.snapshots
    story.history = replace(story.history, snapshots=(oldest, *newer))

    assert story.succeeds().newest.below == id_of("A", 1)


def test_what_is_written_anyway_takes_void_claims_along_but_not_the_one_at_work() -> None:
    """Its own line would say that it is over."""
    story = a_story().rolls_out("A", "B").fails_with("C").claims("B")
    carried_on, void = Executed("r", "old", "h"), a_claim(*story.history.snapshots)
    assert story.claim is not None
    story.claim = replace(story.claim, earlier=(carried_on,))

    history = next_history(replace(story.sight(), crowded=True, other_claims=(void,)))

    assert history is not None
    assert history.executed == (*void.ledger, carried_on)


def test_abandoning_a_failed_rollout_leaves_a_line_on_the_ledger_and_no_snapshot() -> None:
    story = a_story().rolls_out("A", "B").fails_with("C").claims("B").succeeds()

    assert (story.recorded, len(story.history.executed), story.writes) == ("AB", 1, 3)


def test_an_unfinished_abandoning_is_not_on_the_ledger_yet() -> None:
    story = a_story().rolls_out("A", "B").fails_with("C").claims("B").is_seen()

    assert (story.history.executed, story.writes) == ((), 2)


def test_a_claim_carries_the_ledger_of_the_one_it_overwrote() -> None:
    story = a_story().rolls_out("A", "B").claims("A").fails_with("C").claims("A").succeeds()

    assert [line.hash for line in story.history.executed] == ["hash-2", "hash-4"]
    assert {s.id for s in story.history.snapshots} == {id_of("A", 1), id_of("B", 2), id_of("A", 5)}
    assert story.history.uid == UID
    assert letter_of(story.newest.template) == "A"
