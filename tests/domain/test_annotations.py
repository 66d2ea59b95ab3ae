"""The history as annotation text: what is believed, and how much of it fits."""

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    KEYRING,
    NO_KEY,
    UID,
    DeploymentBuilder,
    a_deployment,
    a_history,
    a_replica_set,
    a_template,
)
from builders.written import with_index, written
from rollback_operator.domain.annotations import (
    API_LIMIT,
    EMPTY,
    HARD_CAP,
    SPARE,
    decode,
    fit,
    is_crowded,
    latest,
    lost,
    read_best,
    read_own,
    room_beside,
    size,
)
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History

ROOM = API_LIMIT


AB = a_history("A", "B").build()


def test_there_may_be_no_history() -> None:
    assert decode(None, UID, KEYRING) is None
    assert decode({}, UID, KEYRING) is None


def test_the_history_of_another_object_is_not_read() -> None:
    assert decode(written(AB), "another-uid", KEYRING) is None


@pytest.mark.parametrize(
    ("keyring", "signed"),
    [
        (KEYRING, True),
        (Keyring((b"new", *KEYRING.keys)), True),
        (Keyring((b"another",)), False),
        (NO_KEY, False),
    ],
    ids=["same-key", "rotated-key", "unknown-key", "no-key"],
)
def test_a_history_is_signed_where_a_known_key_vouches_for_it(
    keyring: Keyring,
    signed: bool,  # noqa: FBT001 - a table
) -> None:
    found = decode(written(AB), UID, keyring)

    assert found == replace(AB, signed=signed)


@pytest.mark.parametrize("change", [{"sequence": 9}, {"signature": ""}, {"executed": []}])
def test_what_was_altered_is_not_signed(change: dict[str, Any]) -> None:
    annotations = with_index(written(a_history("A").executed("h").build()), **change)

    found = decode(annotations, UID, KEYRING)

    assert found is not None
    assert not found.signed


def test_templates_that_were_exchanged_are_not_signed() -> None:
    other = written(a_history("A", "B").of("C").build())

    found = decode(written(AB) | {TEMPLATES: other[TEMPLATES]}, UID, KEYRING)

    assert found is not None
    assert not found.signed


def test_of_several_copies_the_signed_one_of_the_highest_sequence_is_believed() -> None:
    copies = [a_history("A").at_sequence(n).build() for n in (3, 5, 4)]
    forged = a_history("B").at_sequence(99).unsigned().build()

    assert latest([forged, *copies]) == copies[1]
    assert latest([forged]) == forged
    assert latest([]) is None


def test_others_annotations_leave_room_for_the_rest_but_for_a_spare() -> None:
    assert room_beside(None) == API_LIMIT - SPARE
    assert room_beside({"ab": "cd", HISTORY: "x" * 99, TEMPLATES: "y"}) == API_LIMIT - SPARE - 4
    assert size({"ü": "ü"}) == 4


def test_what_does_not_fit_beside_the_annotations_of_others_is_left_out_oldest_first() -> None:
    two = size(written(AB))

    fitting = fit(a_history("A", "B").of("C").build(), KEYRING, two + 50, 10)

    assert fitting is not None
    kept, annotations = fitting
    assert [str(s) for s in kept.snapshots] == ["revision 2 (nginx:B)", "revision 3 (nginx:C)"]
    assert size(annotations) <= two + 50
    assert decode(annotations, UID, KEYRING) == kept


def test_what_just_fits_is_kept() -> None:
    """A byte less of room costs the oldest snapshot."""
    exact = size(written(AB))
    whole, cut = (fit(AB, KEYRING, room, 10) for room in (exact, exact - 1))

    assert whole is not None
    assert cut is not None
    assert (whole[0], cut[0]) == (AB, AB.truncated_to(1))


def test_where_not_even_one_snapshot_fits_there_is_nothing_to_write() -> None:
    assert fit(AB, KEYRING, 100, 10) is None
    assert fit(AB, KEYRING, -1, 10) is None


def test_no_more_snapshots_are_kept_than_the_limit() -> None:
    fitting = fit(a_history(*"ABCDEF").build(), KEYRING, ROOM, 3)

    assert fitting is not None
    assert len(fitting[0].snapshots) == 3


def test_templates_that_do_not_compress_stay_below_the_hard_cap() -> None:
    noise = [
        a_template(str(n), args=[f"{n:03}{k * 2654435761 % 2**32:08x}" for k in range(900)])
        for n in range(12)
    ]

    fitting = fit(a_history(*noise).build(), KEYRING, ROOM, 50)

    assert fitting is not None
    assert 0 < len(fitting[0].snapshots) < 12
    assert size(fitting[1]) <= HARD_CAP


def test_a_long_ledger_costs_no_snapshot() -> None:
    """Abandoned rollouts add a line each without a snapshot."""
    ledger = [f"{n:016x}" for n in range(2000)]

    fitting = fit(a_history("A", "B").executed(*ledger).build(), KEYRING, ROOM, 10)

    assert fitting is not None
    assert len(fitting[0].snapshots) == 2
    assert fitting[0].has_executed(ledger[-1])
    assert size(fitting[1]) <= 8_000


def test_what_is_bigger_than_anything_written_here_is_not_read() -> None:
    kept = written(AB)
    free = HARD_CAP - size(kept)
    just_fits, too_big = (kept[HISTORY][:-1] + " " * n + "}" for n in (free, free + 1))

    assert decode({**kept, HISTORY: just_fits}, UID, KEYRING) == AB
    assert decode({**kept, HISTORY: too_big}, UID, KEYRING) is None


UNSIGNED = written(AB, NO_KEY)
FORGED = written(a_history("Z").at_sequence(99).build(), NO_KEY)


def a_holder(annotations: dict[str, str]) -> DeploymentBuilder:
    """Return a Deployment that has a history."""
    return a_deployment("B").at_revision(2).annotated(annotations)


@pytest.mark.parametrize(
    ("annotations", "keyring", "believing", "believed"),
    [
        (written(AB), KEYRING, False, True),
        (written(AB), NO_KEY, False, True),
        (written(AB), Keyring((b"another",)), False, False),
        (UNSIGNED, KEYRING, False, False),
        (UNSIGNED, KEYRING, True, True),
        (UNSIGNED, NO_KEY, False, True),
        ({}, KEYRING, True, False),
        ({}, NO_KEY, False, False),
    ],
    ids=[
        "signed",
        "signed-and-no-key",
        "unknown-key",
        "unsigned",
        "unsigned-and-believed",
        "unsigned-and-no-key",
        "none",
        "none-and-no-key",
    ],
)
def test_where_there_are_keys_a_deployments_own_copy_needs_one_of_them(
    annotations: dict[str, str],
    keyring: Keyring,
    *,
    believing: bool,
    believed: bool,
) -> None:
    own = read_own(a_holder(annotations).build(), keyring, believing=believing)

    assert (own.snapshots if own else None) == (AB.snapshots if believed else None)


def test_a_deployments_own_copy_is_not_that_of_another_deployment() -> None:
    other = a_holder(written(AB)).of_uid("another-uid").build()

    assert read_own(other, NO_KEY) is None
    assert read_best(other, [], NO_KEY) == History("another-uid")


def test_the_latest_copy_may_be_on_a_replica_set() -> None:
    """An undo puts the annotations of the old ReplicaSet back."""
    older, latest_one = (a_history("A", "B").at_sequence(n).build() for n in (3, 4))
    replica_sets = [
        a_replica_set("B", 2, annotations=written(latest_one)),
        a_replica_set("A", 1, annotations=FORGED),
        a_replica_set("C", 3),
    ]

    assert read_best(a_holder(written(older)).build(), replica_sets, KEYRING) == latest_one
    assert read_best(a_holder(written(older)).build(), [], KEYRING) == older
    assert read_best(a_holder({}).build(), replica_sets, KEYRING) == latest_one


def test_what_no_key_vouches_for_is_the_best_where_there_is_nothing_else() -> None:
    forged = [a_replica_set("A", 1, annotations=FORGED)]

    assert read_best(a_holder(UNSIGNED).build(), forged, KEYRING).sequence == 99
    assert read_best(a_holder({}).build(), [a_replica_set("A", 1)], KEYRING) == History(UID)


BEST = a_history("A", "B").at_sequence(4).build()


@pytest.mark.parametrize(
    ("own", "is_lost"),
    [
        (written(a_history("A").at_sequence(3).build()), True),
        (FORGED, True),
        ({}, True),
        (written(a_history("A").at_sequence(4).build()), False),
        (written(a_history("A").at_sequence(5).build()), False),
    ],
    ids=["older", "forged", "none", "the-same", "newer"],
)
def test_a_latest_copy_that_the_deployment_does_not_have_is_brought_back(
    own: dict[str, str], *, is_lost: bool
) -> None:
    assert lost(a_holder(own).build(), BEST, KEYRING) == (written(BEST) if is_lost else {})


def test_what_no_key_vouches_for_is_not_brought_back() -> None:
    unsigned = replace(BEST, signed=False)

    assert lost(a_holder({}).build(), unsigned, KEYRING) == {}


def test_of_what_is_brought_back_as_much_as_fits_comes_back() -> None:
    room = size(written(BEST)) - 1
    others = {"a": "x" * (API_LIMIT - SPARE - room - 1)}
    live = a_deployment("B").without_annotations()

    assert lost(live.annotated(others).build(), BEST, KEYRING) == written(BEST.truncated_to(1))
    filled = {"a": "x" * (API_LIMIT - SPARE)}
    assert lost(live.annotated(filled).build(), BEST, KEYRING) == {}


def test_annotations_are_crowded_when_the_history_has_less_room_than_it_takes() -> None:
    ours = written(AB)
    exactly = {"a": "x" * (API_LIMIT - SPARE - size(ours) - 1)}
    one_more = {"a": exactly["a"] + "x"}

    assert not is_crowded(ours | exactly)
    assert is_crowded(ours | one_more)


def test_without_a_history_it_is_others_who_crowd() -> None:
    others = {"a": "x" * API_LIMIT}

    assert not is_crowded(None)
    assert not is_crowded({})
    assert not is_crowded(others)
    assert not is_crowded(others | EMPTY)
