"""The seal tells a step's Job from one that only looks like it."""

from copy import deepcopy
from typing import Any

import pytest

from builders import KEYRING
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.step_marks import REQUEST, SIGNATURE
from rollback_operator.domain.step_seal import is_sealed, sealed

PLANNED: dict[str, Any] = {
    "metadata": {
        "name": "web-drain-0123456789",
        "namespace": "shop",
        "labels": {"rollback-operator.dev/step": "drain", "rollback-operator.dev/rollout": "r1"},
        "ownerReferences": [{"kind": "Deployment", "name": "web", "uid": "u1"}],
    },
    "spec": {"template": {}},
}


def a_job() -> dict[str, Any]:
    """Return a Job as it is made."""
    return deepcopy(sealed(PLANNED, {REQUEST: "request-1"}, KEYRING))


def test_what_is_sealed_is_known_as_ours() -> None:
    assert is_sealed(a_job(), KEYRING)
    assert not is_sealed(PLANNED, KEYRING)


def test_the_name_cannot_be_computed_without_the_key_and_is_one_for_all_requests() -> None:
    names = {
        sealed(PLANNED, {REQUEST: request}, keyring)["metadata"]["name"]
        for request in ("request-1", "request-2")
        for keyring in (KEYRING, Keyring((b"another",)))
    }

    assert PLANNED["metadata"]["name"] not in names
    assert len(names) == 2
    assert all(name.startswith("web-drain-") and len(name) == 20 for name in names)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "web-drain-copy"},
        {"namespace": "other"},
        {"labels": {"rollback-operator.dev/step": "backup"}},
        {"labels": {}},
        {"annotations": {}},
        {"annotations": None},
        {"annotations": {SIGNATURE: ""}},
        {"annotations": {SIGNATURE: "0" * 64}},
        {"annotations": {SIGNATURE: "ü"}},
    ],
)
def test_what_was_changed_or_copied_is_not_ours(change: dict[str, Any]) -> None:
    job = a_job()
    job["metadata"].update(change)

    assert not is_sealed(job, KEYRING)


def test_another_request_cannot_be_put_in_its_place() -> None:
    job = a_job()
    job["metadata"]["annotations"][REQUEST] = "request-2"

    assert not is_sealed(job, KEYRING)


def test_what_others_add_or_take_away_does_not_count() -> None:
    job = a_job()
    job["metadata"]["labels"]["batch.kubernetes.io/job-name"] = "x"
    del job["metadata"]["ownerReferences"]
    job["metadata"]["annotations"]["example.com/seen"] = "yes"

    assert is_sealed(job, KEYRING)


def test_a_retired_key_still_vouches_while_it_is_known() -> None:
    assert is_sealed(a_job(), Keyring((b"new", *KEYRING.keys)))
    assert not is_sealed(a_job(), Keyring((b"new",)))


def test_without_a_key_nothing_is_ours() -> None:
    assert not is_sealed(sealed(PLANNED, {REQUEST: "request-1"}, Keyring()), Keyring())
