"""How much is written: counted in the API server's audit log by user agent."""

from collections import Counter

from conftest import StartsOperators
from harness.shop import Shop


def counts(shop: Shop) -> Counter[str]:
    """Count the operator's writes that succeeded in the namespace, by resource and subresource."""
    return Counter(
        f"{w.verb} {w.resource}/{w.subresource}".rstrip("/")
        for w in shop.audited()
        if w.succeeded and w.user_agent.startswith("rollback-operator")
    )


def test_a_rollback_is_one_claim_one_snapshot_and_two_answers(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    before = counts(shop)

    shop.roll_back()
    shop.until_seen()

    assert counts(shop) - before == Counter(
        {
            "patch deployments": 1,
            "patch deployments/status": 1,
            "patch rollbackrequests/status": 2,
            "create events": 3,
        }
    )


def test_a_refusal_is_one_answer_and_nothing_else(shop: Shop) -> None:
    shop.release("nginx:1")
    before = counts(shop)

    shop.roll_back()
    shop.until_seen()

    assert counts(shop) - before == Counter(
        {
            "patch rollbackrequests/status": 1,
            "create events": 1,
        }
    )


def test_a_dry_run_is_one_answer_and_nothing_else(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    before = counts(shop)

    shop.roll_back(dryRun=True)
    shop.until_seen()

    written = counts(shop) - before
    assert written["patch rollbackrequests/status"] == 1
    assert written["patch deployments"] == 0


def test_a_request_that_waits_is_written_when_it_begins_to_wait_and_no_more(shop: Shop) -> None:
    """Who writes at each event of the rollout writes dozens of times."""
    shop.release("nginx:1")
    shop.block_pods()
    shop.roll_out("nginx:2", wait=False)
    shop.until_observed()
    shop.request(unfinishedRollout="Wait")
    shop.until_phase("Queued")
    for replicas in (3, 4, 5):
        shop.scale(replicas)
    shop.kubectl("annotate", "deployment/web", "note=a")
    shop.until_seen()

    assert len(shop.stored_writes("rollbackrequests", "back")) == 1


def test_a_follower_writes_to_its_request_only(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request("first")
    shop.until_phase("InProgress", "first")
    shop.request("second")
    shop.until_phase("InProgress", "second")
    shop.allow_pods()
    shop.until_over("first")
    shop.until_over("second")

    assert len(shop.stored_writes("rollbackrequests", "second")) == 2
    changes = [w.subresource for w in shop.stored_writes("deployments", "web")]
    assert changes == ["status", "status", "", "status"]


def test_nothing_is_written_when_nothing_happens(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()
    shop.until_settled()
    shop.until_seen()
    before = counts(shop)

    for replicas in (3, 2, 4):
        shop.scale(replicas)
        shop.until_settled()
    shop.restart()
    shop.until_seen()

    assert counts(shop) == before


def test_a_restart_of_the_operator_writes_nothing(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1", "nginx:2")
    empty_shop.roll_back("done")
    empty_shop.roll_back("refused")
    empty_shop.until_settled()
    for _ in range(2):
        before = counts(empty_shop)
        operator.kill()
        operator.start()
        empty_shop.until_seen()

        assert counts(empty_shop) == before


def test_no_field_is_sent_that_is_not_meant(shop: Shop) -> None:
    """Never replicas, never the whole object."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back()

    claim = next(w for w in shop.stored_writes("deployments", "web") if not w.subresource)

    assert isinstance(claim.request_object, list)
    changed = [op["path"] for op in claim.request_object if op["op"] != "test"]
    tested = [op["path"] for op in claim.request_object if op["op"] == "test"]
    assert changed == ["/spec/template", "/metadata/annotations/rollback-operator.dev~1claim"]
    assert "/metadata/uid" in tested
    assert "/metadata/annotations/rollback-operator.dev~1claim" in tested
    assert "/spec/template" in tested
