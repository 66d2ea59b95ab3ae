"""A dry run tells what a rollback would do, and touches nothing."""

from typing import Any

from builders.steps import declare, release_with_steps
from harness import audit
from harness.objects import Object
from harness.shop import Shop

HIDDEN = "hunter2-and-more"


def preview(shop: Shop, name: str = "preview", **spec: Any) -> Object:
    """Make a dry run; return what it says of its first target, and the target's message."""
    status = shop.roll_back(name, dryRun=True, **spec)
    target = status["targets"][0]
    assert (target["phase"], target["reason"]) == ("Completed", "Previewed")
    return {**target["preview"], "message": target["message"]}


def configure(shop: Shop, image: str, **config: Any) -> None:
    """Roll out a container with that configuration, and wait until it is recorded."""
    container = {"name": "app", "image": image, **config}
    change = [{"op": "replace", "path": "/spec/template/spec/containers", "value": [container]}]
    shop.patch(change)
    shop.until_done()
    shop.until_recorded()


def test_it_says_what_would_be_done(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    found = preview(shop)

    assert found["wouldSucceed"]
    assert found["diff"] == ["app/image: nginx:2 → nginx:1"]
    assert found["podsReplaced"] == 2
    assert "expectedDuration" in found
    assert found["message"] == "deployment web would be rolled back to revision 1 (nginx:1)"
    for silent in ("problems", "serverSays", "missing", "unchecked", "quota", "disruptionBudgets"):
        assert found[silent] == []


def test_the_deployment_is_not_written_to(shop: Shop) -> None:
    """What is rehearsed is the very patch: claim and template, in a dry run of the server."""
    shop.release("nginx:1", "nginx:2")
    before = shop.until_settled()["metadata"]["resourceVersion"]
    recorded = len(shop.operator_writes())

    preview(shop)

    attempts = shop.operator_attempts()
    assert shop.deployment()["metadata"]["resourceVersion"] == before
    assert len([attempt for attempt in attempts if attempt.succeeded]) == recorded
    [rehearsal] = [attempt for attempt in attempts if attempt.dry_run]
    assert (rehearsal.verb, rehearsal.code) == ("patch", 200)
    assert isinstance(rehearsal.request_object, list)
    assert {"/spec/template", "/metadata/annotations/rollback-operator.dev~1claim"} <= {
        operation["path"] for operation in rehearsal.request_object if operation["op"] != "test"
    }


def test_a_rollback_afterwards_is_not_disturbed(shop: Shop) -> None:
    """Who claims in a preview, or enters it in the ledger, refuses the real request."""
    shop.release("nginx:1", "nginx:2")
    preview(shop)

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert "preview" not in status["targets"][0]


def test_a_rollback_rehearses_and_looks_up_nothing(shop: Shop) -> None:
    """The way of an emergency is not made longer by what only a preview needs."""
    assert shop.cluster.audit_log is not None
    shop.release("nginx:1", "nginx:2")
    since = audit.mark(shop.cluster.audit_log)

    shop.roll_back()

    shop.until_seen()
    asked = [
        event
        for event in shop.audited(audit.READS | audit.WRITES, since=since)
        if event.user_agent.startswith("rollback-operator")
    ]
    assert asked
    assert not any(event.dry_run for event in asked)
    assert {"resourcequotas", "poddisruptionbudgets", "configmaps"}.isdisjoint(
        event.resource for event in asked
    )


def test_values_that_may_be_secret_are_said_to_change_and_never_shown(shop: Shop) -> None:
    def variables(token: str) -> list[Object]:
        return [{"name": "TOKEN", "value": token}, {"name": "LEVEL", "value": "info"}]

    shop.deploy()
    configure(shop, "nginx:1", env=variables(HIDDEN), args=["--key", HIDDEN])
    configure(shop, "nginx:1", env=variables("another-secret"), args=["--key", "another-secret"])

    status = shop.roll_back("preview", dryRun=True)

    assert status["targets"][0]["preview"]["diff"] == [
        "app/config: args (changed)",
        "app/config: env[TOKEN].value (changed)",
    ]
    events = shop.core.list_namespaced_event(shop.namespace).to_dict()
    for value in (HIDDEN, "another-secret"):
        assert value not in str(shop.rollback_request("preview")["status"])
        assert value not in str(events)


def test_resources_and_ports_are_shown(shop: Shop) -> None:
    def probe(port: int) -> Object:
        return {"tcpSocket": {"port": port}}

    shop.deploy()
    configure(shop, "nginx:1", resources={"limits": {"cpu": "1"}}, readinessProbe=probe(80))
    configure(shop, "nginx:1", resources={"limits": {"cpu": "2"}}, readinessProbe=probe(8080))

    assert preview(shop)["diff"] == [
        "app/config: resources.limits.cpu 2 → 1",
        "app/config: readinessProbe.tcpSocket.port 8080 → 80",
    ]


def test_of_what_is_selected_only_that_is_shown(shop: Shop) -> None:
    shop.deploy()
    configure(shop, "nginx:1", args=["a"])
    configure(shop, "nginx:2", args=["b"])

    found = preview(shop, components={"mode": "Artifacts"})

    assert found["diff"] == ["app/image: nginx:2 → nginx:1"]


def test_each_target_has_its_turn(shop: Shop) -> None:
    """The one that completed last goes first."""
    shop.release("nginx:1", "nginx:2", name="web")
    shop.release("nginx:1", "nginx:2", name="api")
    targets = [{"name": "web"}, {"name": "api"}]

    shop.request_spec({"targets": targets, "dryRun": True}, "preview")

    found = shop.until_over("preview")["targets"]
    assert [(t["name"], t["preview"]["turn"]) for t in found] == [("api", 1), ("web", 2)]


def test_a_refused_target_stands_in_the_way_of_the_others(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", name="web")
    shop.release("nginx:1", name="api")
    targets = [{"name": "web"}, {"name": "api"}]

    shop.request_spec({"targets": targets, "dryRun": True}, "preview")
    status = shop.until_over("preview")

    by_name = {target["name"]: target for target in status["targets"]}
    assert (status["phase"], status["reason"]) == ("Exception", "NoEarlierSnapshot")
    assert by_name["api"]["reason"] == "NoEarlierSnapshot"
    assert by_name["web"]["reason"] == "Previewed"
    assert by_name["web"]["preview"]["problems"] == [
        "nothing would be touched, as target api would be refused"
    ]


def test_a_refused_target_is_passed_over_where_that_was_asked_for(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2", name="web")
    shop.release("nginx:1", name="api")
    targets = [{"name": "web"}, {"name": "api"}]

    shop.request_spec({"targets": targets, "dryRun": True, "onFailure": "Continue"}, "preview")
    status = shop.until_over("preview")

    [web] = [target for target in status["targets"] if target["name"] == "web"]
    assert web["preview"]["wouldSucceed"]


def test_the_steps_that_would_run_are_listed_without_what_they_are_told(shop: Shop) -> None:
    declare(shop, "drain", args=["--password", HIDDEN])
    declare(shop, "warm", "tools:2", env=[{"name": "TOKEN", "value": HIDDEN}])
    release_with_steps(shop, before="drain", after="warm")

    found = preview(shop)

    account = {"serviceAccount": "default"}
    assert found["steps"] == [
        {"when": "before", "name": "drain", "images": ["tools:1"], **account},
        {"when": "after", "name": "warm", "images": ["tools:2"], **account},
    ]
    assert HIDDEN not in str(shop.rollback_request("preview")["status"])


def test_steps_that_cannot_be_run_are_all_named(shop: Shop) -> None:
    declare(shop, "drain", args=["${rollout.nothing}"])
    declare(shop, "warm", args=["${nobody}"])
    release_with_steps(shop, before="drain", after="warm")

    status = shop.roll_back("preview", dryRun=True)

    assert (status["phase"], status["reason"]) == ("Exception", "StepUnusable")
    for told in ("step drain", "${rollout.nothing}", "step warm", "${nobody}"):
        assert told in status["message"]


def test_the_owner_is_warned_of_also_where_nothing_would_be_rolled_back(shop: Shop) -> None:
    """Whoever previews wants to know it before there is a version to go back to."""
    shop.apply("nginx:1", manager="kustomize-controller")
    shop.until_recorded()

    status = shop.roll_back("preview", dryRun=True)

    assert status["reason"] == "NoEarlierSnapshot"
    assert "brings the version that was left back" in status["targets"][0]["warning"]
