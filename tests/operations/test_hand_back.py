"""Handing back is tried again while ownership changes, and never stands in a rollback's way."""

from collections.abc import Sequence
from typing import cast

import pytest

from builders import KEYRING, NOON, DeploymentBuilder, a_deployment, a_template, a_world
from rollback_operator.domain.decisions import Restore
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.judge import judge
from rollback_operator.domain.names import FIELD_MANAGER
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Forbidden, Invalid, KubeError, Missing, Stale, Unreachable
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.claim_rollout import claim_rollout
from rollback_operator.operations.hand_back import TRIES, hand_back


def owning(field: str) -> JsonObject:
    """Return the fields of who owns one of the template."""
    return {"f:spec": {"f:template": {"f:spec": {field: {}}}}}


class ScriptedCluster:
    """Answers patches with these errors, one after the other, and then accepts them."""

    def __init__(
        self,
        errors: Sequence[KubeError],
        found: Deployment | KubeError | None = None,
        patched: Deployment | None = None,
        refuses_from: int = 1,
    ) -> None:
        self.refuses_from = refuses_from
        self.errors = list(errors)
        self.patched = patched
        self.found: Deployment | KubeError | None = found
        self.patches: list[Operations] = []

    async def patch(self, deployment: Deployment, patch: Operations) -> Deployment:
        self.patches.append(patch)
        if self.errors and len(self.patches) >= self.refuses_from:
            raise self.errors.pop(0)
        return self.patched or deployment

    async def deployment(self, namespace: str, name: str) -> Deployment | None:
        assert (namespace, name) == ("shop", "web")
        if isinstance(self.found, KubeError):
            raise self.found
        return self.found


def a_rolled_back() -> DeploymentBuilder:
    """Begin with a Deployment of Helm's whose template is partly ours."""
    return taken_from("helm")


def taken_from(manager: str) -> DeploymentBuilder:
    applied = a_deployment().written_by(manager, operation="Apply", fieldsV1=owning("f:subdomain"))
    return applied.written_by(FIELD_MANAGER, operation="Update", fieldsV1=owning("f:hostname"))


async def hand(cluster: ScriptedCluster) -> str | None:
    return await hand_back(cast("Cluster", cluster), None, a_rolled_back().build())


async def test_one_patch_is_enough() -> None:
    cluster = ScriptedCluster([])

    assert await hand(cluster) is None

    assert len(cluster.patches) == 1


async def rolled_back(cluster: ScriptedCluster) -> TargetStatus:
    """Return the status of a target that was claimed."""
    cluster.patched = a_rolled_back().build()
    world = a_world().build()
    plan = judge(world)
    assert isinstance(plan, Restore)
    return await claim_rollout(cast("Cluster", cluster), KEYRING, world, plan, NOON)


async def test_a_rollback_hands_back_what_it_took() -> None:
    cluster = ScriptedCluster([])

    target = await rolled_back(cluster)

    _, handed_back = cluster.patches
    assert handed_back[0]["path"].startswith("/metadata/managedFields/")
    assert target.warning is None


async def test_of_a_rollback_that_could_not_hand_back_the_status_says_so() -> None:
    """A right that is missing, or a policy of somebody, for the second patch alone."""
    target = await rolled_back(ScriptedCluster([Forbidden("a policy says no")], refuses_from=2))

    assert target.reason is Reason.ROLLING_BACK
    assert "could not be handed back (a policy says no)" in (target.warning or "")
    assert "--force-conflicts" in (target.warning or "")


async def test_when_ownership_has_changed_it_decides_anew() -> None:
    cluster = ScriptedCluster([Stale()], found=taken_from("argocd-controller").build())

    await hand(cluster)

    managers = [patch[0]["value"] for patch in cluster.patches]
    assert managers == ["helm", "argocd-controller"]


@pytest.mark.parametrize(
    "found",
    [None, a_deployment().build(), a_rolled_back().of_uid("another").build()],
    ids=["deleted", "handed-back-by-another", "replaced"],
)
async def test_when_there_is_nothing_left_to_hand_back_it_ends(found: Deployment | None) -> None:
    cluster = ScriptedCluster([Stale()], found)

    await hand(cluster)

    assert len(cluster.patches) == 1


async def test_it_does_not_try_for_ever() -> None:
    cluster = ScriptedCluster([Stale()] * (TRIES + 1), found=a_rolled_back().build())

    assert await hand(cluster) == f"they changed {TRIES} times meanwhile"

    assert len(cluster.patches) == TRIES


@pytest.mark.parametrize("error", [Forbidden("no"), Invalid("no")])
async def test_a_refusal_does_not_stop_the_rollback(error: KubeError) -> None:
    cluster = ScriptedCluster([error])

    assert await hand(cluster) == "no"

    assert len(cluster.patches) == 1


async def test_neither_does_a_refusal_to_look_anew() -> None:
    cluster = ScriptedCluster([Stale()], found=Forbidden("may not get"))

    assert await hand(cluster) == "may not get"


async def test_what_is_gone_by_then_has_no_owner() -> None:
    assert await hand(ScriptedCluster([Missing("gone")])) is None


async def test_a_refusal_that_quotes_a_secret_is_passed_on_without_it() -> None:
    secret = a_template("A", env=[{"name": "TOKEN", "value": "hunter2"}])
    live = a_rolled_back().of(secret).build()
    cluster = cast("Cluster", ScriptedCluster([Forbidden("no hunter2 on Fridays")]))

    assert await hand_back(cluster, None, live) == "no (hidden) on Fridays"


async def test_a_server_that_does_not_answer_does_not_stop_it_either() -> None:
    """As where a webhook times out for this patch alone: the record must not wait for it."""
    assert await hand(ScriptedCluster([Unreachable("webhook timed out")])) == "webhook timed out"


async def test_a_release_of_helm_is_known_by_its_mark() -> None:
    ours = a_deployment().written_by(FIELD_MANAGER, fieldsV1=owning("f:hostname"))
    ours = ours.written_by("another-program", fieldsV1=owning("f:subdomain"))
    of_helm = ours.annotated({"meta.helm.sh/release-name": "web"})
    cluster, other = ScriptedCluster([]), ScriptedCluster([])

    await hand_back(cast("Cluster", cluster), None, of_helm.build())
    await hand_back(cast("Cluster", other), None, ours.build())

    assert (len(cluster.patches), len(other.patches)) == (1, 0)
