"""Pinning: the recorded digest is put behind the tag, for every container or for none."""

from builders.histories import a_snapshot
from builders.templates import a_container, a_pod, an_image_volume
from rollback_operator.domain.decisions import End, Goal
from rollback_operator.domain.pin import moved, pinned
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.template import Template

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def goal_of(snapshot: Snapshot) -> Goal:
    """Return the goal that a snapshot is."""
    return Goal.of(snapshot)


def pin(template: Template, **digests: str) -> Goal | End:
    """Pin a recorded template with the digests that were recorded with it."""
    snapshot = a_snapshot(template, digests=digests)
    return pinned(goal_of(snapshot), snapshot)


def images(goal: Goal | End) -> dict[str, str]:
    """Return the images of a goal."""
    assert isinstance(goal, Goal)
    return dict(goal.images)


def test_the_tag_stays_readable_before_the_digest() -> None:
    goal = pin(a_pod(a_container("web", "nginx:1")), web=A)

    assert images(goal) == {"web": f"nginx:1@{A}"}
    assert isinstance(goal, Goal)
    assert goal.pinned


def test_the_recorded_template_stays_without_the_digest() -> None:
    recorded = a_pod(a_container("web", "nginx:1"))

    pin(recorded, web=A)

    assert recorded == a_pod(a_container("web", "nginx:1"))


def test_what_is_by_digest_already_stays() -> None:
    assert images(pin(a_pod(a_container("web", f"nginx@{B}")), web=A)) == {"web": f"nginx@{B}"}


def test_what_is_by_digest_already_needs_no_record() -> None:
    assert images(pin(a_pod(a_container("web", f"nginx@{B}")))) == {"web": f"nginx@{B}"}


def test_init_containers_are_pinned() -> None:
    template = a_pod(a_container("web"), initContainers=[a_container("prepare", "tools:1")])

    assert images(pin(template, web=A, prepare=B)) == {
        "web": f"nginx:A@{A}",
        "prepare": f"tools:1@{B}",
    }


def test_one_unknown_digest_pins_nothing() -> None:
    """Half pinned would look like pinned."""
    end = pin(a_pod(a_container("web"), a_container("proxy"), a_container("log")), web=A)

    assert isinstance(end, End)
    assert end.reason is Reason.DIGEST_UNKNOWN
    assert "proxy, log" in end.message


def test_without_a_record_nothing_is_known() -> None:
    end = pinned(goal_of(a_snapshot("A")), None)

    assert isinstance(end, End)
    assert end.reason is Reason.DIGEST_UNKNOWN


def test_the_recorded_template_itself_is_not_changed() -> None:
    """It is shared with the history that is written later."""
    snapshot = a_snapshot("A", digests={"web": A})

    pinned(goal_of(snapshot), snapshot)

    assert dict(snapshot.template.images) == {"web": "nginx:A"}


def test_an_image_volume_cannot_be_pinned_without_a_digest() -> None:
    """Pods do not say which digest of a volume they mounted."""
    template = a_pod(a_container("web"), volumes=[an_image_volume("data", "data:1")])

    end = pin(template, web=A)

    assert isinstance(end, End)
    assert end.reason is Reason.DIGEST_UNKNOWN


def test_a_moved_tag_is_told_with_both_digests() -> None:
    live, goal = a_snapshot("A", 2, digests={"web": B}), a_snapshot("A", digests={"web": A})

    assert moved(live, goal) == [f"web: nginx:A was {A} and is {B} now"]


def test_a_tag_that_stayed_is_not_told() -> None:
    live, goal = a_snapshot("A", 2, digests={"web": A}), a_snapshot("A", digests={"web": A})

    assert moved(live, goal) == []


def test_another_tag_is_no_moved_tag() -> None:
    live, goal = a_snapshot("B", 2, digests={"web": B}), a_snapshot("A", digests={"web": A})

    assert moved(live, goal) == []


def test_nothing_is_told_where_a_digest_is_not_known() -> None:
    known, unknown = a_snapshot("A", digests={"web": A}), a_snapshot("A", 2)

    assert [
        moved(unknown, known),
        moved(known, unknown),
        moved(None, known),
        moved(known, None),
    ] == [[], [], [], []]
