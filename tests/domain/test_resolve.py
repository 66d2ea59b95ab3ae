"""Which version a request means, and which revisions nobody can name."""

from datetime import timedelta

import pytest

from builders import (
    NOON,
    UID,
    WorldBuilder,
    a_container,
    a_deployment,
    a_history,
    a_pod,
    a_replica_set,
    a_request,
    a_template,
    a_world,
    id_of,
    image_of,
    uid_of,
)
from rollback_operator.domain.decisions import End, Goal
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.resolve import candidates, resolve
from rollback_operator.domain.snapshot import Origin, rollout_id


def to(world: WorldBuilder, **version: object) -> Goal | End:
    return resolve(world.asked(a_request().to(**version)).build())


def reason(found: Goal | End) -> Reason | None:
    return found.reason if isinstance(found, End) else None


def snapshot(found: Goal | End) -> str:
    assert isinstance(found, Goal), found
    return found.snapshot


ABC = a_world(a_history("A", "B", "C"))
RESTARTED = a_template("B", restarted="12:00")


@pytest.mark.parametrize(
    "version",
    [{"snapshot": id_of("B", 2)}, {"revision": 2}, {"images": {"web": image_of("B")}}],
    ids=["snapshot", "revision", "images"],
)
def test_a_recorded_version_is_found_by_each_of_its_names(version: dict[str, object]) -> None:
    assert snapshot(to(ABC, **version)) == id_of("B", 2)


def test_images_mean_the_newest_snapshot_that_runs_them() -> None:
    world = a_world(a_history("A", "B").returned_to("A").of("C"))

    assert snapshot(to(world, images={"web": image_of("A")})) == id_of("A", 3)


def test_the_revision_of_a_restart_means_its_snapshot() -> None:
    world = ABC.with_(replica_sets=(a_replica_set("C", 4), a_replica_set(RESTARTED, 3)))
    world = WorldBuilder(world.request, a_history("A", "B").of("C", revision=4)).with_(
        replica_sets=world.replica_sets
    )

    assert snapshot(to(world, revision=3)) == id_of("B", 2)


def test_the_revision_of_a_failed_rollout_is_unknown() -> None:
    history = a_history("A").of("C", revision=3)
    world = a_world(history).with_(replica_sets=(a_replica_set("B", 2, available=0),))

    assert reason(to(world, revision=2)) is Reason.UNKNOWN_TARGET
    assert reason(to(world, images={"web": image_of("B")})) is Reason.UNKNOWN_TARGET


@pytest.mark.parametrize(
    "version", [{"revision": 2}, {"images": {"web": image_of("B")}}], ids=["revision", "images"]
)
def test_a_revision_that_nobody_watched_is_taken_from_its_replica_set(
    version: dict[str, object],
) -> None:
    world = a_world(a_history("A").with_gap("C")).with_(replica_sets=(a_replica_set("B", 2),))

    found = to(world, **version)

    assert found == Goal(rollout_id(UID, uid_of("B"), 2), 2, a_template("B"))


def test_what_nobody_watched_is_what_was_named_though_it_came_again_and_is_on_record() -> None:
    """Beneath it is what came before the revision that was named, not what came later."""
    history = a_history("A").with_gap("C").of("B", revision=4)
    world = a_world(history).with_(replica_sets=(a_replica_set("B", 4, earlier=(2,)),))

    found = to(world, revision=2)

    assert found == Goal(rollout_id(UID, uid_of("B"), 2), 2, a_template("B"))


def test_a_replica_set_from_before_the_adoption_can_be_named() -> None:
    history = a_history().of("B", revision=5, origin=Origin.ADOPTED)
    world = a_world(history).with_(replica_sets=(a_replica_set("A", 4),))

    assert snapshot(to(world, revision=4)) == rollout_id(UID, uid_of("A"), 4)


def test_a_revision_whose_replica_set_is_gone_is_unknown() -> None:
    assert reason(to(a_world(a_history("A").with_gap("C")), revision=2)) is Reason.UNKNOWN_TARGET


def test_an_unknown_version_is_answered_with_those_that_are_known() -> None:
    found = to(ABC, revision=99)

    assert isinstance(found, End)
    assert "; revision 2 (nginx:B), revision 1 (nginx:A)" in found.message


def test_candidates_are_what_is_not_live_newest_first_and_unverified_ones_last() -> None:
    world = a_world(a_history("A").with_gap("C")).with_(
        replica_sets=(a_replica_set("C", 3), a_replica_set("B", 2))
    )

    assert candidates(world.build()) == ("revision 1 (nginx:A), revision 2 (nginx:B, unverified)")
    assert candidates(a_world(a_history()).build()) == "nothing is on record"


def test_a_request_that_leaves_an_unfinished_rollout_means_the_newest_snapshot() -> None:
    assert snapshot(resolve(ABC.unfinished("Z").build())) == id_of("C", 3)


def test_while_the_newest_is_rolled_back_a_default_request_means_what_is_below_it() -> None:
    """Not the newest snapshot, though another template is live: that is the bad one."""
    assert snapshot(resolve(ABC.rolling_back_to(1).build())) == id_of("B", 2)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0.5, Reason.BEFORE_HISTORY), (1, "A"), (1.5, "A"), (2.5, "B"), (9, Reason.UNCHANGED)],
)
def test_a_time_means_what_had_completed_by_then(minutes: float, expected: object) -> None:
    spec = {"asOf": (NOON + timedelta(minutes=minutes)).isoformat()}

    found = resolve(ABC.asked(a_request().saying(**spec)).build())

    if isinstance(found, End):
        assert found.reason is expected
    else:
        assert found.template == a_template(str(expected))


def test_a_time_before_a_gap_means_nothing_certain() -> None:
    spec = {"asOf": (NOON + timedelta(minutes=2)).isoformat()}
    world = a_world(a_history("A").with_gap("C")).asked(a_request().saying(**spec))

    assert reason(resolve(world.build())) is Reason.HISTORY_GAP


def test_of_an_empty_history_no_time_means_anything() -> None:
    spec = {"asOf": NOON.isoformat()}

    found = resolve(a_world(a_history()).asked(a_request().saying(**spec)).build())

    assert reason(found) is Reason.BEFORE_HISTORY


def test_after_a_change_that_is_not_on_record_a_time_still_means_the_newest() -> None:
    spec = {"asOf": (NOON + timedelta(minutes=9)).isoformat()}
    world = ABC.unfinished("Z").asked(a_request().saying(**spec))

    assert snapshot(resolve(world.build())) == id_of("C", 3)


def message(found: Goal | End) -> str:
    assert isinstance(found, End), found
    return found.message


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ({"revision": 99}, "revision 99"),
        ({"snapshot": "a123456789"}, "snapshot a123456789"),
        ({"images": {"web": "nginx:Z"}}, "a rollout with web=nginx:Z"),
    ],
    ids=["revision", "snapshot", "images"],
)
def test_what_is_not_on_record_is_named_as_it_was_asked_for(
    version: dict[str, object], wanted: str
) -> None:
    assert message(to(ABC, **version)) == (
        f"`to` of deployment shop/web names {wanted}, which is not on record;"
        " revision 2 (nginx:B), revision 1 (nginx:A)"
    )


def test_containers_that_no_version_has_are_named() -> None:
    images = {"web": "nginx:B", "cache": "redis:7", "mesh": "mesh:1"}

    assert message(to(ABC, images=images)).endswith("; no version has a container cache, mesh")


def test_a_container_of_the_live_or_of_a_recorded_version_is_no_stranger() -> None:
    recorded, live = (a_pod(a_container(name, "image:1")) for name in ("old", "new"))
    world = a_world(a_history(recorded, "B")).live(a_deployment(live).rolling_out())

    said = message(to(world, images={"old": "image:2", "new": "image:2"}))

    assert "no version has a container" not in said


def as_of(world: WorldBuilder, minutes: float) -> Goal | End:
    """Return what a request for the state at that many minutes after noon means."""
    spec = {"asOf": (NOON + timedelta(minutes=minutes)).isoformat()}
    return resolve(world.asked(a_request().saying(**spec)).build())


@pytest.mark.parametrize(
    ("world", "minutes", "expected"),
    [
        (
            ABC,
            0,
            (
                "what was live in deployment shop/web at 2030-01-01T12:00:00Z is not known: history"
                " begins at 2030-01-01T12:01:00Z"
            ),
        ),
        (
            a_world(a_history()),
            0,
            (
                "what was live in deployment shop/web at 2030-01-01T12:00:00Z is not known: history"
                " is empty"
            ),
        ),
        (
            a_world(a_history("A").with_gap("C")),
            2,
            (
                "what was live in deployment shop/web at 2030-01-01T12:02:00Z is not known: between"
                " revision 1 (nginx:A) and revision 3 (nginx:C) nobody watched"
            ),
        ),
        (ABC, 3, "deployment shop/web has not changed since revision 3 (nginx:C)"),
    ],
    ids=["before", "empty", "gap", "unchanged"],
)
def test_why_a_time_means_nothing_is_said_whole(
    world: WorldBuilder, minutes: float, expected: str
) -> None:
    assert message(as_of(world, minutes)) == expected


def test_where_there_is_nothing_to_abandon_for_that_is_said() -> None:
    found = resolve(a_world(a_history()).asked(a_request().abandoning()).build())

    assert found == End(Reason.NO_EARLIER_SNAPSHOT, "no successful rollout is on record yet")


def test_where_nothing_is_below_the_live_version_that_is_said() -> None:
    assert reason(resolve(a_world(a_history("A")).build())) is Reason.NO_EARLIER_SNAPSHOT


def test_a_pinned_version_has_the_digests_of_its_own_snapshot() -> None:
    history = a_history().of("A", digests={"web": "sha256:1"}).of("B", digests={"web": "sha256:2"})

    found = resolve(a_world(history).asked(a_request().pinned()).build())

    assert isinstance(found, Goal)
    assert (found.snapshot, found.images) == (id_of("A", 1), {"web": "nginx:A@sha256:1"})
