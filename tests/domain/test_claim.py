"""A claim is believed only if it is ours, and counts only while its template is live."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import (
    KEYRING,
    NO_KEY,
    NOON,
    UID,
    a_claim,
    a_deployment,
    a_history,
    a_replica_set,
    id_of,
)
from rollback_operator.domain.claim import CLAIM_CAP, Claim, unrecorded
from rollback_operator.domain.names import CLAIM
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Executed

HISTORY = a_history("A", "B").build()
BACK_TO_A = a_claim(HISTORY.snapshots[1], HISTORY.snapshots[0], at=NOON)


def read(text: str, keyring: Keyring = KEYRING, uid: str = UID) -> Claim | None:
    return Claim.read(uid, {CLAIM: text}, keyring)


def changed(**fields: Any) -> str:
    return json.dumps(json.loads(BACK_TO_A.encode(KEYRING)) | fields)


def test_a_claim_is_read_as_it_was_written() -> None:
    claim = replace(BACK_TO_A, earlier=(Executed("r", "old", "h"),), live_revision=7)

    assert read(claim.encode(KEYRING)) == claim


def test_a_claim_is_written_in_words_that_other_versions_of_the_operator_read() -> None:
    """One version may have to finish what another one began."""
    claim = replace(BACK_TO_A, earlier=(Executed("r", "old", "h"),), live_revision=7)

    body = json.loads(claim.encode(NO_KEY))

    assert body.pop("signature") == ""
    assert body == {
        "format": 1,
        "uid": "deployment-uid",
        "replicaSet": claim.replica_set,
        "revision": 2,
        "target": id_of("A", 1),
        "targetRevision": 1,
        "components": ["web/image"],
        "result": claim.result,
        "request": "another",
        "requestUid": "another-uid",
        "requestHash": "another-hash",
        "at": "2030-01-01T12:00:00Z",
        "liveRevision": 7,
        "earlier": [["r", "old", "h"]],
    }


def test_a_claim_that_does_not_say_which_revision_was_live_is_read_too() -> None:
    body = json.loads(BACK_TO_A.encode(NO_KEY))
    del body["liveRevision"]

    assert read(json.dumps(body), NO_KEY) == BACK_TO_A


@pytest.mark.parametrize("field", ["uid", "replicaSet", "target", "result", "request"])
def test_what_is_no_text_is_read_as_one(field: str) -> None:
    """Without a key anyone can write it: what is compared must be of one type at least."""
    body = json.loads(BACK_TO_A.encode(NO_KEY)) | {field: 5}

    claim = read(json.dumps(body), NO_KEY, uid="5" if field == "uid" else UID)

    assert claim is not None
    assert "5" in {claim.uid, claim.replica_set, claim.target, claim.result, claim.request}


def test_a_claim_that_is_longer_than_any_of_ours_counts_as_absent() -> None:
    text = BACK_TO_A.encode(KEYRING)
    just_fits, too_long = (
        text[:-1] + " " * (n - len(text)) + "}" for n in (CLAIM_CAP, CLAIM_CAP + 1)
    )

    assert read(just_fits) == BACK_TO_A
    assert read(too_long) is None


def test_the_claims_on_replica_sets_are_read_once_each_in_their_order() -> None:
    """The controller copies annotations to a ReplicaSet, and an undo leaves them there."""
    other = replace(BACK_TO_A, request="yet-another")
    texts = [other.encode(KEYRING), BACK_TO_A.encode(KEYRING), other.encode(KEYRING), "{}"]
    bearers = [a_replica_set("A", n, annotations={CLAIM: t}) for n, t in enumerate(texts, 1)]
    replica_sets = [*bearers, a_replica_set("B", 9)]

    assert Claim.read_all(UID, replica_sets, KEYRING) == (other, BACK_TO_A)
    assert Claim.read_all("another-uid", replica_sets, KEYRING) == ()
    assert Claim.read_all(UID, replica_sets, Keyring((b"another key",))) == ()


def test_without_a_key_any_claim_is_believed() -> None:
    assert read(BACK_TO_A.encode(NO_KEY), NO_KEY) == BACK_TO_A


def test_there_may_be_no_claim() -> None:
    assert Claim.read(UID, None, KEYRING) is None
    assert Claim.read(UID, {}, KEYRING) is None


@pytest.mark.parametrize(
    "text",
    [
        BACK_TO_A.encode(NO_KEY),
        BACK_TO_A.encode(Keyring((b"another key",))),
        changed(target="0123456789"),
        changed(signature=None),
        changed(signature="ü"),
        changed(revision="two"),
        changed(at="yesterday"),
        changed(at=5),
        changed(earlier=[1]),
        changed(components=None),
        "{}",
        "[]",
        "5",
        "not JSON",
        "[" * 100_000,
    ],
    ids=[
        "unsigned",
        "unknown-key",
        "altered",
        "no-signature",
        "strange-signature",
        "no-number",
        "no-time",
        "time-of-another-type",
        "broken-ledger",
        "no-components",
        "empty",
        "list",
        "number",
        "no-json",
        "deep",
    ],
)
def test_a_forged_or_broken_claim_counts_as_absent(text: str) -> None:
    assert read(text) is None


def test_a_claim_with_an_endless_number_counts_as_absent() -> None:
    text = BACK_TO_A.encode(KEYRING).replace('"revision":2', '"revision":1e999')

    assert read(text) is None


def test_without_a_key_a_time_without_a_zone_counts_as_broken() -> None:
    """A time that cannot be compared with others must not stop the operator."""
    body = json.loads(BACK_TO_A.encode(NO_KEY)) | {"at": "2030-01-01T12:00:00"}

    claim = read(json.dumps(body), NO_KEY)

    live = a_deployment("C").written_by("rollback-operator").build()
    assert claim is None or claim.is_live_on(live) in {True, False}


def test_a_claim_that_was_copied_from_another_deployment_counts_as_absent() -> None:
    assert read(BACK_TO_A.encode(KEYRING), uid="another-uid") is None


def test_a_claim_names_the_rollout_that_is_left() -> None:
    assert BACK_TO_A.rollout == id_of("B", 2)


def test_the_history_takes_over_what_void_claims_before_it_had_done() -> None:
    void = Executed("r", "old", "h")

    assert replace(BACK_TO_A, earlier=(void,)).ledger == (
        void,
        Executed(id_of("B", 2), "another", "another-hash"),
    )


def test_the_ledger_keeps_no_more_of_a_requests_name_than_people_need() -> None:
    long = replace(BACK_TO_A, request="x" * 64)

    assert long.ledger[-1].request == "x" * 63


def test_a_claim_is_spent_once_the_ledger_has_it() -> None:
    assert not BACK_TO_A.is_spent(HISTORY)
    assert BACK_TO_A.is_spent(HISTORY.with_executed(BACK_TO_A.ledger))


def test_lines_of_claims_that_no_record_has_are_taken_along_the_oldest_first() -> None:
    """Of too many the next claim keeps the latest."""
    later = replace(BACK_TO_A, request="later", at=NOON + timedelta(minutes=1))
    void = Executed("gone", "void", "hash")
    first = replace(BACK_TO_A, request="first", request_hash="another", earlier=(void,))

    lines = unrecorded([later, first, later], HISTORY)

    assert [line.request for line in lines] == ["void", "first", "later"]


def test_lines_of_a_claim_that_is_on_record_are_not() -> None:
    other = replace(BACK_TO_A, request="other", request_hash="another")
    recorded = HISTORY.with_executed(BACK_TO_A.ledger)

    assert unrecorded([BACK_TO_A, other], recorded) == other.ledger


def test_another_requests_ledger_line_for_the_same_rollout_does_not_spend_it() -> None:
    line = Executed(BACK_TO_A.rollout, "other", "other-hash")

    assert not BACK_TO_A.is_spent(HISTORY.with_executed([line]))


def test_a_claim_is_live_while_its_template_is() -> None:
    assert BACK_TO_A.is_live_on(a_deployment("A").build())
    assert not BACK_TO_A.is_live_on(a_deployment("C").build())


def test_what_a_webhook_made_of_our_patch_is_still_ours() -> None:
    mutated = a_deployment("A-with-a-digest")

    assert BACK_TO_A.is_live_on(mutated.written_by("rollback-operator").build())


def test_what_somebody_wrote_after_us_is_not_ours() -> None:
    later = a_deployment("C").written_by("rollback-operator")

    assert not BACK_TO_A.is_live_on(later.written_by("ci", "2030-01-01T12:00:05Z").build())


CLAIMED: dict[str, Any] = {"f:metadata": {"f:annotations": {f"f:{CLAIM}": {}}}}


@pytest.mark.parametrize(
    ("writer_at", "is_live"),
    [
        (None, True),
        ("2030-01-01T11:59:59Z", True),
        ("2030-01-01T12:00:00Z", False),
        ("2030-01-01T12:00:01Z", False),
    ],
    ids=["nobody", "before-us", "in-the-same-second", "after-us"],
)
def test_what_was_handed_back_is_ours_unless_its_owner_wrote_after_us(
    writer_at: str | None, *, is_live: bool
) -> None:
    """We own the claim still, and somebody else the template: their times tell."""
    live = a_deployment("A-with-a-digest")
    if writer_at:
        live = live.written_by("flux", writer_at)
    claimed = live.written_by("rollback-operator", fieldsV1=CLAIMED)

    assert BACK_TO_A.is_live_on(claimed.build()) is is_live


def test_where_nobody_owns_the_claim_another_template_is_not_ours() -> None:
    assert not BACK_TO_A.is_live_on(a_deployment("C").written_by("ci").build())


def test_our_write_in_the_second_of_the_claim_is_the_claims() -> None:
    """Managed fields know whole seconds only."""
    claim = replace(BACK_TO_A, at=NOON + timedelta(milliseconds=999))

    assert claim.is_live_on(a_deployment("C").written_by("rollback-operator").build())


def test_a_clock_that_is_ahead_does_not_disown_our_write() -> None:
    """Taken for a rollout of somebody else's, it could be rolled back to the bad version."""
    template: dict[str, Any] = {"f:template": {"f:spec": {"f:containers": {}}}}
    ours = a_deployment("C").written_by(
        "rollback-operator", fieldsV1={**CLAIMED, "f:spec": template}
    )
    ahead = replace(BACK_TO_A, at=NOON + timedelta(seconds=3))

    assert ahead.is_live_on(ours.build())


def test_an_earlier_write_of_ours_is_not_this_claims() -> None:
    late = replace(BACK_TO_A, at=NOON + timedelta(minutes=1))

    assert not late.is_live_on(a_deployment("C").written_by("rollback-operator").build())


@pytest.mark.parametrize("request_name", ["../../other/rollbackrequests/x", "a/b", "..", "", "A"])
def test_a_claim_by_what_is_no_name_counts_as_absent(request_name: str) -> None:
    """Without a key anyone can write it, and the name becomes part of an address."""
    forged = replace(BACK_TO_A, request=request_name).encode(NO_KEY)

    assert read(forged, NO_KEY) is None
