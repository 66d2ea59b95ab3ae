"""What recording writes to a Deployment: one patch of its status per rollout, nothing else."""

from collections.abc import Callable

import pytest

from harness.objects import annotations, history, is_done, recorded_images
from harness.shop import Shop


def test_each_successful_rollout_is_recorded_by_one_patch_of_the_status(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    shop.until_recorded()
    shop.roll_out("nginx:3")
    shop.until_recorded()

    written = shop.operator_writes()

    assert [(w.verb, w.subresource) for w in written] == [("patch", "status")] * 3
    assert all(w.user_agent.startswith("rollback-operator/") for w in written)


def test_no_write_is_tried_in_vain(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    for version in range(2, 6):
        shop.roll_out(f"nginx:{version}")
        shop.until_recorded()

    assert [attempt.code for attempt in shop.operator_attempts()] == [200] * 5


def test_the_recorder_does_not_take_its_own_write_for_a_change(shop: Shop) -> None:
    """Fact 1: who writes annotations and reacts to the new generation never comes to rest."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.until_seen()
    shop.until_seen()

    deployment = shop.deployment()
    assert deployment["metadata"]["generation"] == 1
    assert deployment["status"]["observedGeneration"] == 1
    assert len(shop.operator_writes()) == 1


def test_a_deployment_that_is_not_done_is_not_written(shop: Shop) -> None:
    shop.deploy("nginx:never-ready", wait=False)

    assert shop.operator_writes() == []


def _restart(shop: Shop) -> None:
    shop.restart()


def _restart_twice(shop: Shop) -> None:
    shop.restart()
    shop.patch(_restarted_at("2030-01-01T00:00:00Z"))
    shop.until_done()


def _scale_up(shop: Shop) -> None:
    shop.scale(4)
    shop.until_done()


def _scale_to_zero_and_back(shop: Shop) -> None:
    shop.scale(0)
    shop.until_done()
    shop.scale(2)
    shop.until_done()


def _pause_and_resume(shop: Shop) -> None:
    shop.kubectl("rollout", "pause", "deployment/web")
    shop.until_seen()
    shop.kubectl("rollout", "resume", "deployment/web")
    shop.until_done()


def _label(shop: Shop) -> None:
    shop.kubectl("label", "deployment/web", "team=checkout")
    shop.until_done()


def _annotate(shop: Shop) -> None:
    shop.kubectl("annotate", "deployment/web", "note=hello")
    shop.until_done()


def _change_the_strategy(shop: Shop) -> None:
    shop.patch({"spec": {"minReadySeconds": 1, "progressDeadlineSeconds": 90}})
    shop.until_done()


def _lose_a_pod(shop: Shop) -> None:
    pod = shop.kubectl("get", "pods", "-o", "jsonpath={.items[0].metadata.name}").stdout
    shop.kubectl("delete", "pod", pod)
    shop.until_done()


NO_ROLLOUTS: tuple[Callable[[Shop], None], ...] = (
    _restart,
    _restart_twice,
    _scale_up,
    _scale_to_zero_and_back,
    _pause_and_resume,
    _label,
    _annotate,
    _change_the_strategy,
    _lose_a_pod,
)


@pytest.mark.parametrize("change", NO_ROLLOUTS, ids=lambda change: change.__name__.strip("_"))
def test_what_is_no_rollout_is_neither_recorded_nor_written(
    shop: Shop, change: Callable[[Shop], None]
) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    before = history(shop.deployment())

    change(shop)

    assert len(shop.operator_writes()) == 1
    assert history(shop.deployment()) == before


def test_a_rollout_that_is_scaled_on_its_way_is_one_rollout(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:slow-1s", wait=False)
    shop.kubectl("scale", "deployment/web", "--replicas=5")
    shop.until("deployment", "web", lambda d: d["status"].get("replicas", 0) > 3, "more pods")
    shop.kubectl("scale", "deployment/web", "--replicas=3")

    found = shop.until_recorded(snapshots=2)

    assert recorded_images(found) == ["nginx:1", "nginx:slow-1s"]
    assert len(shop.operator_writes()) == 2


def test_a_restart_and_a_new_image_together_are_one_rollout(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    change = _restarted_at("2030-01-01T00:00:00Z")
    change["spec"]["template"]["spec"] = {"containers": [{"name": "app", "image": "nginx:2"}]}
    shop.patch(change)

    assert recorded_images(shop.until_recorded(snapshots=2)) == ["nginx:1", "nginx:2"]
    assert len(shop.operator_writes()) == 2


def test_a_rollout_after_restarts_is_recorded_without_a_gap(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.restart()
    shop.roll_out("nginx:2")

    found = shop.until_recorded()

    assert [(s["revision"], "gap" in s) for s in found["snapshots"]] == [(1, False), (3, False)]


def test_a_template_changed_while_paused_is_recorded_when_it_was_rolled_out(shop: Shop) -> None:
    """With no pods wanted the counters agree at once, although nothing was rolled out."""
    shop.deploy("nginx:1", replicas=0)
    shop.until_recorded()
    shop.kubectl("rollout", "pause", "deployment/web")
    shop.patch(_image("nginx:skipped"))
    shop.until("deployment", "web", is_done, "the change to be observed")
    assert len(shop.operator_writes()) == 1

    shop.patch(_image("nginx:2"))
    shop.kubectl("rollout", "resume", "deployment/web")

    assert recorded_images(shop.until_recorded()) == ["nginx:1", "nginx:2"]


def test_only_history_and_templates_and_a_condition_are_ours(shop: Shop) -> None:
    """Fact 6: no finalizer, and none of Kopf's own annotations."""
    shop.deploy("nginx:1")
    shop.until_recorded()

    deployment = shop.deployment()

    assert "finalizers" not in deployment["metadata"]
    assert set(annotations(deployment)) == {
        "deployment.kubernetes.io/revision",
        "rollback-operator.dev/history",
        "rollback-operator.dev/templates",
    }
    fields = deployment["metadata"]["managedFields"]
    ours = [entry for entry in fields if entry["manager"].startswith("rollback-operator")]
    assert [entry.get("subresource") for entry in ours] == ["status"]


def _restarted_at(time: str) -> dict[str, dict[str, dict[str, object]]]:
    stamp = {"annotations": {"kubectl.kubernetes.io/restartedAt": time}}
    return {"spec": {"template": {"metadata": stamp}}}


def _image(image: str) -> dict[str, object]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}}
