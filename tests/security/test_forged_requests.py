"""A request says who made it and what became of it, whatever anybody writes into it."""

import json

import pytest

from harness.attacker import (
    ASK,
    STATUS_OF_REQUESTS,
    Attacker,
    may_roll_back,
    refusal,
    stamps,
)
from harness.objects import Object, annotations
from harness.shop import Shop
from harness.waiting import wait_until

STAMP = "rollback-operator.dev/requester"
PREVIEW: Object = {"targets": [{"name": "web"}], "dryRun": True}
HELD: Object = {"targets": [{"name": "web"}], "suspend": True}

pytestmark = pytest.mark.usefixtures("untouched")


def forged(requester: str) -> Object:
    """Return metadata that claim a requester."""
    return {"annotations": {STAMP: requester}}


@pytest.fixture(scope="module")
def clerk(town: Shop) -> Attacker:
    """Somebody with all rights to requests, those to their status included, and to `web`."""
    return Attacker(town, "clerk", ASK, STATUS_OF_REQUESTS, may_roll_back("web"))


def test_a_forged_requester_counts_for_nothing(town: Shop, on_call: Attacker) -> None:
    """It is overwritten; where nothing could overwrite it, the request is refused."""
    if not stamps(town):
        code, says = refusal(lambda: on_call.request(PREVIEW, "a", metadata=forged("admin")))
        assert (code, "nobody may claim it" in says) == (403, True)
        return

    made = on_call.request(PREVIEW, "forged", metadata=forged("admin"))

    assert annotations(made)[STAMP] == on_call.username
    assert town.until_over("forged")["requester"] == on_call.username


def test_the_status_says_who_asked_as_far_as_that_is_known(town: Shop, on_call: Attacker) -> None:
    on_call.request(PREVIEW, "honest")

    status = town.until_over("honest")

    assert status["requester"] == (on_call.username if stamps(town) else "unknown")
    assert "admissionMissing" not in status


@pytest.mark.parametrize("value", ["admin", None])
def test_the_requester_never_changes(town: Shop, clerk: Attacker, value: str | None) -> None:
    clerk.request(HELD, "held")
    kept = annotations(town.rollback_request("held")).get(STAMP)
    change = {"metadata": {"annotations": {STAMP: value}}}

    if kept is None and value is None:
        clerk.change("held", change)
    else:
        assert refusal(lambda: clerk.change("held", change))[0] == 403

    assert annotations(town.rollback_request("held")).get(STAMP) == kept
    town.delete_request("held")


def test_the_way_through_the_status_does_not_lead_to_the_requester(
    town: Shop, clerk: Attacker
) -> None:
    clerk.request(HELD, "held")
    before = town.rollback_request("held")["metadata"].get("annotations")

    assert refusal(lambda: clerk.change_status("held", {"metadata": forged("admin")}))[0] == 403
    assert town.rollback_request("held")["metadata"].get("annotations") == before
    town.delete_request("held")


def test_who_applies_a_request_again_keeps_the_requester(town: Shop, clerk: Attacker) -> None:
    """As Flux and Argo CD do for ever, and kubectl."""
    manifest = json.dumps(
        {
            "apiVersion": "rollback-operator.dev/v1alpha1",
            "kind": "RollbackRequest",
            "metadata": {"name": "applied", "namespace": town.namespace},
            "spec": HELD,
        }
    )
    for flags in ([], ["--server-side"]):
        for _ in range(2):
            clerk.kubectl("apply", *flags, "-f", "-", stdin=manifest)
        kept = annotations(town.rollback_request("applied")).get(STAMP)
        town.delete_request("applied")

        assert kept == (clerk.username if stamps(town) else None)


@pytest.mark.parametrize(
    "status",
    [
        {"phase": "Completed", "reason": "RolledBack", "requester": "admin"},
        {"phase": "InProgress", "reason": "RollingBack", "observedGeneration": 1},
    ],
)
def test_a_status_that_comes_with_the_request_is_dropped(
    town: Shop, on_call: Attacker, status: Object
) -> None:
    made = on_call.request(PREVIEW, "told", status=status)

    assert made["status"] == {"phase": "Queued", "observedGeneration": -1}
    assert town.until_over("told")["reason"] == "Previewed"
    town.delete_request("told")


AT_WORK: Object = {
    "name": "web",
    "phase": "InProgress",
    "reason": "RunningBefore",
    "message": "so",
}


@pytest.mark.parametrize(
    "status",
    [
        {"phase": "Completed", "reason": "RolledBack"},
        {"phase": "InProgress", "targets": [AT_WORK]},
        {"requester": "admin"},
        {"observedGeneration": 99},
    ],
)
def test_what_became_of_a_request_is_the_operators_word(
    town: Shop, clerk: Attacker, status: Object
) -> None:
    """Also for those who have the right to the subresource: a wildcard role gives it away."""
    clerk.request(HELD, "held")
    town.until_phase("Queued", "held")
    before = town.rollback_request("held")

    code, says = refusal(lambda: clerk.change_status("held", {"status": status}))

    assert (code, "written by system:serviceaccount:" in says) == (403, True)
    assert town.rollback_request("held") == before
    town.delete_request("held")


def test_an_administrator_does_not_write_it_either(town: Shop, on_call: Attacker) -> None:
    on_call.request(HELD, "held")
    patch = json.dumps({"status": {"phase": "Completed"}})

    denied = town.kubectl(
        *("patch", "rbr", "held", "--subresource=status", "--type=merge", "-p", patch), check=False
    )

    assert "written by system:serviceaccount:" in denied.stderr
    town.delete_request("held")


def test_the_operator_writes_and_deletes_them_as_ever(town: Shop, on_call: Attacker) -> None:
    on_call.request({**PREVIEW, "ttlSecondsAfterFinished": 0}, "short")

    wait_until(lambda: town.kubectl("get", "rbr", "short", check=False).returncode, "its end")
