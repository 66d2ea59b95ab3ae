"""The recorder writes each success once, whatever comes in between."""

import pytest

from builders import KEYRING, NO_KEY, a_claim, a_request
from builders.step_records import a_cron_job
from builders.templates import a_template, with_metadata
from fake_cluster import FakeCluster, Fault, KilledError
from in_process import InProcess
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.signing import Keyring
from rollback_operator.errors import Forbidden, Stale, Unreachable

RECORD = "deployment/status"


@pytest.fixture
def operator() -> InProcess:
    """An operator on an empty cluster."""
    return InProcess(FakeCluster())


async def test_each_successful_rollout_is_one_write(operator: InProcess) -> None:
    await operator.rolls_out("web", "A", "B", "C")

    assert operator.recorded() == "ABC"
    assert operator.cluster.writes == [RECORD] * 3


async def test_an_event_that_says_nothing_new_costs_neither_a_write_nor_a_read(
    operator: InProcess,
) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.reads.clear()

    await operator.sees()
    await operator.sees(first=True)

    assert (operator.cluster.writes, operator.cluster.reads) == ([RECORD], [])


async def test_an_event_that_is_older_than_the_record_writes_nothing(operator: InProcess) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B")
    old = operator.cluster.deployment_now()
    await operator.sees()

    await operator.recorder.observe(old)

    assert operator.cluster.writes == [RECORD] * 2


async def test_the_condition_is_written_with_the_history(operator: InProcess) -> None:
    await operator.rolls_out("web", "A", "B")

    shown = operator.cluster.deployment_now().condition("Rollbackable")

    assert (shown["status"], shown["reason"]) == ("True", "EarlierSnapshot")


async def test_steps_that_are_recorded_with_the_first_key_can_be_run(operator: InProcess) -> None:
    """What is written is signed; what was read was not."""
    keyless = InProcess(operator.cluster, keyring=NO_KEY)
    await keyless.rolls_out("web", "A")
    operator.cluster.cron_jobs["drain"] = a_cron_job()
    named = {"rollback-operator.dev/before": "drain"}

    operator.cluster.deploy("web", with_metadata(a_template("B"), annotations=named))
    await operator.sees()

    shown = operator.cluster.deployment_now().condition("Rollbackable")
    assert (shown["status"], shown["reason"]) == ("True", "EarlierSnapshot")


async def test_a_new_process_that_finds_everything_recorded_writes_nothing(
    operator: InProcess,
) -> None:
    await operator.rolls_out("web", "A", "B")

    await InProcess(operator.cluster).sees(first=True)

    assert operator.cluster.writes == [RECORD] * 2


@pytest.mark.parametrize("is_stored", [False, True], ids=["before", "after"])
async def test_killed_at_its_write_it_records_once(
    operator: InProcess,
    is_stored: bool,  # noqa: FBT001 - a table
) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B")
    operator.cluster.faults[1] = Fault(KilledError(), is_stored)
    with pytest.raises(KilledError):
        await operator.sees()

    await InProcess(operator.cluster).sees(first=True)

    assert operator.recorded() == "AB"
    assert operator.cluster.writes == [RECORD] * 2


async def test_what_changed_under_it_is_read_and_decided_again(operator: InProcess) -> None:
    operator.cluster.deploy("web", "A")
    rolled_out = iter(["B"])

    def roll_out(_: str) -> None:
        for version in rolled_out:
            operator.cluster.deploy("web", version)
            operator.cluster.deployments["web"]["metadata"]["annotations"][HISTORY] = "broken"

    operator.cluster.before_write = roll_out

    await operator.sees()

    assert operator.recorded() == "B"


async def test_it_gives_up_on_what_keeps_changing_until_the_next_look(
    operator: InProcess,
) -> None:
    operator.cluster.deploy("web", "A")
    operator.cluster.faults = {n: Fault(Stale("changed")) for n in range(10)}

    with pytest.raises(Stale, match="deployment shop/web kept changing"):
        await operator.sees()
    assert operator.recorded() == ""
    await operator.sees()

    assert operator.recorded() == "A"


async def test_a_deployment_that_is_gone_is_let_go(operator: InProcess) -> None:
    operator.cluster.deploy("web", "A")
    live = operator.cluster.deployment_now()

    def delete(_: str) -> None:
        operator.cluster.deployments.pop("web")
        raise Stale("gone")  # noqa: EM101 - what the API server says

    operator.cluster.before_write = delete

    await operator.recorder.observe(live)
    operator.recorder.forget(live.uid)

    assert operator.cluster.writes == []


async def test_an_api_server_that_does_not_answer_is_the_callers_business(
    operator: InProcess,
) -> None:
    operator.cluster.deploy("web", "A")
    operator.cluster.faults[0] = Fault(Unreachable("no answer"))

    with pytest.raises(Unreachable):
        await operator.sees()
    await operator.sees()

    assert operator.recorded() == "A"


async def test_a_history_that_undo_rewound_is_repaired_from_the_copies(operator: InProcess) -> None:
    await operator.rolls_out("web", "A", "B", "C")
    for one in operator.cluster.sets["web"]:
        one["metadata"]["annotations"].update(
            {
                key: operator.cluster.deployments["web"]["metadata"]["annotations"][key]
                for key in (HISTORY, TEMPLATES)
                if one["metadata"]["name"] == "web-C"
            }
        )

    operator.cluster.undo("web", "A")
    await operator.sees()

    assert operator.recorded() == "ABCA"
    assert operator.history().newest is not None
    assert operator.history().newest.is_return  # type: ignore[union-attr]


@pytest.fixture
async def rewound(operator: InProcess) -> InProcess:
    """B is live again after C; then what says so is taken away, everywhere."""
    cluster = operator.cluster
    await operator.rolls_out("web", "A", "B")
    earlier = cluster.deployments["web"]["metadata"]["annotations"]
    kept = {key: earlier[key] for key in (HISTORY, TEMPLATES)}
    await operator.rolls_out("web", "C", "B")
    assert operator.recorded() == "ABCB"
    for obj in (cluster.deployments["web"], *cluster.sets["web"]):
        obj["metadata"]["annotations"].update(kept)
    # The controller has not acknowledged yet that somebody has written to the Deployment.
    cluster.deployments["web"]["metadata"]["generation"] += 1
    return operator


async def test_a_look_that_comes_too_early_forgets_no_later_history(rewound: InProcess) -> None:
    await rewound.sees()
    assert rewound.recorded() == "AB"

    rewound.cluster.settle("web")
    await rewound.sees()

    assert rewound.recorded() == "ABB"
    assert rewound.history().newest is not None
    assert rewound.history().newest.gap  # type: ignore[union-attr]


async def test_a_request_does_not_believe_a_rewound_history_either(rewound: InProcess) -> None:
    """It may come before the recorder can tell."""
    await rewound.sees()

    status = await rewound.carries_out(rewound.cluster.ask(a_request()))

    assert (status.reason, rewound.image()) == ("HistoryGap", "B")


async def test_what_somebody_forged_is_not_signed(operator: InProcess) -> None:
    """Only what a ReplicaSet bears out is taken over from a history that nobody vouches for."""
    forger = InProcess(operator.cluster, keyring=Keyring((b"another",)))
    await forger.rolls_out("web", "A", "B")
    operator.cluster.sets["web"].pop(0)

    await operator.rolls_out("web", "C")

    assert operator.recorded() == "BC"
    assert operator.history().signed


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"uid": 1}', "\x00"])
async def test_a_broken_history_is_overwritten(operator: InProcess, text: str) -> None:
    await operator.rolls_out("web", "A")
    for obj in (operator.cluster.deployments["web"], *operator.cluster.sets["web"]):
        obj["metadata"]["annotations"][HISTORY] = text

    await InProcess(operator.cluster).rolls_out("web", "B")

    assert operator.recorded() == "B"


async def test_what_does_not_fit_beside_the_annotations_of_others_is_reported_not_written(
    operator: InProcess,
) -> None:
    operator.cluster.deploy("web", "A")
    others = operator.cluster.deployments["web"]["metadata"]["annotations"]
    others["theirs"] = "x" * (256 * 1024 - 4200)

    await operator.sees()
    await operator.sees()

    assert operator.recorded() == ""
    assert RECORD not in operator.cluster.writes
    assert [event["reason"] for event in operator.cluster.events.values()] == ["SnapshotDoesNotFit"]


async def test_a_claim_from_before_the_crash_makes_a_rollback_of_what_is_found(
    operator: InProcess,
) -> None:
    await operator.rolls_out("web", "A", "B")
    left, target = reversed(operator.history().snapshots)
    claim = a_claim(left, target, request="back", request_uid="back-uid")
    operator.cluster.deploy("web", "A")
    annotations = operator.cluster.deployments["web"]["metadata"]["annotations"]
    annotations["rollback-operator.dev/claim"] = claim.encode(KEYRING)

    await InProcess(operator.cluster).sees(first=True)

    assert [s.origin.value for s in operator.history().snapshots][-1] == "Rollback"
    assert [line.request for line in operator.history().executed] == ["back"]


async def test_a_history_gives_way_where_it_would_freeze_rollouts(operator: InProcess) -> None:
    """Keys that are deleted stay on the ReplicaSets: they are overwritten by next to nothing."""
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B")
    annotations = operator.cluster.deployments["web"]["metadata"]["annotations"]
    annotations["theirs"] = "x" * (256 * 1024 - 4500)

    await operator.sees()

    annotations = operator.cluster.deployments["web"]["metadata"]["annotations"]
    assert (annotations[HISTORY], annotations[TEMPLATES]) == ("{}", "")


async def test_a_read_that_has_to_be_repeated_loses_no_rollout(operator: InProcess) -> None:
    """Nothing may happen to the Deployment again for months."""
    operator.cluster.deploy("web", "A")
    operator.cluster.read_faults = [Stale("read again")]

    await operator.sees()

    assert operator.recorded() == "A"


async def test_what_succeeded_while_it_was_denied_leaves_a_gap(operator: InProcess) -> None:
    """B was seen to succeed: to go back from C to A would skip what served in between."""
    await operator.rolls_out("web", "A")
    await is_denied(operator, "B")

    await operator.rolls_out("web", "C")

    assert (operator.recorded(), has_gap(operator)) == ("AC", True)


async def test_what_succeeded_and_was_left_while_it_decided_leaves_a_gap(
    operator: InProcess,
) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B")
    released = iter("C")

    def release(_: str) -> None:
        for version in released:
            operator.cluster.roll_out("web", version)
            operator.cluster.settle("web", available=0)
            raise Stale("changed")  # noqa: EM101 - what the API server says

    operator.cluster.before_write = release

    await operator.sees()
    operator.cluster.settle("web")
    await operator.sees()

    assert (operator.recorded(), has_gap(operator)) == ("AC", True)


async def test_what_failed_before_it_was_denied_makes_no_gap(operator: InProcess) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.roll_out("web", "X")
    operator.cluster.settle("web", available=0)
    await operator.sees()
    await is_denied(operator, "B")

    await operator.sees()

    assert (operator.recorded(), has_gap(operator)) == ("AB", False)


async def test_what_was_seen_to_succeed_is_recorded_though_its_pods_fail_by_then(
    operator: InProcess,
) -> None:
    await operator.rolls_out("web", "A")
    await is_denied(operator, "B")
    operator.cluster.settle("web", available=0)

    await operator.sees()

    assert operator.recorded() == "AB"


async def test_a_first_sight_that_was_denied_is_still_the_first(operator: InProcess) -> None:
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B", "C")
    following = InProcess(operator.cluster)
    operator.cluster.read_faults = [Forbidden("not yet")]
    with pytest.raises(Forbidden):
        await following.sees(first=True)

    await following.sees()

    assert (following.recorded(), has_gap(following)) == ("AC", True)


async def test_a_first_rollout_that_was_watched_is_not_adopted_though_it_was_denied(
    operator: InProcess,
) -> None:
    await is_denied(operator, "A")

    await operator.sees()

    assert [s.origin.value for s in operator.history().snapshots] == ["Rollout"]


async def is_denied(operator: InProcess, version: str) -> None:
    """Let a version succeed that the operator may not record."""
    operator.cluster.deploy("web", version)
    operator.cluster.faults[operator.cluster.attempts] = Fault(Forbidden("not yet"))
    with pytest.raises(Forbidden):
        await operator.sees()


def has_gap(operator: InProcess) -> bool:
    newest = operator.history().newest
    assert newest is not None
    return newest.gap
