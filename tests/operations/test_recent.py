"""The last copies of Deployments are kept as they were seen, and no more of them than fit."""

import pytest

from builders import a_deployment
from builders.deployments import DeploymentBuilder
from rollback_operator.operations import recent
from rollback_operator.operations.recent import RecentDeployments


def seen(*builders: DeploymentBuilder) -> RecentDeployments:
    """Return what is kept after the watch has shown these."""
    kept = RecentDeployments()
    for builder in builders:
        kept.saw(builder.build(), builder.obj)
    return kept


def test_a_copy_is_as_it_was_seen() -> None:
    builder = a_deployment().written_by("helm").saying("Progressing", "NewReplicaSetAvailable")

    assert seen(builder).take("shop", "web") == builder.build()


def test_a_copy_does_not_change_with_what_it_was_read_from() -> None:
    builder = a_deployment("A")
    kept = seen(builder)
    builder.obj["spec"]["template"]["spec"]["containers"] = []

    assert kept.take("shop", "web") == a_deployment("A").build()


def test_a_copy_is_taken_once() -> None:
    kept = seen(a_deployment())

    assert kept.take("shop", "web") is not None
    assert kept.take("shop", "web") is None


def test_the_last_one_seen_counts() -> None:
    found = seen(a_deployment("A"), a_deployment("B")).take("shop", "web")

    assert found == a_deployment("B").build()


@pytest.mark.parametrize("changed", [a_deployment().rolling_out(), a_deployment().deleted()])
def test_none_is_kept_of_what_is_not_at_rest(changed: DeploymentBuilder) -> None:
    assert seen(a_deployment(), changed).take("shop", "web") is None


def test_what_proved_old_is_forgotten() -> None:
    kept = seen(a_deployment())

    kept.forget("shop", "web")

    assert kept.take("shop", "web") is None


def test_those_that_changed_longest_ago_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "LIMIT", 2)
    builders = [a_deployment().named(name) for name in ("api", "web", "db", "web")]

    kept = seen(*builders, a_deployment().named("new"))

    assert kept.take("shop", "api") is kept.take("shop", "db") is None
    assert kept.take("shop", "web") is not None
    assert kept.take("shop", "new") is not None
