"""The digests that a rollout's pods run."""

from typing import Any

import pytest

from rollback_operator.domain.digests import running_digests

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def a_pod(image_id: str | None = f"nginx@{A}", name: str = "web", **status: Any) -> dict[str, Any]:
    """Return a pod with one container that runs an image."""
    return {"status": {"containerStatuses": [{"name": name, "imageID": image_id}], **status}}


def test_the_digest_is_read_from_the_image_id() -> None:
    assert running_digests([a_pod()]) == {"web": A}


@pytest.mark.parametrize(
    "image_id", [f"docker-pullable://nginx@{A}", f"registry.example.com:5000/team/nginx@{A}"]
)
def test_however_the_runtime_writes_it(image_id: str) -> None:
    assert running_digests([a_pod(image_id)]) == {"web": A}


def test_init_containers_have_digests_too() -> None:
    init = [{"name": "prepare", "imageID": f"tools@{B}"}]

    assert running_digests([a_pod(initContainerStatuses=init)]) == {"web": A, "prepare": B}


def test_pods_that_agree_give_one_digest() -> None:
    assert running_digests([a_pod(), a_pod()]) == {"web": A}


def test_pods_that_disagree_give_none() -> None:
    """The tag moved in the middle of the rollout: neither is what ran."""
    assert running_digests([a_pod(), a_pod(f"nginx@{B}")]) == {}


def test_a_pod_that_does_not_say_yet_counts_for_nothing() -> None:
    assert running_digests([a_pod(), a_pod(""), {}, {"status": {}}]) == {"web": A}


@pytest.mark.parametrize(
    "image_id", [A, "", None, "nginx:1", f"nginx@{A}x", "nginx@sha256:short", f"nginx@{A.upper()}"]
)
def test_what_cannot_be_pulled_by_digest_has_none(image_id: str | None) -> None:
    """The id of a local image looks like a digest, and no registry knows it."""
    assert running_digests([a_pod(image_id)]) == {}


def test_no_pods_no_digests() -> None:
    assert running_digests([]) == {}
