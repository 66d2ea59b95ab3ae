"""A tour: the operator does each thing that it can do, so that its rights can be seen in use."""

import json
from typing import Final

from builders.steps import declare, jobs, release_with_steps
from harness.objects import Object
from harness.shop import Shop
from harness.waiting import wait_until

LABELS: Final = {"part-of": "tour"}


def tour(shop: Shop) -> None:
    """Let it record, preview, run steps, roll back groups, follow, hand back and clear away."""
    for stop in STOPS:
        stop(shop)


def preview(shop: Shop) -> None:
    """A dry run looks whether all is there that the old version needs."""
    needs = ("configmap/conf", "serviceaccount/robot")
    for need in needs:
        shop.kubectl("create", *need.split("/"))
    disk = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk"},
        "spec": disk,
    }
    shop.kubectl("create", "-f", "-", input=json.dumps(claim))
    volumes = [
        {"name": "conf", "configMap": {"name": "conf"}},
        {"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}},
    ]
    pod = {
        "containers": [{"name": "app", "image": "nginx:1"}],
        "volumes": volumes,
        "serviceAccountName": "robot",
    }
    # Without pods, which would need a volume behind the claim: so the version is to be named.
    shop.deploy(name="needy", pod=pod, replicas=0)
    shop.until_recorded("needy", snapshots=1)
    shop.roll_out("nginx:2", name="needy")
    shop.until_recorded("needy", snapshots=2)
    status = shop.roll_back("preview", "needy", to={"revision": 1}, dryRun=True)
    expect(status, "Previewed")
    found = status["targets"][0]["preview"]
    assert (found["missing"], found["wouldSucceed"]) == ([], True), found


def steps(shop: Shop) -> None:
    """Steps run before and after; a failing one tells what its pod said."""
    declare(shop, "drain", "tools:job-fails")
    declare(shop, "warm")
    release_with_steps(shop, before="drain", after="warm", name="stepping")
    expect(shop.roll_back("failing", "stepping"), "BeforeFailed")
    again_after_a_namesake(shop)


def again_after_a_namesake(shop: Shop) -> None:
    """A Job of the name that a step's Job has is looked at."""
    [failed] = jobs(shop)
    name = failed["metadata"]["name"]
    shop.kubectl("delete", "job", name)
    shop.kubectl("create", "job", name, "--image=somebody-elses:1")
    shop.request("namesake", "stepping", timeoutSeconds=5)
    shop.until_over("namesake")


def stepping_back(shop: Shop) -> None:
    """Steps that succeed, before and after."""
    declare(shop, "clean")
    declare(shop, "warm")
    release_with_steps(shop, before="clean", after="warm", name="clean")
    expect(shop.roll_back("stepping", "clean"), "RolledBack")


def group(shop: Shop) -> None:
    """Several Deployments, named and by a label."""
    for name in ("api", "front"):
        shop.release("nginx:1", "nginx:2", name=name, labels=LABELS)
    shop.request_spec({"targets": [{"name": "api"}, {"name": "front"}]}, "group")
    expect(shop.until_over("group"), "RolledBack")
    then = shop.rollback_request("group")["metadata"]["creationTimestamp"]
    shop.request_spec({"selector": {"matchLabels": LABELS}, "asOf": then}, "selected")
    shop.until_over("selected")


def follower(shop: Shop) -> None:
    """A second request for the same looks up the first one, and goes with it."""
    shop.release("nginx:1", "nginx:2", name="busy")
    shop.block_pods()
    shop.request("first", "busy")
    shop.until_phase("InProgress", "first")
    shop.request("second", "busy")
    shop.until_phase("InProgress", "second")
    shop.allow_pods()
    expect(shop.until_over("second"), "RolledBack")
    expect(shop.until_over("first"), "RolledBack")


def hand_back(shop: Shop) -> None:
    """Fields go back to whoever applied them."""
    for number, image in enumerate(("nginx:1", "nginx:2"), start=1):
        shop.apply(image, name="applied", manager="pipeline")
        shop.until_recorded("applied", snapshots=number)
    status = shop.roll_back("handed-back", "applied")
    expect(status, "RolledBack")
    shop.apply("nginx:3", name="applied", manager="pipeline")


def clear_away(shop: Shop) -> None:
    """A request goes when its time to live is over."""
    change = json.dumps({"spec": {"ttlSecondsAfterFinished": 0}})
    shop.kubectl("patch", "rbr", "preview", "--type=merge", "-p", change)
    gone = ("get", "rbr", "preview", "--ignore-not-found", "-o", "name")
    wait_until(lambda: not shop.kubectl(*gone).stdout, "the request is deleted", seconds=60)


STOPS: Final = (preview, steps, stepping_back, group, follower, hand_back, clear_away)


def expect(status: Object, reason: str) -> None:
    """Stop the tour where something did not go as it should."""
    assert status["reason"] == reason, status
