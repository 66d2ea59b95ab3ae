"""Killed at any stage, the operator runs each step once and rolls back once."""

import pytest

from builders.steps import declare, finish, jobs, ran, release_with_steps, until_job
from conftest import StartsOperators
from harness.operator_process import OperatorProcess
from harness.shop import Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def operator(empty_shop: Shop, start_operator: StartsOperators) -> OperatorProcess:
    """An operator of one's own, and a rollout with steps that end when they are told to."""
    process = start_operator(empty_shop)
    declare(empty_shop, "drain", "tools:job-hangs")
    declare(empty_shop, "warm", "tools:job-hangs")
    release_with_steps(empty_shop, before="drain", after="warm")
    empty_shop.until_seen()
    return process


def rolled_back_once(shop: Shop) -> None:
    """Show that everything happened once."""
    assert shop.until_over()["reason"] == "RolledBack"
    assert ran(shop) == [("after", "warm"), ("before", "drain")]
    patches = [w for w in shop.stored_writes("deployments", "web") if not w.subresource]
    assert (len(patches), shop.image()) == (1, "nginx:1")


def test_killed_while_before_runs(empty_shop: Shop, operator: OperatorProcess) -> None:
    empty_shop.request()
    drain = until_job(empty_shop)[0]

    operator.kill()
    operator.start()
    finish(empty_shop, drain)
    finish(empty_shop, after(empty_shop))

    rolled_back_once(empty_shop)


def test_before_ends_while_nobody_watches(empty_shop: Shop, operator: OperatorProcess) -> None:
    empty_shop.request()
    drain = until_job(empty_shop)[0]

    operator.kill()
    finish(empty_shop, drain)
    empty_shop.kubectl("wait", f"job/{drain['metadata']['name']}", "--for=condition=Complete")
    operator.start()
    finish(empty_shop, after(empty_shop))

    rolled_back_once(empty_shop)


def test_after_ends_while_nobody_watches(empty_shop: Shop, operator: OperatorProcess) -> None:
    empty_shop.request()
    finish(empty_shop, until_job(empty_shop)[0])
    warm = after(empty_shop)

    operator.kill()
    finish(empty_shop, warm)
    operator.start()

    rolled_back_once(empty_shop)


def test_before_fails_while_nobody_watches(empty_shop: Shop, operator: OperatorProcess) -> None:
    """The failed Job is this request's failure: who counts it as another's tries again for ever."""
    empty_shop.request()
    drain = until_job(empty_shop)[0]

    operator.kill()
    finish(empty_shop, drain, failed=True)
    empty_shop.kubectl("wait", f"job/{drain['metadata']['name']}", "--for=condition=Failed")
    operator.start()

    assert empty_shop.until_over()["reason"] == "BeforeFailed"
    assert (len(jobs(empty_shop)), empty_shop.image()) == (1, "nginx:2")


def after(shop: Shop) -> dict[str, dict[str, str]]:
    """Wait for the Job of the `after` step."""
    label = "rollback-operator.dev/when"
    found = until_job(shop, 2)
    return next(job for job in found if job["metadata"]["labels"][label] == "after")
