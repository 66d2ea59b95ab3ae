"""Every reason is the end, or a stage, of some request that is carried out here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from builders import (
    NO_KEY,
    RequestBuilder,
    Version,
    a_container,
    a_pod,
    a_request,
    a_template,
    counters,
    with_metadata,
)
from builders.requests import a_request_object
from builders.step_records import a_cron_job
from fake_cluster import FakeCluster, Fault
from fake_policies import FakePolicies
from in_process import InProcess
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.report import invalid
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.errors import Forbidden, Invalid

FLAG = "rollback-operator.dev/rollback"
STEP = "rollback-operator.dev/{}"
GROUP = a_request().of_targets("web", "api")
MOUNTED = a_container("web", "nginx:A", volumeMounts=[{"name": "data", "mountPath": "/d"}])
WITH_VOLUME = a_pod(MOUNTED, volumes=[{"name": "data", "emptyDir": {}}])


@dataclass
class Play:
    """One request after another against an operator, with what befalls the Deployment meanwhile."""

    operator: InProcess = field(default_factory=lambda: InProcess(FakeCluster()))

    @property
    def cluster(self) -> FakeCluster:
        return self.operator.cluster

    async def has(self, *versions: Version, name: str = "web") -> None:
        """Let versions be rolled out, each seen to succeed."""
        for version in versions:
            self.cluster.deploy(name, version)
            await self.operator.sees(name)

    async def begins(self, request: RequestBuilder | None = None) -> None:
        """Ask for something, and let it be looked at once."""
        asked = self.cluster.ask(request or a_request())
        await self.operator.advances(asked.name)

    async def ends(self, request: RequestBuilder | None = None) -> None:
        """Ask for something, and carry it out as far as it goes by itself."""
        await self.operator.carries_out(self.cluster.ask(request or a_request()))

    async def goes_on(self, name: str = "back") -> None:
        await self.operator.advances(name)

    async def settles(self, name: str = "web") -> None:
        """Let the controller carry the rollout out, and the request be looked at again."""
        self.cluster.settle(name)
        await self.goes_on()

    def passes(self, **time: float) -> None:
        self.operator.now += timedelta(**time)

    def sets(self, name: str = "web", **spec: Any) -> None:
        self.cluster.deployments[name]["spec"].update(spec)

    def fails_to_patch(self, error: Exception) -> None:
        self.cluster.faults[self.cluster.attempts] = Fault(error)

    @property
    def told(self) -> set[str]:
        """Every reason that the status of a request had on its way, of its targets too."""
        statuses = [self.cluster.request_now(name).status for name in self.cluster.requests]
        logged = {word for s in statuses for line in s.log for word in line.text.split(": ")[:2]}
        shown = {str(t.reason) for s in statuses for t in s.targets}
        return logged | shown | {str(s.reason) for s in statuses}


Scene = Callable[[Play], Awaitable[None]]
SCENES: dict[Reason, Scene] = {}


def shows(reason: Reason) -> Callable[[Scene], Scene]:
    def keep(scene: Scene) -> Scene:
        SCENES[reason] = scene
        return scene

    return keep


def of_a_request(*versions: Version, **asked: RequestBuilder) -> None:
    """Enter scenes of a single request, by reason, after these versions."""
    for name, request in asked.items():

        async def scene(play: Play, request: RequestBuilder = request) -> None:
            await play.has(*versions)
            await play.ends(request)

        SCENES[Reason[name.upper()]] = scene


of_a_request(
    "A",
    "B",
    rolling_back=a_request(),
    rolled_back=a_request(),
    previewed=a_request().saying(dryRun=True),
    not_applicable=a_request().from_(images={"web": "nginx:A"}),
    already_there=a_request().to(images={"web": "nginx:B"}),
    unchanged=RequestBuilder(a_request_object()).selecting_as_of("2030-01-01T12:00:01Z", app="web"),
    deployment_not_found=a_request().of_targets("nobody"),
    unknown_from=a_request().from_(images={"web": "nginx:Z"}),
    unknown_target=a_request().to(revision=99),
    unknown_component=a_request().selecting("nobody/image"),
    digest_unknown=a_request().pinned(),
    from_required=a_request().annotated(**{"argocd.argoproj.io/tracking-id": "a:b/c:d/e"}),
    future_as_of=a_request().selecting_as_of("2031-01-01T12:00:00Z", app="web"),
    before_history=a_request().selecting_as_of("2029-01-01T12:00:00Z", app="web"),
    other_target_refused=a_request().of_targets("web", "nobody"),
)
of_a_request("A", no_earlier_snapshot=a_request())
of_a_request("A", a_template("A", args=["-v"]), no_artifact_changed=a_request().artifacts())
of_a_request(WITH_VOLUME, a_template("B"), cannot_revert_alone=a_request().selecting("web/config"))


def with_step(version: str, when: str) -> Version:
    named = {STEP.format(when): "drain"}
    return with_metadata(a_template(version), annotations=named)


async def running_step(play: Play, when: str) -> None:
    """Begin to roll back a version with a step, until the step runs."""
    play.cluster.cron_jobs["drain"] = a_cron_job()
    await play.has("A", with_step("B", when))
    await play.begins()
    if when == "after":
        await play.settles()


@shows(Reason.RUNNING_BEFORE)
async def _(play: Play) -> None:
    await running_step(play, "before")


@shows(Reason.RUNNING_AFTER)
async def _(play: Play) -> None:
    await running_step(play, "after")


@shows(Reason.BEFORE_FAILED)
async def _(play: Play) -> None:
    await running_step(play, "before")
    play.cluster.end_jobs(failed=True)
    await play.goes_on()


@shows(Reason.AFTER_FAILED)
async def _(play: Play) -> None:
    await running_step(play, "after")
    play.cluster.end_jobs(failed=True)
    await play.goes_on()


@shows(Reason.STEP_UNUSABLE)
async def _(play: Play) -> None:
    await play.has("A", with_step("B", "before"))
    await play.ends()


@shows(Reason.WAITING_FOR_ROLLOUT)
async def _(play: Play) -> None:
    await play.has("A", "B")
    play.cluster.roll_out("web", "C")
    await play.begins(a_request().waiting())


@shows(Reason.ROLLOUT_NOT_COMPLETED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    play.cluster.roll_out("web", "C")
    await play.begins()


@shows(Reason.SUSPENDED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins(a_request().saying(suspend=True))


@shows(Reason.EXPIRED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins(a_request().saying(suspend=True))
    play.passes(seconds=400)
    await play.goes_on()


@shows(Reason.WAITING_FOR_TURN)
async def _(play: Play) -> None:
    await a_group_on_its_way(play)


async def a_group_on_its_way(play: Play) -> None:
    """Roll back `web` of a group; `api` is to follow."""
    await play.has("A", "B", name="api")
    play.passes(seconds=1)
    await play.has("A", "B")
    await play.begins(GROUP)


@shows(Reason.OTHER_TARGET_FAILED)
async def _(play: Play) -> None:
    await a_group_on_its_way(play)
    play.passes(hours=1)
    await play.goes_on()


@shows(Reason.TARGET_CHANGED)
async def _(play: Play) -> None:
    await a_group_on_its_way(play)
    await play.has("C", name="api")
    await play.settles()


@shows(Reason.FOLLOWING)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins()
    await play.begins(a_request("second"))


@shows(Reason.ROLLBACK_IN_PROGRESS)
async def _(play: Play) -> None:
    await play.has("A", "B", "C")
    await play.begins()
    await play.begins(a_request("second").to(revision=1))


@shows(Reason.ALREADY_ROLLED_BACK)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.ends()
    await play.ends(a_request("second"))


@shows(Reason.ALREADY_EXECUTED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.ends()
    await play.has("B")
    await play.ends(a_request().named("back", uid="another"))


@shows(Reason.DISABLED)
async def _(play: Play) -> None:
    play.cluster.labels = {FLAG: "disabled"}
    await play.has("A", "B")
    await play.ends()


@shows(Reason.INVALID_REQUEST)
async def _(play: Play) -> None:
    broken = a_request_object() | {"spec": {"targets": "all"}}
    play.cluster.requests["back"] = a_request_object()
    with pytest.raises(ValidationError) as error:
        RollbackRequest.from_object(broken)
    unreadable = RollbackRequest.unreadable(broken)
    await play.operator.roll_back.refuse(unreadable, invalid(error.value))


@shows(Reason.PAUSED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    play.sets(paused=True)
    await play.ends()


@shows(Reason.TARGET_NOT_SERVING)
async def _(play: Play) -> None:
    await play.has("A", "B")
    play.cluster.settle("web", available=0)
    await play.begins(a_request().to(revision=2))


@shows(Reason.HISTORY_GAP)
async def _(play: Play) -> None:
    await play.has("A")
    play.cluster.deploy("web", "B", "C")
    await play.operator.sees(first=True)
    await play.ends()


@shows(Reason.NOT_VERIFIED)
async def _(play: Play) -> None:
    play.cluster.deploy("web", "A")
    play.sets(replicas=0)
    generation = play.cluster.deployments["web"]["metadata"]["generation"]
    play.cluster.deployments["web"]["status"] = counters(0, 0, 0, observed=generation)
    play.cluster.sets["web"][0]["status"]["availableReplicas"] = 0
    await play.operator.sees()
    play.sets(replicas=2)
    await play.has("B")
    await play.ends()


@shows(Reason.UNSIGNED_SNAPSHOT)
async def _(play: Play) -> None:
    play.operator = InProcess(play.cluster, keyring=NO_KEY)
    await play.has("A", "B")
    del play.cluster.sets["web"][0]
    await play.ends()


@shows(Reason.NOTHING_SELECTED)
async def _(play: Play) -> None:
    await play.ends(a_request().selecting_as_of("2030-01-01T12:00:00Z", app="web"))


@shows(Reason.FORBIDDEN)
async def _(play: Play) -> None:
    await play.has("A", "B")
    play.fails_to_patch(Forbidden("you may not"))
    await play.ends()


@shows(Reason.PATCH_REJECTED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    play.fails_to_patch(Invalid("that is wrong today"))
    await play.ends()


@shows(Reason.DEADLINE_EXCEEDED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins()
    play.passes(hours=1)
    await play.goes_on()


@shows(Reason.SUPERSEDED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins()
    await play.has("C")
    await play.goes_on()


@shows(Reason.DEPLOYMENT_DELETED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins()
    del play.cluster.deployments["web"]
    await play.goes_on()


@shows(Reason.DEPLOYMENT_REPLACED)
async def _(play: Play) -> None:
    await play.has("A", "B")
    await play.begins()
    play.cluster.deployments["web"]["metadata"]["uid"] = "another"
    await play.goes_on()


@shows(Reason.ADMISSION_MISSING)
async def _(play: Play) -> None:
    policies = FakePolicies()
    policies.bindings.clear()
    play.operator = InProcess(play.cluster, policies=policies)
    await play.has("A", "B")
    await play.ends()


@pytest.mark.parametrize("reason", Reason)
async def test_it_comes_about(reason: Reason) -> None:
    play = Play()

    await SCENES[reason](play)

    assert reason in play.told


@pytest.mark.parametrize("reason", Reason)
async def test_the_request_is_in_the_phase_that_the_reason_has(reason: Reason) -> None:
    """What the tables promise of a reason holds for each target that ended with it."""
    play = Play()

    await SCENES[reason](play)

    statuses = [play.cluster.request_now(name).status for name in play.cluster.requests]
    shown = [(t.reason, t.phase) for s in statuses for t in s.targets]
    shown += [(s.reason, s.phase) for s in statuses if s.reason and not s.targets]
    assert [(r, p) for r, p in shown if OUTCOMES[r].phase is not p] == []
