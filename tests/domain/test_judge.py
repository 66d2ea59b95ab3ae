"""Each reason for which a target is refused, waits, is followed or is restored."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import (
    NOON,
    HistoryBuilder,
    RequestBuilder,
    WorldBuilder,
    a_claim,
    a_container,
    a_deployment,
    a_history,
    a_pod,
    a_preparation,
    a_replica_set,
    a_request,
    a_snapshot,
    a_template,
    a_world,
    id_of,
    image_of,
)
from rollback_operator.domain.decisions import End, Follow, Restore, Wait
from rollback_operator.domain.judge import RULES, Rule, judge
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Executed
from rollback_operator.domain.template import Template

ABC = a_history("A", "B", "C")
A_IN_ABC = id_of("A", 1)
CONFIGURED = a_template("A", args=["-v"])
MIXED = a_history(CONFIGURED, "B")
MOUNT: dict[str, Any] = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
DATA: dict[str, Any] = {"volumes": [{"name": "data", "emptyDir": {}}]}
MOUNTING = a_history(a_pod(a_container("web", **MOUNT), **DATA), "B")


def to(**version: object) -> WorldBuilder:
    return a_world().asked(a_request().to(**version))


TABLE: list[tuple[Reason, WorldBuilder]] = [
    (Reason.ADMISSION_MISSING, a_world().with_(unadmitted="nobody checked it")),
    (Reason.DISABLED, a_world().with_(disabled_by="a label")),
    (Reason.ALREADY_EXECUTED, a_world().with_(was_executed=True)),
    (Reason.UNKNOWN_FROM, a_world().asked(a_request().from_(images={"web": "nginx:Z"}))),
    (Reason.UNKNOWN_FROM, a_world().asked(a_request().from_(snapshot="a123456789"))),
    (Reason.NOT_APPLICABLE, a_world().asked(a_request().from_(images={"web": "nginx:A"}))),
    (Reason.NOT_APPLICABLE, a_world().asked(a_request().from_(snapshot=id_of("A", 1)))),
    (
        Reason.NOT_APPLICABLE,
        a_world(a_history("A", "B").truncated()).asked(a_request().from_(images={"web": "x"})),
    ),
    (
        Reason.NOT_APPLICABLE,
        a_world(a_history("A").with_gap("C")).asked(a_request().from_(images={"web": "x"})),
    ),
    (
        Reason.NOT_APPLICABLE,
        a_world(a_history().adopted("A").of("B")).asked(a_request().from_(snapshot="a123456789")),
    ),
    (Reason.ROLLBACK_IN_PROGRESS, a_world(ABC).rolling_back_to(1)),
    (Reason.ROLLBACK_IN_PROGRESS, a_world(ABC).with_(preparations=(a_preparation(A_IN_ABC),))),
    (Reason.ROLLBACK_IN_PROGRESS, a_world(MIXED).with_(preparations=(a_preparation(),))),
    (Reason.PAUSED, a_world().live(a_deployment("B").at_revision(2).paused())),
    (Reason.ROLLOUT_NOT_COMPLETED, a_world().unfinished("C")),
    (Reason.ROLLOUT_NOT_COMPLETED, a_world(a_history()).unfinished("A", 1)),
    (Reason.UNKNOWN_TARGET, to(revision=99)),
    (Reason.UNKNOWN_TARGET, to(snapshot="a123456789")),
    (Reason.UNKNOWN_TARGET, to(images={"web": "nginx:Z"})),
    (Reason.ALREADY_THERE, to(revision=2)),
    (Reason.ALREADY_THERE, to(images={"web": image_of("B")})),
    (
        Reason.TARGET_NOT_SERVING,
        to(revision=2).live(a_deployment("B").at_revision(2).counting(2, 2, 0)),
    ),
    (Reason.ALREADY_ROLLED_BACK, a_world(a_history("A", "B").returned_to("A"))),
    (
        Reason.ALREADY_ROLLED_BACK,
        a_world(ABC).unfinished("A").asked(a_request().abandoning()),
    ),
    (Reason.HISTORY_GAP, a_world(a_history("A").with_gap("C"))),
    (Reason.NOT_VERIFIED, a_world(a_history().unverified("A").of("B"))),
    (Reason.NO_EARLIER_SNAPSHOT, a_world(a_history("A"))),
    (Reason.NO_EARLIER_SNAPSHOT, a_world(a_history()).asked(a_request().abandoning())),
    (Reason.UNSIGNED_SNAPSHOT, a_world(a_history("A", "B").unsigned())),
    (
        Reason.NO_ARTIFACT_CHANGED,
        a_world(MIXED.of(a_template("B", args=["x"]))).asked(a_request().artifacts()),
    ),
    (Reason.UNKNOWN_COMPONENT, a_world().asked(a_request().selecting("cache/image"))),
    (Reason.ALREADY_THERE, a_world().asked(a_request().selecting("web/config"))),
    (Reason.CANNOT_REVERT_ALONE, a_world(MOUNTING).asked(a_request().selecting("web/config"))),
    (Reason.DIGEST_UNKNOWN, a_world().asked(a_request().pinned())),
    (
        Reason.FROM_REQUIRED,
        a_world().asked(a_request().annotated(**{"argocd.argoproj.io/tracking-id": "x"})),
    ),
]


@pytest.mark.parametrize(
    ("reason", "world"), TABLE, ids=[f"{n}-{reason}" for n, (reason, _) in enumerate(TABLE)]
)
def test_a_target_is_refused_with_the_reason_that_fits(reason: Reason, world: WorldBuilder) -> None:
    verdict = judge(world.build())

    assert isinstance(verdict, End)
    assert verdict.reason == reason
    assert verdict.message


UNFINISHED = (
    "the newest rollout of deployment shop/web, revision 9 (nginx:{}), has not completed:"
    " 1 of 2 updated, 2 available"
)
PREPARED = (
    "request other is rolling deployment shop/web back, to another version or other components,"
    " and runs `before` steps since 2030-01-01T12:00:00Z; wait until it ended"
)
SAYING: list[tuple[WorldBuilder, str]] = [
    (a_world().with_(unadmitted="nobody checked it"), "nobody checked it"),
    (
        a_world().with_(disabled_by="a label"),
        "rollbacks of deployment shop/web are turned off by a label",
    ),
    (
        a_world().with_(was_executed=True),
        (
            "request back has rolled deployment shop/web back before; to do it again, give the"
            " request another name"
        ),
    ),
    (
        a_world().asked(a_request().from_(images={"web": "nginx:Z", "cache": "redis:8"})),
        (
            "`from` of deployment shop/web names web=nginx:Z, cache=redis:8, which it never ran; on"
            " record: revision 2 (nginx:B), revision 1 (nginx:A); no version has a container cache"
        ),
    ),
    (
        a_world().asked(a_request().from_(snapshot="a123456789")),
        (
            "`from` of deployment shop/web names snapshot a123456789, which it never ran;"
            " on record: revision 2 (nginx:B), revision 1 (nginx:A)"
        ),
    ),
    (
        a_world().asked(a_request().from_(images={"web": "nginx:A"})),
        "deployment shop/web runs nginx:B, not web=nginx:A; nothing to do",
    ),
    (
        a_world(ABC).rolling_back_to(1),
        (
            "request another is rolling deployment shop/web back to revision 1 since"
            " 2030-01-01T13:00:00Z; wait until it has ended"
        ),
    ),
    (a_world(ABC).with_(preparations=(a_preparation(A_IN_ABC),)), PREPARED),
    (
        a_world(ABC).with_(preparations=(a_preparation(id_of("B", 2)), a_preparation(A_IN_ABC))),
        PREPARED,
    ),
    (
        a_world().live(a_deployment("B").at_revision(2).paused()),
        (
            "deployment shop/web is paused; run `kubectl rollout resume deployment/web -n shop` and"
            " make a new request"
        ),
    ),
    (
        a_world().unfinished("C"),
        (
            f"{UNFINISHED.format('C')}; say `unfinishedRollout: Wait` to roll it back once it has"
            " succeeded, or `unfinishedRollout: Abandon` to leave it for the newest successful one"
        ),
    ),
    (
        a_world().live(a_deployment("C").at_revision(2).counting(2, 2, 2, observed=0)),
        (
            "the newest rollout of deployment shop/web, to nginx:C, has not completed: the"
            " deployment controller has not seen the change yet; say `unfinishedRollout: Wait` to"
            " roll it back once it has succeeded, or `unfinishedRollout: Abandon` to leave it"
            " for the newest successful one"
        ),
    ),
    (
        a_world().unfinished("C").asked(a_request().waiting()),
        f"{UNFINISHED.format('C')}; waiting for it until 2030-01-01T12:05:00Z",
    ),
    (
        to(revision=99),
        (
            "`to` of deployment shop/web names revision 99, which is not on record;"
            " revision 1 (nginx:A)"
        ),
    ),
    (to(revision=2), "deployment shop/web already has nginx:B (revision 2) and serves it"),
    (
        to(revision=2).live(a_deployment("B").at_revision(2).counting(2, 2, 0)),
        (
            "deployment shop/web already has nginx:B, but it does not serve: 2 of 2 updated,"
            " 0 available; look at its pods, or name an earlier revision"
        ),
    ),
    (
        a_world(ABC).unfinished("A").asked(a_request().abandoning()),
        (
            f"{UNFINISHED.format('A')}, and it is itself a return; say with `to` where to go:"
            " revision 3 (nginx:C), revision 2 (nginx:B), revision 1 (nginx:A)"
        ),
    ),
    (
        a_world(a_history("A").with_gap("C")),
        (
            "deployment shop/web: rollouts before revision 3 (nginx:C) happened while nobody"
            " watched; the last one known before is revision 1 (nginx:A); choose with `to`; `to`"
            " may name: revision 1 (nginx:A)"
        ),
    ),
    (
        a_world(a_history("A")),
        (
            "deployment shop/web: no successful rollout before revision 1 (nginx:A) is on record;"
            " `to` may name: nothing is on record"
        ),
    ),
    (
        a_world(a_history().unverified("A").of("B")),
        (
            "deployment shop/web: revision 1 (nginx:A), which was live before revision 2 (nginx:B),"
            " was never seen with an available pod; if you trust it, say `to: {revision: 1}`"
        ),
    ),
    (
        a_world(a_history("A", "B").unsigned()),
        (
            "the record of revision 1 of deployment shop/web is not signed by a known key and no"
            " ReplicaSet has its template; set ROLLBACK_KEY_FILES for later rollouts"
        ),
    ),
    (
        a_world().asked(a_request().annotated(**{"argocd.argoproj.io/tracking-id": "x"})),
        (
            "Argo CD applies request back again and again, so the target web needs to say what it"
            ' leaves: `from: {images: {web: "nginx:B"}}`'
        ),
    ),
]


@pytest.mark.parametrize(("world", "text"), SAYING, ids=[str(n) for n in range(len(SAYING))])
def test_what_stands_in_the_way_is_said_with_what_to_do(world: WorldBuilder, text: str) -> None:
    verdict = judge(world.build())

    assert isinstance(verdict, End | Wait)
    assert verdict.message == text


@pytest.mark.parametrize(
    ("old", "is_there"), [(a_template("B", args=["-v"]), True), (CONFIGURED, False)]
)
def test_of_artifacts_only_the_images_need_to_be_there(
    old: Template,
    is_there: bool,  # noqa: FBT001 - a table
) -> None:
    request = a_request().artifacts().to(revision=1)

    verdict = judge(a_world(a_history(old, "B")).asked(request).build())

    reason = verdict.reason if isinstance(verdict, End) else None
    assert reason == (Reason.ALREADY_THERE if is_there else None)


def test_the_default_target_is_the_snapshot_below_the_live_one() -> None:
    verdict = judge(a_world(ABC).build())

    assert isinstance(verdict, Restore)
    assert verdict.goal.snapshot == id_of("B", 2)
    assert verdict.result == a_template("B")
    assert verdict.reverted == ("web/image",)


def test_the_recorded_template_is_restored_with_its_restart_stamp() -> None:
    stamped = a_template("A", restarted="12:00")

    verdict = judge(a_world(a_history(stamped, "B")).build())

    assert isinstance(verdict, Restore)
    assert verdict.result == stamped


def test_a_return_and_a_new_rollout_of_the_same_version_can_be_rolled_back_again() -> None:
    verdict = judge(a_world(a_history("A", "B").returned_to("A").of("B")).build())

    assert isinstance(verdict, Restore)
    assert verdict.goal.snapshot == id_of("A", 3)


def test_an_explicit_target_goes_anywhere() -> None:
    histories = [
        a_history("A", "B").returned_to("A"),
        a_history("A").with_gap("C"),
        a_history().unverified("A").of("B"),
    ]
    for history in histories:
        revision = 2 if history is histories[0] else 1
        verdict = judge(a_world(history).asked(a_request().to(revision=revision)).build())
        assert isinstance(verdict, Restore)


def test_only_the_images_are_restored_of_what_is_asked_for_as_artifacts() -> None:
    live, old = (a_pod(a_container("web", image, args=[image])) for image in ("b", "a"))

    verdict = judge(a_world(a_history(old, live)).asked(a_request().artifacts()).build())

    assert isinstance(verdict, Restore)
    assert verdict.result == a_pod(a_container("web", "a", args=["b"]))
    assert verdict.reverted == ("web/image",)
    assert [c.name for c in verdict.altered] == ["web/image", "web/config"]


@pytest.mark.parametrize(
    ("selected", "reverted"),
    [
        (["web/config"], ("web/config",)),
        (["web"], ("web/image", "web/config")),
        (["web/config", "web"], ("web/image", "web/config")),
    ],
    ids=["part", "whole-container", "named-twice"],
)
def test_what_is_selected_is_restored(selected: list[str], reverted: tuple[str, ...]) -> None:
    world = a_world(a_history(CONFIGURED, "B")).asked(a_request().selecting(*selected))

    verdict = judge(world.build())

    assert isinstance(verdict, Restore)
    assert verdict.reverted == reverted


def test_a_completed_rollout_stays_so_when_its_pods_fail_later() -> None:
    """That is when people roll back."""
    failing = a_deployment("B").at_revision(2).counting(2, 2, 0)

    assert isinstance(judge(a_world().live(failing).build()), Restore)


def test_a_restart_under_way_is_no_unfinished_rollout() -> None:
    restarting = a_deployment(a_template("B", restarted="12:00")).at_revision(3).rolling_out()

    assert isinstance(judge(a_world().live(restarting).build()), Restore)


def test_an_unfinished_rollout_is_waited_for_until_the_starting_deadline() -> None:
    verdict = judge(a_world().unfinished("C").asked(a_request().waiting()).build())

    assert isinstance(verdict, Wait)
    assert verdict.reason is Reason.WAITING_FOR_ROLLOUT
    assert verdict.until == NOON + timedelta(seconds=300)


def test_an_unfinished_rollout_is_abandoned_for_the_newest_snapshot() -> None:
    verdict = judge(a_world().unfinished("C").asked(a_request().abandoning()).build())

    assert isinstance(verdict, Restore)
    assert verdict.goal.snapshot == id_of("B", 2)


def test_an_unfinished_return_is_abandoned_for_an_explicit_target_only() -> None:
    request = a_request().abandoning().to(revision=2)

    verdict = judge(a_world(ABC).unfinished("A").asked(request).build())

    assert isinstance(verdict, Restore)
    assert verdict.goal.snapshot == id_of("B", 2)


def test_the_request_that_means_the_same_follows_a_rollback_under_way() -> None:
    world = a_world(ABC).rolling_back_to(2).build()

    assert world.claim is not None
    assert judge(world) == Follow(world.claim)


@pytest.mark.parametrize(
    "request_",
    [a_request().artifacts(), a_request().selecting("web/image"), a_request().to(revision=1)],
    ids=["artifacts", "selected", "another-version"],
)
def test_another_choice_does_not_follow_it(request_: RequestBuilder) -> None:
    history = a_history("A", CONFIGURED, a_template("B", args=["x"]))
    world = a_world(history).rolling_back_to(2).asked(request_)

    verdict = judge(world.build())

    assert isinstance(verdict, End)
    assert verdict.reason is Reason.ROLLBACK_IN_PROGRESS


def test_the_same_choice_of_artifacts_follows_a_rollback_of_artifacts() -> None:
    old, new = (a_template(v, args=[v]) for v in "AB")
    mixed = a_template("A", args=["B"])
    world = a_world(a_history(old, new)).rolling_back_to(1, result=mixed.digest)
    world = world.unfinished(mixed, 3).asked(a_request().artifacts())

    assert isinstance(judge(world.build()), Follow)


def test_steps_that_run_for_just_this_do_not_block() -> None:
    world = a_world(ABC).with_(preparations=(a_preparation(id_of("B", 2)),))

    assert isinstance(judge(world.build()), Restore)


def test_the_rollback_of_a_request_that_is_gone_does_not_block() -> None:
    world = a_world(ABC).rolling_back_to(1).with_(holder_is_active=False)

    verdict = judge(world.asked(a_request().to(revision=2).abandoning()).build())

    assert isinstance(verdict, Restore)


def test_a_claim_that_is_void_does_not_block() -> None:
    history = ABC.build()
    claim = a_claim(history.snapshots[1], history.snapshots[0])

    assert isinstance(
        judge(a_world(ABC).with_(claim=claim, holder_is_active=True).build()), Restore
    )


def test_a_void_claim_counts_as_executed_before_the_history_has_it() -> None:
    plain = a_world(ABC)
    history = plain.build().history
    claim = a_claim(
        history.snapshots[1], history.snapshots[0], request_hash=plain.build().request_hash
    )

    verdict = judge(plain.with_(claim=claim).build())

    assert isinstance(verdict, End)
    assert verdict.reason is Reason.ALREADY_EXECUTED


def test_what_a_running_claim_took_over_counts_as_executed() -> None:
    """Its own request may follow itself; what it carries on for void claims is history."""
    plain = a_world(ABC).rolling_back_to(1)
    line = Executed("earlier", "back", plain.build().request_hash)

    verdict = judge(a_world(ABC).rolling_back_to(1, earlier=(line,)).build())

    assert isinstance(verdict, End)
    assert verdict.reason is Reason.ALREADY_EXECUTED


def test_an_unsigned_record_is_used_where_a_replica_set_bears_it_out() -> None:
    unsigned = a_world(a_history("A", "B").unsigned())

    borne_out = unsigned.with_(replica_sets=(a_replica_set("A", 1),))
    not_borne_out = unsigned.with_(replica_sets=(a_replica_set(CONFIGURED, 1),))

    assert isinstance(judge(borne_out.build()), Restore)
    assert isinstance(judge(not_borne_out.build()), End)
    assert isinstance(judge(not_borne_out.asked(a_request().artifacts()).build()), Restore)


def test_from_that_is_live_lets_the_request_begin() -> None:
    for given in ({"images": {"web": "nginx:B"}}, {"snapshot": id_of("B", 2)}):
        verdict = judge(a_world().asked(a_request().from_(**given)).build())
        assert isinstance(verdict, Restore)


@pytest.mark.parametrize("rule", RULES, ids=[rule.__name__ for rule in RULES])
def test_every_rule_decides_some_case(rule: Rule) -> None:
    cases = [world for _, world in TABLE]
    cases.append(a_world().unfinished("C").asked(a_request().waiting()))

    assert any(rule(world.build()) is not None for world in cases)


def test_a_pinned_target_is_restored_by_the_digest_that_ran() -> None:
    old = a_snapshot("A", digests={"web": "sha256:1"})
    new = a_snapshot("B", revision=2, below=old.id)
    history = HistoryBuilder(replace(a_history().history, snapshots=(old, new)))

    verdict = judge(a_world(history).asked(a_request().pinned()).build())

    assert isinstance(verdict, Restore)
    assert verdict.result.images == {"web": "nginx:A@sha256:1"}


def test_a_choice_of_artifacts_follows_no_rollback_of_another_rollout() -> None:
    history = ABC.build()
    old = a_claim(history.snapshots[1], history.snapshots[0])
    world = a_world(ABC).rolling_back_to(2).asked(a_request().artifacts().to(revision=1))

    verdict = judge(world.with_(claim=old).unfinished("A").build())

    assert isinstance(verdict, End)
    assert verdict.reason is Reason.ROLLBACK_IN_PROGRESS


def test_a_replica_set_does_not_bear_out_a_digest() -> None:
    """Nobody vouches for a digest that is on no ReplicaSet."""
    old = a_snapshot("A", digests={"web": "sha256:1"})
    new = a_snapshot("B", revision=2, below=old.id)
    history = HistoryBuilder(replace(a_history().history, snapshots=(old, new), signed=False))
    world = a_world(history).with_(replica_sets=(a_replica_set("A", 1),))

    verdict = judge(world.asked(a_request().pinned()).build())

    assert isinstance(verdict, End)
    assert verdict.reason is Reason.UNSIGNED_SNAPSHOT
