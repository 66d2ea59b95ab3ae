"""The targets of one request: who refuses it, what holds it, and who is next."""

from datetime import timedelta

import pytest

from builders import (
    NOON,
    WorldBuilder,
    a_claim,
    a_deployment,
    a_history,
    a_request,
    a_template,
    a_world,
)
from rollback_operator.domain import group
from rollback_operator.domain.decisions import End, Follow, Goal, Restore, Verdict, Wait
from rollback_operator.domain.group import Judged
from rollback_operator.domain.judge import judge
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.spec import Target
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.target_report import judged as reported
from rollback_operator.domain.target_report import queued

GOAL = Goal("a123456789", 1, a_template("A"))
RESTORE = Restore(GOAL, a_template("A"), (), ())
REFUSED = End(Reason.PAUSED, "paused")
DONE = End(Reason.NOT_APPLICABLE, "not live")
WAITING = Wait(Reason.WAITING_FOR_ROLLOUT, "not yet", NOON)
AB = a_history("A", "B").build()
FOLLOW = Follow(a_claim(AB.snapshots[1], AB.snapshots[0]))


def one(name: str, verdict: Verdict, world: WorldBuilder | None = None) -> Judged:
    return Judged(Target(name=name), world.build() if world else None, verdict)


def completed_at(revision: int) -> WorldBuilder:
    return a_world(a_history().of("A", revision=revision))


def a_status(name: str, phase: Phase, reason: Reason) -> TargetStatus:
    return TargetStatus(name=name, phase=phase, reason=reason, message="")


def test_one_refused_target_refuses_the_request_unless_it_is_to_continue() -> None:
    judged = [one("web", RESTORE), one("api", REFUSED)]

    assert group.is_refused(a_request().build(), judged)
    assert not group.is_refused(a_request().saying(onFailure="Continue").build(), judged)


def test_what_counts_as_done_refuses_nobody() -> None:
    assert not group.is_refused(a_request().build(), [one("web", RESTORE), one("api", DONE)])


@pytest.mark.parametrize(
    ("order", "expected"), [("Reverse", ["new", "mid", "old"]), ("Listed", ["old", "new", "mid"])]
)
def test_what_completed_last_is_rolled_back_first_unless_the_request_lists_the_order(
    order: str, expected: list[str]
) -> None:
    judged = [one(n, RESTORE, completed_at(r)) for n, r in (("old", 1), ("new", 9), ("mid", 5))]

    ranked = group.in_order(a_request().saying(order=order).build(), judged)

    assert [judged.target.name for judged in ranked] == expected


def test_what_has_not_completed_at_all_is_the_most_recent() -> None:
    judged = [
        one("done", RESTORE, completed_at(9)),
        one("failed", RESTORE, completed_at(1).unfinished("Z")),
    ]

    ranked = group.in_order(a_request().build(), judged)

    assert [judged.target.name for judged in ranked] == ["failed", "done"]


@pytest.mark.parametrize("order", ["Reverse", "Listed"])
def test_what_was_begun_comes_first(order: str) -> None:
    judged = [one("new", RESTORE, completed_at(9)), one("begun", FOLLOW, completed_at(1))]

    ranked = group.in_order(a_request().saying(order=order).build(), judged)

    assert [judged.target.name for judged in ranked] == ["begun", "new"]


def test_the_next_to_begin_is_the_first_that_can_be() -> None:
    judged = [one("a", DONE), one("b", WAITING), one("c", RESTORE), one("d", RESTORE)]

    assert group.next_to_begin(judged) == judged[2]
    assert group.next_to_begin(judged[:2]) is None


def test_a_suspended_request_is_held_before_its_next_target() -> None:
    request = a_request().saying(suspend=True).build()
    later = NOON + timedelta(hours=1)

    held = group.hold(request, [one("web", RESTORE)], later)

    told = "`suspend: true` holds the request; set `spec.suspend: false` to go on"
    assert held == Wait(Reason.SUSPENDED, told, later)
    assert group.hold(request, [one("web", FOLLOW)], later) is None
    assert group.hold(request, [one("web", REFUSED)], later) is None


@pytest.mark.parametrize(
    ("suspend", "phases", "is_held"),
    [
        (True, [Phase.COMPLETED, Phase.QUEUED], True),
        (False, [Phase.COMPLETED, Phase.QUEUED], False),
        (True, [Phase.QUEUED, Phase.QUEUED], False),
        (True, [Phase.COMPLETED, Phase.IN_PROGRESS], False),
    ],
    ids=["on-the-way", "not-suspended", "not-begun", "nothing-left-to-begin"],
)
def test_a_request_on_its_way_is_held_only_before_a_target_that_is_left(
    suspend: bool,  # noqa: FBT001 - a table
    phases: list[Phase],
    is_held: bool,  # noqa: FBT001 - a table
) -> None:
    targets = [
        a_status("web", phase, Reason.ROLLING_BACK).model_copy(
            update={"started_at": None if phase is Phase.QUEUED else NOON}
        )
        for phase in phases
    ]

    held = group.hold_on_the_way(a_request().saying(suspend=suspend).build(), targets, NOON)

    assert held == (Wait(Reason.SUSPENDED, group.SUSPENDED, NOON) if is_held else None)


def test_one_target_that_waits_holds_all() -> None:
    judged = [one("web", RESTORE), one("api", WAITING)]

    assert group.hold(a_request().build(), judged, NOON) == WAITING
    assert group.hold(a_request().build(), judged[:1], NOON) is None


def test_a_dry_run_is_never_held() -> None:
    request = a_request().saying(suspend=True, dryRun=True).build()

    assert group.hold(request, [one("api", WAITING)], NOON) is None


@pytest.mark.parametrize(
    ("verdict", "expires"), [(RESTORE, True), (WAITING, True), (DONE, False), (FOLLOW, False)]
)
def test_what_could_not_begin_by_the_deadline_expires(
    verdict: Verdict,
    expires: bool,  # noqa: FBT001 - a table
) -> None:
    before = one("web", verdict)

    late = group.expire(before, NOON, NOON)

    assert group.expire(before, NOON, NOON - timedelta(seconds=1)) == before
    assert (isinstance(late.verdict, End) and late.verdict.reason is Reason.EXPIRED) == expires


@pytest.mark.parametrize(("verdict", "why"), [(RESTORE, ""), (WAITING, ": not yet")])
def test_what_expired_says_what_it_waited_for(verdict: Verdict, why: str) -> None:
    late = group.expire(one("web", verdict), NOON, NOON)

    text = f"web could not begin by 2030-01-01T12:00:00Z{why}"
    assert late.verdict == End(Reason.EXPIRED, text)


def judged_world(world: WorldBuilder) -> Judged:
    return one("web", judge(world.build()), world)


def pinned(world: WorldBuilder) -> TargetStatus:
    """Return what the status says of a target that was judged."""
    return reported(judged_world(world), NOON, dry_run=False)


def test_a_later_target_is_begun_as_it_was_judged() -> None:
    world = a_world(a_history("A", "B"))

    assert group.unless_changed(judged_world(world), pinned(world)) == judged_world(world)


TO_A = a_request().to(revision=1)
ABC = a_history("A", "B", "C")
ABANDONING = a_request().abandoning()
CONFIGURED = a_template("B", args=["-v"])


@pytest.mark.parametrize(
    ("then", "now", "images"),
    [
        (a_world(), a_world(ABC), "nginx:C"),
        (a_world().asked(TO_A), a_world(ABC).asked(TO_A), "nginx:C"),
        (a_world(), a_world().unfinished(CONFIGURED), "nginx:B"),
        (
            a_world().unfinished("C").asked(ABANDONING),
            a_world().unfinished("D").asked(ABANDONING),
            "nginx:D",
        ),
        (
            a_world().unfinished("C").asked(a_request().abandoning().to(revision=1)),
            a_world(ABC).asked(TO_A),
            "nginx:C",
        ),
        (
            a_world(ABC).asked(TO_A),
            a_world(ABC),
            "nginx:C",
        ),
        (a_world().asked(a_request().to(revision=9)), a_world(), "nginx:B"),
    ],
    ids=[
        "another-version-and-goal",
        "another-version-to-the-same-goal",
        "another-configuration-of-the-same-image",
        "another-unfinished-rollout",
        "the-unfinished-rollout-has-completed",
        "another-goal",
        "a-goal-where-there-was-none",
    ],
)
def test_a_later_target_that_was_rolled_out_anew_meanwhile_is_not_begun(
    then: WorldBuilder, now: WorldBuilder, images: str
) -> None:
    held = group.unless_changed(judged_world(now), pinned(then))

    assert held.verdict == End(
        Reason.TARGET_CHANGED,
        "deployment shop/web was rolled out anew since the request was judged;"
        f" it now has {images}",
    )


@pytest.mark.parametrize("verdict", [RESTORE, REFUSED, DONE])
def test_a_later_target_that_was_made_anew_meanwhile_is_another_one(verdict: Verdict) -> None:
    """Whatever is judged of the new one, it is not what the request meant."""
    before = pinned(a_world(a_history("A", "B"))).model_copy(update={"uid": "of the old one"})

    held = group.unless_changed(one("web", verdict, a_world(a_history("A", "B"))), before)

    assert held.verdict == End(
        Reason.DEPLOYMENT_REPLACED,
        "deployment shop/web was deleted and created anew after the request was judged",
    )


def test_a_later_target_that_is_gone_meanwhile_was_deleted() -> None:
    gone = one("web", End(Reason.DEPLOYMENT_NOT_FOUND, "there is no deployment shop/web"))

    held = group.unless_changed(gone, pinned(a_world()))

    text = "deployment web was deleted after the request was judged"
    assert held == one("web", End(Reason.DEPLOYMENT_DELETED, text))


def test_a_later_target_that_may_not_be_read_any_more_is_not_said_to_be_deleted() -> None:
    unreadable = one("web", End(Reason.FORBIDDEN, "the operator may not read it"))

    assert group.unless_changed(unreadable, pinned(a_world())) == unreadable


def test_an_unfinished_rollout_that_is_abandoned_may_go_on_meanwhile() -> None:
    """It has no record to be known by; its images tell."""
    world = a_world().unfinished("C").asked(ABANDONING)
    on = a_deployment("C").at_revision(9).counting(2, 2, 1)

    now = judged_world(world.live(on))

    assert group.unless_changed(now, pinned(world)) == now


def test_what_this_request_has_begun_is_followed_whatever_came_of_it() -> None:
    begun = one("web", FOLLOW, a_world(ABC))

    assert group.unless_changed(begun, pinned(a_world())) == begun


def test_what_another_request_has_done_meanwhile_is_followed_if_it_is_just_this() -> None:
    world = a_world().rolling_back_to(1)

    held = group.unless_changed(one("web", REFUSED, world), pinned(a_world()))

    assert world.claim is not None
    assert held == one("web", Follow(world.claim), world)


@pytest.mark.parametrize(
    ("world", "then"),
    [
        (a_world(ABC).rolling_back_to(1), a_world(ABC)),
        (a_world().rolling_back_to(1, replica_set="another"), a_world()),
        (a_world().rolling_back_to(1, components=("web/config",)), a_world()),
        (a_world().rolling_back_to(1).live(a_deployment("C")), a_world()),
        (a_world().rolling_back_to(1), a_world().asked(a_request().to(revision=9))),
    ],
    ids=["another-goal", "another-rollout", "other-components", "void", "no-goal-was-found"],
)
def test_what_else_another_request_has_done_meanwhile_is_a_change(
    world: WorldBuilder, then: WorldBuilder
) -> None:
    held = group.unless_changed(one("web", REFUSED, world), pinned(then))

    assert isinstance(held.verdict, End)
    assert held.verdict.reason is Reason.TARGET_CHANGED


def test_what_is_not_begun_anyway_keeps_its_verdict() -> None:
    refused = one("web", REFUSED, a_world())

    assert group.unless_changed(refused, queued(Target(name="web"))) == refused


def test_changed_targets_take_their_places() -> None:
    targets = [queued(Target(name=name)) for name in ("a", "b")]
    changed = a_status("b", Phase.COMPLETED, Reason.ROLLED_BACK)

    assert group.merge(targets, [changed]) == [targets[0], changed]


def test_targets_are_arranged_as_they_are_rolled_back() -> None:
    over = a_status("over", Phase.COMPLETED, Reason.ROLLED_BACK)
    old = [queued(Target(name=name)) for name in ("left", "b", "a")]
    new = [queued(Target(name=name)) for name in ("a", "b")]

    arranged = group.arrange([*old, over], new)

    assert [target.name for target in arranged] == ["over", "a", "b", "left"]


def test_only_what_was_not_begun_is_left() -> None:
    targets = [
        a_status("a", Phase.COMPLETED, Reason.ROLLED_BACK),
        a_status("b", Phase.IN_PROGRESS, Reason.ROLLING_BACK),
        queued(Target(name="c")),
    ]

    left = group.leave_others(targets, Reason.OTHER_TARGET_FAILED, NOON)

    assert [t.reason.value for t in left] == ["RolledBack", "RollingBack", "OtherTargetFailed"]
    assert (left[2].phase, left[2].finished_at) == (Phase.EXCEPTION, NOON)
    assert left[2].message == OUTCOMES[Reason.OTHER_TARGET_FAILED].meaning


def test_a_group_has_failed_when_one_of_its_targets_has() -> None:
    fine = a_status("a", Phase.COMPLETED, Reason.NOT_APPLICABLE)
    failed = a_status("b", Phase.EXCEPTION, Reason.SUPERSEDED)

    assert not group.has_failed([fine, queued(Target(name="c"))])
    assert group.has_failed([fine, failed])


def test_a_group_has_begun_when_one_of_its_targets_was_patched() -> None:
    begun = a_status("a", Phase.COMPLETED, Reason.ROLLED_BACK).model_copy(
        update={"started_at": NOON}
    )

    assert not group.has_begun([queued(Target(name="c"))])
    assert group.has_begun([queued(Target(name="c")), begun])
