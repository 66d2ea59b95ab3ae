"""Pods behave as their images' names say."""

import json
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from harness.kubectl import Kubectl
from harness.waiting import wait_until

Pod = dict[str, Any]
Condition = Callable[[Pod], bool]


class Cast:
    """Creates pods and Jobs and watches what becomes of them."""

    def __init__(self, kubectl: Kubectl) -> None:
        self._kubectl = kubectl

    def pod(self, *images: str, init: tuple[str, ...] = ()) -> str:
        """Create a pod whose containers are called c0, c1, …; return its name."""
        name = f"pod-{uuid4().hex[:8]}"
        spec = {"containers": _containers("c", images), "initContainers": _containers("i", init)}
        self._create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
        return name

    def job(self, image: str) -> str:
        """Create a Job that is not retried; return its name."""
        name = f"job-{uuid4().hex[:8]}"
        spec = {"restartPolicy": "Never", "containers": _containers("c", (image,))}
        job = {"backoffLimit": 0, "template": {"spec": spec}}
        meta = {"name": name}
        self._create({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": job})
        return name

    def job_pod(self, job: str) -> str:
        """Return the name of the Job's pod."""
        query = ("get", "pods", "-l", f"job-name={job}", "-o", "name")
        found = wait_until(lambda: self._kubectl(*query), f"a pod of {job}")
        return found.strip().removeprefix("pod/")

    def see(self, pod: str, condition: Condition, seconds: float = 10) -> Pod:
        """Wait until the pod is as it should be; return it."""

        def as_it_should_be() -> Pod | None:
            seen = self._kubectl.json("get", "pod", pod)
            return seen if condition(seen) else None

        return wait_until(as_it_should_be, f"{pod} to be as it should be", seconds=seconds)

    def delete(self, pod: str) -> float:
        """Delete the pod; return how long it took to be gone."""
        begun = time.monotonic()
        self._kubectl("delete", "pod", pod, "--timeout=20s")
        return time.monotonic() - begun

    def _create(self, document: dict[str, Any]) -> None:
        self._kubectl("create", "--filename", "-", stdin=json.dumps(document))


@pytest.fixture
def cast(kubectl: Kubectl) -> Cast:
    """Give a cast of pods."""
    return Cast(kubectl)


def _containers(prefix: str, images: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": f"{prefix}{n}", "image": image} for n, image in enumerate(images)]


def is_ready(pod: Pod) -> bool:
    """Tell whether the pod is Ready."""
    conditions = pod["status"].get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def waits_for(reason: str) -> Condition:
    """Return a condition: a container of the pod waits, for this reason."""

    def condition(pod: Pod) -> bool:
        statuses = _statuses(pod)
        return any(s["state"].get("waiting", {}).get("reason") == reason for s in statuses)

    return condition


def _statuses(pod: Pod) -> list[Pod]:
    status = pod["status"]
    found: list[Pod] = status.get("containerStatuses", []) + status.get("initContainerStatuses", [])
    return found


def test_a_pod_is_ready_at_once(cast: Cast) -> None:
    pod = cast.see(cast.pod("web:1"), is_ready, seconds=5)

    assert pod["status"]["phase"] == "Running"
    assert pod["status"]["podIP"]


def test_a_pod_with_an_init_container_is_ready_too(cast: Cast) -> None:
    pod = cast.see(cast.pod("web:1", init=("migrate:1",)), is_ready)

    (status,) = pod["status"]["initContainerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 0
    assert status["imageID"].startswith("migrate@sha256:")


def test_an_image_runs_by_a_digest_that_its_name_determines(cast: Cast) -> None:
    pods = [cast.see(cast.pod(image), is_ready) for image in ("web:1", "web:1", "web:2")]

    first, again, other = (_statuses(pod)[0]["imageID"] for pod in pods)
    assert re.fullmatch(r"web@sha256:[0-9a-f]{64}", first)
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("localhost:5000/shop/web", "localhost:5000/shop/web"),
        ("localhost:5000/shop/web:1", "localhost:5000/shop/web"),
        ("ghcr.io/shop/web:1@sha256:" + "a" * 64, "ghcr.io/shop/web"),
    ],
)
def test_the_repository_is_told_from_port_tag_and_digest(
    cast: Cast,
    image: str,
    repository: str,
) -> None:
    pod = cast.see(cast.pod(image), is_ready)

    found, digest = _statuses(pod)[0]["imageID"].split("@")
    assert found == repository
    assert "@" not in image or image.endswith(digest)


def test_never_ready_cannot_be_pulled(cast: Cast) -> None:
    pod = cast.see(cast.pod("web:never-ready", "sidecar:1"), waits_for("ImagePullBackOff"))

    assert pod["status"]["phase"] == "Pending"
    assert not is_ready(pod)
    assert [s["ready"] for s in pod["status"]["containerStatuses"]] == [False, True]


def test_never_ready_in_an_init_container_holds_the_others_back(cast: Cast) -> None:
    name = cast.pod("web:1", init=("migrate:never-ready",))

    pod = cast.see(name, waits_for("ImagePullBackOff"))
    assert waits_for("PodInitializing")(pod)
    assert not is_ready(pod)


@pytest.mark.parametrize("init", [(), ("migrate:crash-loop",)])
def test_crash_loop_crashes_again_and_again(cast: Cast, init: tuple[str, ...]) -> None:
    name = cast.pod("web:1" if init else "web:crash-loop", init=init)

    pod = cast.see(
        name, lambda pod: max([s["restartCount"] for s in _statuses(pod)], default=0) > 1
    )
    cast.see(name, waits_for("CrashLoopBackOff"))
    assert not is_ready(pod)


def test_slow_is_ready_after_that_many_seconds(cast: Cast) -> None:
    begun = time.monotonic()
    name = cast.pod("web:slow-3s")
    cast.see(name, lambda pod: pod["status"]["phase"] == "Running" and not is_ready(pod))

    cast.see(name, is_ready)
    assert time.monotonic() - begun > 2.9


def test_a_deleted_pod_is_gone_at_once_and_slow_stop_lingers(cast: Cast) -> None:
    quick, slow = cast.pod("web:1"), cast.pod("web:slow-stop")
    for name in (quick, slow):
        cast.see(name, is_ready)

    at_once, later = cast.delete(quick), cast.delete(slow)
    assert at_once < later
    assert later > 1.9


def test_a_job_succeeds(cast: Cast, kubectl: Kubectl) -> None:
    job = cast.job("migrate:1")

    kubectl("wait", f"job/{job}", "--for=condition=Complete", "--timeout=10s")
    pod = cast.see(cast.job_pod(job), lambda pod: pod["status"]["phase"] == "Succeeded")
    assert _statuses(pod)[0]["state"]["terminated"]["exitCode"] == 0


def test_job_fails_exits_with_one_and_says_so(cast: Cast, kubectl: Kubectl) -> None:
    job = cast.job("migrate:job-fails")

    kubectl("wait", f"job/{job}", "--for=condition=Failed", "--timeout=10s")
    pod = cast.see(cast.job_pod(job), lambda pod: pod["status"]["phase"] == "Failed")
    terminated = _statuses(pod)[0]["state"]["terminated"]
    assert (terminated["exitCode"], bool(terminated["message"])) == (1, True)


def test_job_hangs_runs_until_it_is_deleted(cast: Cast, kubectl: Kubectl) -> None:
    job = cast.job("migrate:job-hangs")
    cast.see(cast.job_pod(job), is_ready)

    kubectl("delete", "job", job, "--timeout=10s")
    kubectl("wait", "pod", "-l", f"job-name={job}", "--for=delete", "--timeout=10s")


def test_a_hanging_pod_of_a_job_can_be_deleted(cast: Cast) -> None:
    pod = cast.job_pod(cast.job("migrate:job-hangs"))
    cast.see(pod, is_ready)

    cast.delete(pod)
