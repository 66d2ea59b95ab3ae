"""The history of a Deployment: its line, its gaps, its ledger, and what is left when it is cut."""

from dataclasses import replace

import pytest

from builders import (
    HistoryBuilder,
    a_history,
    a_replica_set,
    a_snapshot,
    a_template,
    id_of,
    image_of,
    letter_of,
)
from rollback_operator.domain.snapshot import LEDGER_LIMIT, Executed, History, rollout_id


def line(history: History) -> str:
    return "".join(letter_of(s.template) for s in history.below(history.newest))


def letters(history: History) -> str:
    return "".join(letter_of(s.template) for s in history.snapshots)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (a_history(), ""),
        (a_history("A"), ""),
        (a_history("A", "B", "C"), "BA"),
        (a_history("A", "B").returned_to("A"), ""),
        (a_history("A", "B", "C", "D").returned_to("C"), "BA"),
        (a_history("A", "B", "C").returned_to("B").of("D"), "BA"),
    ],
    ids=["empty", "first", "forward", "return-to-the-first", "return", "forward-again"],
)
def test_the_line_below_the_live_one(history: HistoryBuilder, expected: str) -> None:
    assert line(history.build()) == expected


def test_the_line_ends_where_the_history_was_cut() -> None:
    assert line(a_history("A", "B", "C", "D").build().truncated_to(2)) == "C"


def test_a_line_that_leads_round_in_a_circle_ends() -> None:
    """Anyone may write a history that nobody signs."""
    first, second, third = a_history("A", "B", "C").build().snapshots
    forged = (replace(first, below=second.id), second, third)

    assert line(History("uid", snapshots=forged)) == "BA"


def test_a_snapshot_that_lies_on_itself_ends_the_line() -> None:
    first, second = a_history("A", "B").build().snapshots

    assert line(History("uid", snapshots=(first, replace(second, below=second.id)))) == "B"


def test_cutting_keeps_the_newest_and_says_so() -> None:
    cut = a_history("A", "B", "C").build().truncated_to(2)

    assert (letters(cut), cut.truncated, cut.is_whole) == ("BC", True, False)


def test_what_fits_is_not_cut() -> None:
    history = a_history("A", "B").build()

    assert history.truncated_to(2) == history


def test_a_cut_history_keeps_the_newest_lines_of_its_ledger() -> None:
    hashes = [str(n) for n in range(LEDGER_LIMIT + 2)]
    history = a_history("A", "B", "C").executed(*hashes).build()

    assert [line.hash for line in history.truncated_to(1).executed] == hashes[2:]


@pytest.mark.parametrize(
    ("history", "blind_to"),
    [
        (a_history("A", "B", "C"), []),
        (a_history("A").with_gap("D", skipping=2), [2, 3]),
        (a_history().with_gap("C", skipping=2), [1, 2]),
        (a_history("A").with_gap("C").of("D"), [2]),
        (HistoryBuilder().of("D", revision=4).of("E"), []),
        (HistoryBuilder().of("D", revision=4).with_gap("F"), [5]),
        (a_history(), []),
    ],
    ids=["watched", "gap", "gap-at-the-beginning", "older-gap", "cut", "cut-and-gap", "empty"],
)
def test_revisions_that_nobody_watched(history: HistoryBuilder, blind_to: list[int]) -> None:
    assert [r for r in range(1, 8) if history.build().was_blind_to(r)] == blind_to


def test_nobody_watched_what_was_before_the_adoption() -> None:
    adopted = a_history().adopted("C").build()
    late = replace(adopted, snapshots=(replace(adopted.snapshots[0], revision=3),))

    assert [r for r in range(1, 5) if late.was_blind_to(r)] == [1, 2]


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (a_history("A", "B"), True),
        (a_history("A", "B").truncated(), False),
        (a_history().adopted("A").of("B"), False),
        (a_history("A").with_gap("C"), False),
    ],
    ids=["whole", "truncated", "adopted", "gap"],
)
def test_a_history_is_whole_when_it_missed_nothing(
    history: HistoryBuilder,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    assert history.build().is_whole is expected


def test_snapshots_are_found_by_id_revision_images_and_template() -> None:
    history = a_history("A", "B", "C").returned_to("B").build()

    assert history.find(id_of("B", 2)) == history.snapshots[1]
    assert history.at_revision(2) == history.snapshots[1]
    assert history.before(4) == history.snapshots[2]
    assert history.running({"web": image_of("B")}) == history.snapshots[3]
    assert history.of_template(a_template("B", restarted="12:00")) == history.snapshots[3]


def test_what_is_not_on_record_is_not_found() -> None:
    history = a_history("A", "B").build()

    assert history.find(None) is None
    assert history.find("0123456789") is None
    assert history.at_revision(9) is None
    assert history.before(1) is None
    assert history.running({"web": "nginx:Z"}) is None
    assert history.of_template(a_template("Z")) is None


def test_the_same_ledger_line_is_kept_once() -> None:
    known, new = Executed("r1", "back", "h1"), Executed("r2", "back", "h2")

    history = History("uid").with_executed([known]).with_executed([known, new])

    assert history.executed == (known, new)
    assert history.has_executed("h1")
    assert not history.has_executed("h3")
    assert not History("uid").has_executed("h1")
    assert history.has_left("r2", "h2")
    assert not history.has_left("r1", "h2")


def test_an_unsigned_history_is_believed_as_far_as_replica_sets_bear_it_out() -> None:
    history = a_history("A", "B", "C").unsigned().build()

    kept = history.corroborated_by([a_replica_set("C", 3), a_replica_set("A", 1)])

    assert (letters(kept), kept.truncated) == ("AC", True)
    whole = history.corroborated_by([a_replica_set(v, n) for n, v in enumerate("ABC", start=1)])
    assert whole == history


def test_only_the_newest_becomes_verified_with_the_digests_that_run() -> None:
    history = a_history().unverified("A").unverified("B").build()

    verified = history.with_verified_newest({"web": "sha256:1"})

    assert [s.verified for s in verified.snapshots] == [False, True]
    assert [s.digests for s in verified.snapshots] == [{}, {"web": "sha256:1"}]
    assert verified.with_verified_newest({}) == verified


def test_of_a_history_of_which_the_end_is_lost_the_newest_has_a_gap() -> None:
    history = a_history("A", "B").build()

    lost = history.with_gap()

    assert [s.gap for s in lost.snapshots] == [False, True]
    assert (letters(lost), lost.is_whole) == ("AB", False)
    assert a_history().build().with_gap() == a_history().build()


def test_each_rollout_has_an_id_of_its_own() -> None:
    """A return brings the ReplicaSet back under a new revision number (trap 18)."""
    ids = {rollout_id("d", "r", 1), rollout_id("d", "r", 3), rollout_id("d", "s", 1)}

    assert {rollout_id("e", "r", 1), *ids} > ids


@pytest.mark.parametrize(
    ("revision", "expected"),
    [(1, "f20164fcc4"), (2, "f1c27a4abd"), (3, "b493d63107"), (4, "cea7faaa82")],
)
def test_an_id_is_the_same_in_every_version_of_the_operator(revision: int, expected: str) -> None:
    """Histories, claims and people's requests have it in them."""
    assert rollout_id("deployment", "replica-set", revision) == expected


def test_an_id_begins_with_a_letter_or_yaml_would_read_some_as_numbers() -> None:
    ids = [rollout_id("d", "r", revision) for revision in range(200)]

    assert {one[0] for one in ids} == set("abcdef")
    assert {len(one) for one in ids} == {10}


def test_a_snapshot_is_named_as_a_person_would_look_for_it() -> None:
    assert str(a_snapshot("B", revision=4)) == "revision 4 (nginx:B)"
