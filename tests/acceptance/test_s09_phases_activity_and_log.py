"""S9: Queued, InProgress, Completed or Exception; an activity list; a detailed log; Events."""

import json

from builders.examples import BAD, GOOD, apply, get, release_good_and_bad, wait
from harness.shop import Shop


def test_get_rbr_is_the_activity_list(shop: Shop) -> None:
    release_good_and_bad(shop)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")
    apply(shop, "to-revision.yaml")
    wait(shop, "web-to-revision")

    head, *rows = shop.kubectl("get", "rbr").stdout.splitlines()

    assert head.split() == [
        "NAME",
        "PHASE",
        "TARGETS",
        "CHANGE",
        "REASON",
        "REQUESTER",
        "DURATION",
        "AGE",
    ]
    first = next(row for row in rows if row.startswith("rollback-web"))
    assert first.split()[1:3] == ["Completed", "web"]
    assert f"{BAD} → {GOOD}" in first
    assert len(rows) == 2


def test_a_request_is_queued_until_it_is_seen_then_in_progress_then_completed(shop: Shop) -> None:
    release_good_and_bad(shop)
    shop.block_pods()

    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web", "InProgress")
    shop.allow_pods()

    wait(shop, "rollback-web", "Completed")


def test_the_log_tells_what_happened_step_by_step(shop: Shop) -> None:
    release_good_and_bad(shop)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")

    log = json.loads(get(shop, "rbr/rollback-web", ".status.log"))

    told = [entry["text"].split(":")[1].strip() for entry in log]
    assert told == ["RollingBack", "RolledBack"]
    assert all(entry["at"] for entry in log)


def test_events_are_on_the_deployment_and_on_the_request(shop: Shop) -> None:
    release_good_and_bad(shop)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")
    shop.until_seen()

    events = json.loads(shop.kubectl("get", "events", "-o", "json").stdout)["items"]

    ours = {
        (e["involvedObject"]["kind"], e["reason"])
        for e in events
        if e["involvedObject"]["name"] in {"web", "rollback-web"}
        and "ollback"
        in json.dumps(e.get("reportingComponent", "") + e.get("source", {}).get("component", ""))
    }
    assert ours == {
        ("Deployment", "RollingBack"),
        ("Deployment", "RolledBack"),
        ("RollbackRequest", "RolledBack"),
    }
