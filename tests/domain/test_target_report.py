"""What the status says of one target."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import (
    NOON,
    UID,
    HistoryBuilder,
    a_claim,
    a_deployment,
    a_history,
    a_replica_set,
    a_request,
    a_snapshot,
    a_template,
    a_world,
    id_of,
)
from builders.begun import ARTIFACTS, NEW, OLD, a_begun_target, a_plan_for_images
from rollback_operator.domain import target_report
from rollback_operator.domain.components import fingerprint
from rollback_operator.domain.decisions import End, Follow, Goal, Restore, Wait
from rollback_operator.domain.group import Judged
from rollback_operator.domain.judge import judge
from rollback_operator.domain.owner import find_owner
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.spec import Target
from rollback_operator.domain.status import (
    ComponentState,
    ComponentStatus,
    RolloutStatus,
    StepStatus,
    TargetStatus,
    Version,
)
from rollback_operator.domain.step import StepState, When

LATER = NOON + timedelta(seconds=90)


VERSION_B = Version(snapshot=id_of(NEW, 2), revision=2, images={"web": "nginx:B"})
VERSION_A = Version(snapshot=id_of(OLD, 1), revision=1, images={"web": "nginx:A"})
IMAGE = ComponentStatus(
    name="web/image", from_="nginx:B", to="nginx:A", state=ComponentState.ALTERED
)
CONFIG = ComponentStatus(
    name="web/config", from_="(changed)", to="(changed)", state=ComponentState.NOT_SELECTED
)


def states(status: TargetStatus) -> dict[str, str]:
    return {c.name: c.state.value for c in status.components}


def test_what_is_queued_was_not_looked_at_yet() -> None:
    assert target_report.queued(Target(name="web")) == TargetStatus(
        name="web", phase=Phase.QUEUED, reason=Reason.WAITING_FOR_TURN, message="not begun"
    )


def test_what_was_begun_says_from_to_and_what_is_reverted() -> None:
    assert a_begun_target() == TargetStatus(
        name="web",
        uid=UID,
        phase=Phase.IN_PROGRESS,
        reason=Reason.ROLLING_BACK,
        message="deployment shop/web was patched to nginx:A",
        from_=VERSION_B,
        to=VERSION_A,
        components=[IMAGE, CONFIG],
        fingerprint=fingerprint(a_plan_for_images().result, ["web/image"]),
        started_at=NOON,
    )


def test_what_is_rolled_back_was_read_back_as_reverted() -> None:
    live = a_deployment(a_plan_for_images().result).counting(3, 3, 1).build()
    begun, now = a_begun_target(), LATER + timedelta(microseconds=7)

    status = target_report.ended(begun, End(Reason.ROLLED_BACK, "back"), live, now)

    assert status == begun.model_copy(
        update={
            "phase": Phase.COMPLETED,
            "reason": Reason.ROLLED_BACK,
            "message": "back",
            "components": [
                IMAGE.model_copy(update={"state": ComponentState.REVERTED}),
                CONFIG,
            ],
            "rollout": RolloutStatus(desired=2, updated=3, available=1),
            "finished_at": LATER,
        }
    )


def test_what_failed_is_not_said_to_be_reverted() -> None:
    status = target_report.ended(a_begun_target(), End(Reason.SUPERSEDED, "gone"), None, LATER)

    assert states(status)["web/image"] == "Altered"
    assert status.rollout is None


def test_the_pods_of_what_was_never_begun_are_not_counted() -> None:
    queued = target_report.queued(Target(name="web"))

    status = target_report.ended(queued, End(Reason.PAUSED, "so"), a_deployment().build(), LATER)

    assert status.rollout is None


STEPS = [
    StepStatus(name=name, when=When.BEFORE, job=f"job-{name}", state=StepState.RUNNING)
    for name in ("drain", "dump")
]


@pytest.mark.parametrize("is_known", [True, False])
def test_while_before_steps_run_the_deployment_is_untouched(
    is_known: bool,  # noqa: FBT001 - a table
) -> None:
    """The time counts from the first step."""
    at = LATER + timedelta(microseconds=7)
    world, plan = ARTIFACTS.with_(now=at).build(), a_plan_for_images()
    known = target_report.queued(Target(name="web"))
    if is_known:
        known = known.model_copy(update={"started_at": NOON})

    status = target_report.running_steps(world, plan, known, STEPS)

    assert status == TargetStatus(
        name="web",
        uid=UID,
        phase=Phase.IN_PROGRESS,
        reason=Reason.RUNNING_BEFORE,
        message="running the `before` steps of deployment shop/web",
        from_=VERSION_B,
        to=VERSION_A,
        components=[IMAGE, CONFIG],
        steps=STEPS,
        started_at=NOON if is_known else LATER,
    )
    if not is_known:
        assert target_report.running_steps(world, plan, None, STEPS) == status


def test_a_long_message_is_cut() -> None:
    assert (
        len(
            target_report.ended(
                a_begun_target(), End(Reason.FORBIDDEN, "x" * 9999), None, NOON
            ).message
        )
        == 4096
    )


def test_an_interrupted_rollback_is_taken_up_with_what_its_claim_says() -> None:
    history = a_history("A", "B").build()
    claim = a_claim(
        history.snapshots[1], history.snapshots[0], request="back", request_uid="back-uid"
    )
    world = a_world().live(a_deployment("A").rolling_out()).with_(claim=claim).build()

    status = target_report.joined(world, claim)

    assert status == TargetStatus(
        name="web",
        uid=UID,
        phase=Phase.IN_PROGRESS,
        reason=Reason.ROLLING_BACK,
        message="deployment shop/web was patched by request back",
        from_=Version(snapshot=id_of("B", 2), revision=2, images={"web": "nginx:B"}),
        to=Version(snapshot=id_of("A", 1), revision=1, images={"web": "nginx:A"}),
        components=[IMAGE],
        fingerprint=fingerprint(a_template("A"), ["web/image"]),
        started_at=claim.at,
    )


def test_another_requests_rollback_is_followed_by_name() -> None:
    world = a_world().rolling_back_to(1).build()
    assert world.claim is not None

    status = target_report.joined(world, world.claim)

    assert (status.reason, status.following) == (Reason.FOLLOWING, "another")
    assert status.message == "deployment shop/web was patched by request another"


def test_who_follows_has_all_their_time_from_when_they_came() -> None:
    """With a shorter time than what they follow, they would be late before they were made."""
    world = a_world().rolling_back_to(1).build()
    made = NOON + timedelta(hours=1)
    late = replace(world, request=world.request.model_copy(update={"created": made}))
    assert world.claim is not None

    assert target_report.joined(late, world.claim).started_at == made


def test_of_a_deployment_with_an_owner_it_is_said_what_that_will_do() -> None:
    """Helm on the client's side does not remove what came back with the old version."""
    old = a_template("A", env=[{"name": "OLD", "value": "1"}])
    marks = {"meta.helm.sh/release-name": "site", "meta.helm.sh/release-namespace": "shop"}
    world = a_world(a_history(old, "B"))
    live = a_deployment("B").at_revision(2).annotated(marks).written_by("helm", operation="Update")
    before = world.live(live).build()
    plan = judge(before)
    assert isinstance(plan, Restore)
    after = world.rolling_back_to(1).live(live.of(old)).build()
    assert after.claim is not None

    known = target_report.found(before, plan.goal)
    joined = target_report.joined(after, after.claim)

    owner = find_owner(before.deployment)
    assert owner is not None
    assert known.owner == joined.owner == "Helm release site"
    assert known.warning == joined.warning == owner.foretell(a_template("B"), old)
    assert known.warning != owner.warning
    assert target_report.found(before, None).warning == owner.warning


def test_fields_that_could_not_be_handed_back_are_told_after_what_the_owner_will_do() -> None:
    world = a_world().build()
    target = target_report.found(world, None)
    of_helm = target.model_copy(update={"warning": "Helm brings it back"})

    alone = target_report.with_fields_kept(target, "no").warning
    after = target_report.with_fields_kept(of_helm, "no").warning

    assert alone is not None
    assert alone.startswith("what the rollback changed in web belongs to rollback-operator now")
    assert after == f"Helm brings it back. {alone}"
    assert target_report.with_fields_kept(of_helm, None) is of_helm


def test_what_is_told_of_a_refusal_is_cut() -> None:
    target = target_report.found(a_world().build(), None)

    told = target_report.with_fields_kept(target, "no " * 4096).warning

    assert told is not None
    assert len(told) == target_report.MESSAGE_LIMIT


def test_a_claim_whose_template_is_gone_has_no_fingerprint_to_match() -> None:
    world = a_world().rolling_back_to(1).live(a_deployment("C")).build()
    assert world.claim is not None

    assert target_report.joined(world, world.claim).fingerprint == ""


UNKNOWN = ComponentStatus(
    name="web/image", from_="(changed)", to="(changed)", state=ComponentState.ALTERED
)


def test_of_a_version_that_is_no_longer_on_record_the_claim_tells_the_number() -> None:
    known = a_history("A", "B").build()
    claim = a_claim(known.snapshots[1], known.snapshots[0])
    world = a_world(a_history("C")).live(a_deployment("A")).with_(claim=claim).build()

    status = target_report.joined(world, claim)

    assert status.from_ == Version(revision=2)
    assert status.to == Version(snapshot=id_of("A", 1), revision=1)
    assert status.components == [UNKNOWN]


def test_what_was_left_unfinished_is_known_by_its_replica_set() -> None:
    """Nothing records a rollout that has not completed."""
    history = a_history("A").build()
    claim = a_claim(a_snapshot("B", 2), history.snapshots[0])
    sets = (a_replica_set("A", 1), a_replica_set("B", 2))
    world = a_world(a_history("A")).live(a_deployment("A")).with_(claim=claim, replica_sets=sets)

    status = target_report.joined(world.build(), claim)

    assert status.from_ == Version(revision=2, images={"web": "nginx:B"})
    assert status.components == [IMAGE]


def test_of_a_goal_that_is_no_longer_on_record_only_names_of_components_are_known() -> None:
    known = a_history("A", "B").build()
    claim = a_claim(known.snapshots[1], known.snapshots[0])
    sets = (a_replica_set("B", 2),)
    world = a_world(a_history("C")).live(a_deployment("A")).with_(claim=claim, replica_sets=sets)

    status = target_report.joined(world.build(), claim)

    assert status.from_ == Version(revision=2, images={"web": "nginx:B"})
    assert status.components == [UNKNOWN]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_preview_says_what_would_be_done_and_is_over(
    dry_run: bool,  # noqa: FBT001 - a table
) -> None:
    world = ARTIFACTS.build()
    status = target_report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=dry_run)

    text = "deployment web would be rolled back to revision 1 (nginx:A)"
    assert status == TargetStatus(
        name="web",
        uid=UID,
        phase=Phase.COMPLETED if dry_run else Phase.QUEUED,
        reason=Reason.PREVIEWED if dry_run else Reason.WAITING_FOR_TURN,
        message=text if dry_run else "not begun",
        from_=VERSION_B,
        to=VERSION_A,
        components=[IMAGE, CONFIG],
        finished_at=NOON if dry_run else None,
    )


WAITS = Wait(Reason.WAITING_FOR_ROLLOUT, "for its rollout", NOON)
FOLLOWS = Follow(a_claim(a_snapshot("B", 2), a_snapshot("A", 1)))


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (WAITS, "it would wait: for its rollout"),
        (FOLLOWS, "deployment web is being rolled back by request another"),
    ],
)
def test_a_preview_of_what_would_wait_or_follow_is_over_too(
    verdict: Wait | Follow, text: str
) -> None:
    world = a_world().unfinished("C").build()
    one = Judged(world.target, world, verdict)

    status = target_report.judged(one, NOON, dry_run=True)

    assert (status.phase, status.reason, status.message) == (
        Phase.COMPLETED,
        Reason.PREVIEWED,
        text,
    )
    assert status.finished_at == NOON
    assert target_report.judged(one, NOON, dry_run=False).phase is Phase.QUEUED


def test_what_waits_already_says_from_to_and_what_differs() -> None:
    """All of it, as nothing was selected yet."""
    world = ARTIFACTS.build()

    status = target_report.judged(Judged(world.target, world, WAITS), NOON, dry_run=False)

    assert (status.from_, status.to) == (VERSION_B, VERSION_A)
    assert states(status) == {"web/image": "Altered", "web/config": "Altered"}


def test_what_was_selected_and_is_there_already_is_said_to_be_unchanged() -> None:
    world = a_world().asked(a_request().selecting("web/image", "web/config")).build()

    status = target_report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=False)

    assert status.components == [
        IMAGE,
        ComponentStatus(
            name="web/config",
            from_="(unchanged)",
            to="(unchanged)",
            state=ComponentState.ALREADY_THERE,
        ),
    ]


def test_a_tag_that_means_another_image_now_is_told() -> None:
    old = a_snapshot("A", digests={"web": "sha256:1"})
    configured = a_template("A", args=["-v"])
    new = a_snapshot(configured, 2, below=old.id, digests={"web": "sha256:2"})
    history = HistoryBuilder(replace(a_history().history, snapshots=(old, new)))

    status = target_report.found(a_world(history).build(), Goal.of(old))

    assert status.moved_tags == ["web: nginx:A was sha256:1 and is sha256:2 now"]


def test_a_target_that_does_not_exist_is_over_without_versions() -> None:
    end = End(Reason.DEPLOYMENT_NOT_FOUND, "no such")

    status = target_report.judged(Judged(Target(name="web"), None, end), NOON, dry_run=False)

    assert status == TargetStatus(
        name="web",
        phase=Phase.EXCEPTION,
        reason=Reason.DEPLOYMENT_NOT_FOUND,
        message="no such",
        finished_at=NOON,
    )


def test_a_refused_target_still_says_what_is_live() -> None:
    world = a_world(a_history("A")).unfinished("Z", 7).build()
    status = target_report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=False)

    assert status.from_ == Version(revision=7, images={"web": "nginx:Z"})


def test_what_the_controller_gave_no_number_yet_has_none() -> None:
    world = a_world().live(a_deployment("Z").without_annotations()).build()

    assert target_report.version_of(world) == Version(images={"web": "nginx:Z"})


def test_a_target_that_waits_says_for_what() -> None:
    status = target_report.waiting(
        target_report.queued(Target(name="web")), Wait(Reason.SUSPENDED, "held", NOON)
    )

    assert (status.phase, status.reason, status.message) == (
        Phase.QUEUED,
        Reason.SUSPENDED,
        "held",
    )
