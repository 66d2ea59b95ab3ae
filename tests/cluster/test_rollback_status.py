"""What anyone can read of a request: phases, conditions, log, Events and the activity list."""

import json

import pytest

from conftest import StartsOperators
from harness.namespace import PATIENCE
from harness.objects import Object, condition
from harness.shop import Shop
from harness.waiting import wait_until


def conditions(status: Object) -> dict[str, str]:
    """Return the status of each condition."""
    return {c["type"]: c["status"] for c in status["conditions"]}


def events(shop: Shop, kind: str, name: str) -> list[tuple[str, str]]:
    """Return type and reason of the operator's Events on an object, oldest first."""
    about = f"--field-selector=involvedObject.kind={kind},involvedObject.name={name}"
    found = json.loads(shop.kubectl("get", "events", about, "-o", "json").stdout)["items"]
    ours = [e for e in found if e["source"].get("component") == "rollback-operator"]
    ours.sort(key=lambda event: int(event["metadata"]["resourceVersion"]))
    return [(event["type"], event["reason"]) for event in ours]


@pytest.fixture
def two(shop: Shop) -> Shop:
    """Two versions are on record, the second is live."""
    shop.release("nginx:1", "nginx:2")
    return shop


def test_a_request_is_queued_while_no_operator_runs(empty_shop: Shop) -> None:
    empty_shop.request()

    status = empty_shop.rollback_request()["status"]

    assert status == {"phase": "Queued", "observedGeneration": -1}
    assert "Queued" in empty_shop.kubectl("get", "rbr", "back").stdout


def test_a_request_that_was_queued_is_carried_out_when_an_operator_comes(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    operator.kill()
    empty_shop.request()

    operator.start()

    assert (empty_shop.until_over()["reason"], empty_shop.image()) == ("RolledBack", "nginx:1")


def test_there_are_four_phases_and_they_only_go_forward(two: Shop) -> None:
    order = ["Queued", "InProgress", "Completed"]
    two.block_pods()
    two.request()
    two.until_phase("InProgress")
    two.allow_pods()
    two.until_over()

    written = two.stored_writes("rollbackrequests", "back")

    phases = [str((w.response_object or {})["status"]["phase"]) for w in written]
    assert phases == [phase for phase in order if phase in phases]
    assert phases[-1] == "Completed"


def test_in_progress_is_reconciling(two: Shop) -> None:
    two.block_pods()
    two.request()

    status = two.until_phase("InProgress")

    assert conditions(status) == {"Ready": "False", "Reconciling": "True", "Stalled": "False"}


def test_completed_is_ready(two: Shop) -> None:
    status = two.roll_back()

    assert conditions(status) == {"Ready": "True", "Reconciling": "False", "Stalled": "False"}
    assert status["observedGeneration"] == 1
    assert {c["observedGeneration"] for c in status["conditions"]} == {1}


def test_an_exception_is_stalled(two: Shop) -> None:
    status = two.roll_back(to={"revision": 99})

    assert conditions(status) == {"Ready": "False", "Reconciling": "False", "Stalled": "True"}
    assert condition({"status": status}, "Stalled")["message"] == status["message"]


def test_kubectl_can_wait_for_the_end(two: Shop) -> None:
    two.request()

    waited = two.kubectl("wait", "--for=condition=Ready", "rbr/back", f"--timeout={PATIENCE}s")

    assert "condition met" in waited.stdout


def test_kubectl_can_wait_for_a_refusal(two: Shop) -> None:
    two.request(to={"revision": 99})

    waited = two.kubectl("wait", "--for=condition=Stalled", "rbr/back", f"--timeout={PATIENCE}s")

    assert "condition met" in waited.stdout


def test_the_activity_list_tells_the_story(two: Shop) -> None:
    two.roll_back(reason="5xx since the release")

    header, line = two.kubectl("get", "rbr").stdout.splitlines()
    wide = two.kubectl("get", "rbr", "-o", "wide").stdout

    assert header.split() == [
        "NAME", "PHASE", "TARGETS", "CHANGE", "REASON", "REQUESTER", "DURATION", "AGE"
    ]  # fmt: skip
    assert line.split()[:7] == [
        "back", "Completed", "web", "nginx:2", "→", "nginx:1", "RolledBack"
    ]  # fmt: skip
    assert "5xx since the release" in wide


def test_the_log_tells_each_turn_once(two: Shop) -> None:
    status = two.roll_back()

    assert [entry["text"].split(": ")[1] for entry in status["log"]] == [
        "RollingBack",
        "RolledBack",
    ]


def test_the_log_is_bounded(empty_shop: Shop, start_operator: StartsOperators) -> None:
    """Without a bound the API server would refuse the status one day, with a 500."""
    filler = [{"at": "2026-01-01T00:00:00Z", "text": str(n)} for n in range(200)]
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    operator.kill()
    empty_shop.request()
    change = json.dumps({"status": {"phase": "Queued", "log": filler}})
    empty_shop.kubectl("patch", "rbr", "back", "--subresource=status", "--type=merge", "-p", change)

    operator.start()

    log = empty_shop.until_over()["log"]
    assert (len(log), log[-1]["text"].split(": ")[1]) == (200, "RolledBack")


def test_events_tell_of_the_rollback_on_both_objects_and_are_few(two: Shop) -> None:
    two.roll_back()
    two.until_seen()

    assert events(two, "Deployment", "web") == [
        ("Normal", "RollingBack"),
        ("Normal", "RolledBack"),
    ]
    assert events(two, "RollbackRequest", "back") == [("Normal", "RolledBack")]


def test_a_refusal_is_a_warning_on_the_request_and_nothing_on_the_deployment(two: Shop) -> None:
    two.roll_back(to={"revision": 99})
    two.until_seen()

    assert events(two, "RollbackRequest", "back") == [("Warning", "UnknownTarget")]
    assert events(two, "Deployment", "web") == []


def test_kubectl_describe_shows_who_did_it_and_why(two: Shop) -> None:
    two.roll_back("checkout-500s")
    two.until_seen()

    described = two.kubectl("describe", "deployment", "web").stdout

    assert "request checkout-500s" in described
    assert "RolledBack" in described


def test_the_requester_is_said_to_be_unknown_where_nothing_stamps_it(two: Shop) -> None:
    assert two.roll_back()["requester"] == "unknown"


def test_the_times_are_in_order(two: Shop) -> None:
    created = two.request()["metadata"]["creationTimestamp"]

    status = two.until_over()

    assert created <= status["startedAt"] <= status["finishedAt"]


def test_what_replaces_a_version_that_was_put_back_is_told_on_the_deployment(two: Shop) -> None:
    """The request has ended, so nothing but an Event can tell."""
    two.roll_back()

    two.roll_out("nginx:3")
    two.until_recorded(snapshots=4)

    told = ("Normal", "RollbackReplaced")
    wait_until(lambda: told in events(two, "Deployment", "web"), "the Event")
