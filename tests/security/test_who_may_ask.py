"""Whoever lacks the right to a Deployment cannot borrow the operator's, in any way of asking."""

import json

import pytest

from harness.attacker import (
    ASK,
    Attacker,
    may_patch,
    may_roll_back,
    refusal,
)
from harness.objects import Object
from harness.shop import Shop

WEB: Object = {"name": "web"}
PAST = "2026-01-01T00:00:00Z"
SELECTOR: Object = {"selector": {"matchLabels": {"app": "web"}}, "asOf": PAST}


def naming(*names: str, **more: object) -> Object:
    """Return a spec that names Deployments."""
    return {"targets": [{"name": name} for name in names], **more}


pytestmark = pytest.mark.usefixtures("untouched")


def test_a_deployment_that_the_requester_may_not_patch(stranger: Attacker) -> None:
    code, says = refusal(lambda: stranger.request(naming("web")))

    assert code == 403
    assert f"{stranger.username} may not roll back deployment {stranger.namespace}/web" in says


def test_a_preview_is_asked_for_with_the_same_right(stranger: Attacker) -> None:
    assert refusal(lambda: stranger.request(naming("web", dryRun=True)))[0] == 403


def test_one_of_two_targets(on_call: Attacker) -> None:
    code, says = refusal(lambda: on_call.request(naming("web", "other")))

    assert (code, "/other" in says) == (403, True)


@pytest.mark.parametrize("place", range(12))
def test_any_of_twelve_targets(twelve: Attacker, place: int) -> None:
    names = [f"d{number}" for number in range(12)]
    names[place] = "web"

    code, says = refusal(lambda: twelve.request(naming(*names)))

    assert (code, "/web" in says) == (403, True)


def test_twelve_targets_that_are_theirs_are_within_the_budget(twelve: Attacker, town: Shop) -> None:
    twelve.request(naming(*(f"d{number}" for number in range(12))), "twelve")

    assert town.until_over("twelve")["reason"] == "DeploymentNotFound"


@pytest.fixture(scope="module")
def twelve(town: Shop) -> Attacker:
    """Somebody with the right to twelve Deployments, half of them by patching."""
    names = [f"d{number}" for number in range(12)]
    return Attacker(town, "twelve", ASK, may_roll_back(*names[:6]), may_patch(*names[6:]))


def test_a_selector_with_the_right_to_one_deployment_only(on_call: Attacker) -> None:
    code, says = refusal(lambda: on_call.request(SELECTOR))

    assert code == 403
    assert "name the Deployments in spec.targets instead" in says


def test_a_selector_with_no_right_at_all(stranger: Attacker) -> None:
    assert refusal(lambda: stranger.request(SELECTOR))[0] == 403


def test_a_selector_with_the_right_to_all_of_the_namespace(town: Shop) -> None:
    everywhere = Attacker(town, "everywhere", ASK, may_roll_back())

    everywhere.request(SELECTOR, "all")

    assert town.until_over("all")["reason"] == "BeforeHistory"


def test_rights_in_another_namespace_do_not_count(town: Shop, stranger: Attacker) -> None:
    """The name is the same there, and the ServiceAccount may do anything to it."""
    other = Shop(town.cluster, *town.operators, prefix="installed")
    subject = f"--serviceaccount={stranger.namespace}:stranger"
    other.kubectl("create", "rolebinding", "all", "--clusterrole=admin", subject)

    assert refusal(lambda: stranger.request(naming("web")))[0] == 403
    other.close()


def test_a_target_in_another_namespace_is_no_field(on_call: Attacker, town: Shop) -> None:
    """What the resource does not know is dropped: the target is the namespace's own."""
    on_call.request({"targets": [{"name": "web", "namespace": "kube-system"}], "dryRun": True}, "n")

    assert "namespace" not in town.rollback_request("n")["spec"]["targets"][0]
    assert town.until_over("n")["targets"][0]["name"] == "web"


@pytest.mark.parametrize(
    "name", ["kube-system/web", "../web", "web/status", "web?x", "web%2f..", "*"]
)
def test_a_name_that_leads_elsewhere(on_call: Attacker, name: str) -> None:
    assert refusal(lambda: on_call.request(naming(name)))[0] in {403, 422}


def test_a_suspended_request_cannot_be_let_go_by_others(
    town: Shop, on_call: Attacker, stranger: Attacker
) -> None:
    on_call.request(naming("web", suspend=True), "held")
    town.until_phase("Queued", "held")

    code, says = refusal(lambda: stranger.change("held", {"spec": {"suspend": False}}))

    assert (code, "may not roll back" in says) == (403, True)
    assert town.rollback_request("held")["spec"]["suspend"] is True
    town.delete_request("held")


def test_a_request_cannot_be_turned_to_another_deployment(
    town: Shop, on_call: Attacker, stranger: Attacker
) -> None:
    on_call.request(naming("web", suspend=True), "held")

    code, _ = refusal(lambda: stranger.change("held", {"spec": naming("other")}))

    assert code == 422
    town.delete_request("held")


def test_whoever_may_label_a_request_may_do_that_without_the_right_to_its_deployments(
    town: Shop, on_call: Attacker, stranger: Attacker
) -> None:
    """Controllers do, and start nothing by it."""
    on_call.request(naming("web", suspend=True), "held")
    marks = {"labels": {"team": "a"}, "annotations": {"seen": "yes"}}

    stranger.change("held", {"metadata": marks, "spec": {"ttlSecondsAfterFinished": 60}})

    assert town.rollback_request("held")["metadata"]["labels"] == {"team": "a"}
    town.delete_request("held")


def test_a_deployment_that_is_left_out_is_not_touched(town: Shop) -> None:
    town.deploy(name="private", labels={"rollback-operator.dev/record": "disabled"}, replicas=0)
    owner = Attacker(town, "owner", ASK, may_patch("private"))

    owner.request(naming("private"), "private")

    assert town.until_over("private")["reason"] == "Disabled"
    town.kubectl("delete", "deployment", "private")


@pytest.mark.parametrize("reason", ["x" * 1025, "x" * 200_000])
def test_a_reason_without_end(on_call: Attacker, reason: str) -> None:
    assert refusal(lambda: on_call.request(naming("web", reason=reason)))[0] == 422


def test_a_request_without_a_name_of_its_own_is_checked_too(
    stranger: Attacker, on_call: Attacker, town: Shop
) -> None:
    nameless = {"generateName": "back-", "name": None}

    assert refusal(lambda: stranger.request(naming("web"), metadata=nameless))[0] == 403
    made = on_call.request(naming("web", dryRun=True), metadata=nameless)
    assert town.until_over(made["metadata"]["name"])["reason"] == "Previewed"


def test_who_acts_for_another_is_checked_as_that_other(
    town: Shop, stranger: Attacker, on_call: Attacker
) -> None:
    manifest = {
        "apiVersion": "rollback-operator.dev/v1alpha1",
        "kind": "RollbackRequest",
        "metadata": {"name": "acting"},
        "spec": naming("web", dryRun=True),
    }
    create = ("create", "-f", "-")

    denied = town.kubectl(
        *create, f"--as={stranger.username}", input=json.dumps(manifest), check=False
    )
    town.kubectl(*create, f"--as={on_call.username}", input=json.dumps(manifest))

    assert "may not roll back deployment" in denied.stderr
    assert town.until_over("acting")["reason"] == "Previewed"
