"""A request that means what is being done already follows it, and any other one does not."""

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    HistoryBuilder,
    RequestBuilder,
    WorldBuilder,
    a_claim,
    a_history,
    a_preparation,
    a_replica_set,
    a_request,
    a_snapshot,
    a_template,
    a_world,
    id_of,
)
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.same_rollback import would_do_the_same, would_prepare_the_same

ABC = a_history("A", "B", "C")


def a_claim_of(history: HistoryBuilder, left: int, target: int, **fields: Any) -> Claim:
    """Return the claim of a rollback between two snapshots, by their places."""
    snapshots = history.build().snapshots
    return a_claim(snapshots[left], snapshots[target], **fields)


C_TO_B = a_claim_of(ABC, 2, 1)


def recorded(claim: Claim) -> HistoryBuilder:
    """Return the history in which the rollback from C to B is on record already."""
    history = ABC.returned_to("B").history
    return HistoryBuilder(history.with_executed(claim.ledger))


def test_a_request_for_the_same_target_follows_a_rollback_that_is_not_on_record() -> None:
    world = a_world(ABC).rolling_back_to(2).build()

    assert would_do_the_same(world, C_TO_B)


@pytest.mark.parametrize(
    ("asked", "follows"),
    [
        (a_request(), True),
        (a_request().to(revision=2), True),
        (a_request().artifacts(), True),
        (a_request().selecting("web/image"), True),
        (a_request().to(revision=1), False),
        (a_request().to(revision=99), False),
        (a_request().selecting("web/config"), False),
    ],
    ids=["default", "named", "artifacts", "selected", "further-back", "unknown", "other-part"],
)
def test_what_a_recorded_rollback_left_decides_what_a_request_would_have_done(
    asked: RequestBuilder, *, follows: bool
) -> None:
    """Its `after` steps still run: from what is live now, a default would go further back."""
    world = a_world(recorded(C_TO_B)).asked(asked).with_(claim=C_TO_B, holder_is_active=True)

    assert would_do_the_same(world.build(), C_TO_B) is follows


def test_a_rollback_of_all_components_is_not_one_of_some() -> None:
    """The result tells: the claim put back the configuration too."""
    old, new = a_template("A", args=["a"]), a_template("B", args=["b"])
    history = a_history(old, new)
    world = a_world(history).rolling_back_to(1)
    claim = a_claim_of(history, 1, 0)

    assert would_do_the_same(world.build(), claim)
    assert not would_do_the_same(world.asked(a_request().artifacts()).build(), claim)


ABANDONED = a_snapshot("C", revision=3)
"""What an unfinished rollout would have become: it is on no record."""
LEFT_UNFINISHED = a_claim(ABANDONED, a_history("A", "B").build().snapshots[1])


def abandoning(asked: RequestBuilder) -> WorldBuilder:
    """Return a world in which the unfinished C is left for B, of which C's ReplicaSet tells."""
    replica_sets = (a_replica_set("B", 4), a_replica_set("C", 3), a_replica_set("A", 1))
    world = a_world(a_history("A", "B")).unfinished("B", 4).asked(asked)
    return world.with_(claim=LEFT_UNFINISHED, holder_is_active=True, replica_sets=replica_sets)


@pytest.mark.parametrize(
    ("asked", "follows"),
    [
        (a_request().abandoning(), True),
        (a_request().to(revision=2), True),
        (a_request().to(revision=2).abandoning(), True),
        (a_request(), False),
        (a_request().waiting(), False),
        (a_request().to(revision=1).abandoning(), False),
    ],
    ids=["abandoning", "named", "both", "refusing", "waiting", "further-back"],
)
def test_an_unfinished_rollout_is_left_only_by_who_abandons_it_or_says_where_to_go(
    asked: RequestBuilder, *, follows: bool
) -> None:
    assert would_do_the_same(abandoning(asked).build(), LEFT_UNFINISHED) is follows


def test_after_its_line_is_on_the_ledger_an_abandoned_rollout_is_still_what_was_left() -> None:
    """That makes no snapshot, so none is to be thought away; its `after` steps may still run."""
    spent = HistoryBuilder(a_history("A", "B").history.with_executed(LEFT_UNFINISHED.ledger))
    world = replace(abandoning(a_request().abandoning()), history=spent)

    assert would_do_the_same(world.build(), LEFT_UNFINISHED)


def test_once_its_replica_set_is_gone_what_was_abandoned_is_not_known() -> None:
    """A default request then means what is below the live version."""
    gone = abandoning(a_request().abandoning()).with_(replica_sets=(a_replica_set("B", 4),))

    assert not would_do_the_same(gone.build(), LEFT_UNFINISHED)


@pytest.mark.parametrize(
    ("components", "same"), [({"web/image"}, True), ({"web/image", "web/config"}, False)]
)
def test_steps_run_for_the_same_only_if_the_same_components_are_reverted(
    components: set[str], *, same: bool
) -> None:
    other = replace(a_preparation(id_of("B", 2)), components=frozenset(components))

    assert would_prepare_the_same(a_world(ABC).build(), other) is same


def test_steps_that_run_for_another_target_are_not_for_the_same() -> None:
    other = a_preparation(id_of("A", 1))

    assert not would_prepare_the_same(a_world(ABC).build(), other)
    assert would_prepare_the_same(a_world(ABC).asked(a_request().to(revision=1)).build(), other)


def test_a_request_that_would_be_refused_prepares_nothing() -> None:
    asked = a_request().selecting("nobody")

    assert not would_prepare_the_same(a_world(ABC).asked(asked).build(), a_preparation())
    assert not would_prepare_the_same(a_world(a_history("A")).build(), a_preparation())
