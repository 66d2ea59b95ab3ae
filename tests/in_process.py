"""The operator's operations on a cluster in memory, and the events that would reach them."""

from datetime import datetime, timedelta

from builders import KEYRING, NOON, letter_of
from fake_cluster import FakeCluster, KilledError
from fake_policies import FakePolicies
from rollback_operator.domain.annotations import decode
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History
from rollback_operator.domain.status import Status
from rollback_operator.errors import Stale
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.operations.gather import Gatherer
from rollback_operator.operations.namespaces import Namespaces
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.pursuits import Pursuits
from rollback_operator.operations.recent import RecentDeployments
from rollback_operator.operations.roll_back import RollBack
from rollback_operator.operations.second_looks import SecondLooks
from rollback_operator.operations.take_snapshot import Recorder
from rollback_operator.operations.wakeups import Key, Wakeups
from rollback_operator.settings import Settings

MOST_STEPS = 40
"""No request needs more steps than that."""


class InProcess:
    """One process of the operator. `clock` stands still unless a test moves it.

    Given `policies`, it requires them all to be in force.
    """

    def __init__(
        self,
        cluster: FakeCluster,
        *,
        keyring: Keyring = KEYRING,
        enabled: bool = True,
        policies: FakePolicies | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.cluster = cluster
        self.observer = observer or Observer()
        self.now = NOON + timedelta(seconds=1)
        self.recorder = Recorder(cluster, keyring, 10, self.clock, observer=self.observer)
        settings = Settings(enabled=enabled)
        self.second_looks = SecondLooks(cluster, self.recorder, settings)
        self.namespaces = Namespaces(cluster)
        self.policies = policies or FakePolicies()
        self.admission = AdmissionCheck(
            self.policies, "guard", self.clock, required=policies is not None
        )
        self.recent = RecentDeployments()
        self.gatherer = Gatherer(
            cluster,
            self.recorder,
            self.recent,
            self.namespaces,
            keyring,
            self.clock,
            settings,
            self.admission,
        )
        self.roll_back = RollBack(
            cluster,
            self.gatherer,
            self.recorder,
            keyring,
            self.clock,
            self.admission,
            observer=self.observer,
        )
        self.wakeups = Wakeups()
        self.pursuits = Pursuits(cluster, self.roll_back, self.wakeups, self.clock)

    def clock(self) -> datetime:
        return self.now

    async def sees(self, name: str = "web", *, first: bool = False) -> None:
        """Hand the Deployment to the recorder, as the watch does."""
        self.recent.saw(self.cluster.deployment_now(name), self.cluster.deployments[name])
        self.wakeups.wake(Key("deployment", "shop", name))
        await self.recorder.observe(self.cluster.deployment_now(name), first=first)

    async def rolls_out(self, name: str, *versions: str) -> None:
        """Let versions be rolled out, each seen to succeed."""
        for version in versions:
            self.cluster.deploy(name, version)
            await self.sees(name)

    async def advances(self, name: str = "back") -> datetime | None:
        """Advance a request once."""
        return await self.roll_back.advance(self.cluster.request_now(name))

    async def carries_out(self, request: RollbackRequest) -> Status:
        """Advance a request to its end; whenever it waits, the controller gets on."""
        return await carry_out(self, request)

    def history(self, name: str = "web") -> History:
        """Return the history that is on the Deployment."""
        live = self.cluster.deployment_now(name)
        return decode(live.annotations, live.uid, KEYRING) or History(live.uid)

    def recorded(self, name: str = "web") -> str:
        """Return the versions on record, oldest first."""
        return "".join(letter_of(s.template) for s in self.history(name).snapshots)

    def image(self, name: str = "web") -> str:
        """Return the version that is asked for."""
        return letter_of(self.cluster.deployment_now(name).template)

    def claim(self, name: str = "web") -> Claim | None:
        """Return the claim on the Deployment."""
        live = self.cluster.deployment_now(name)
        return Claim.read(live.uid, live.annotations, KEYRING)


async def with_two_released() -> InProcess:
    """Return an operator that saw B of `web` and then B of `api` succeed, minutes before noon."""
    operator = InProcess(FakeCluster())
    for name, minutes in (("web", 9), ("api", 5)):
        operator.now = NOON - timedelta(minutes=minutes)
        await operator.rolls_out(name, "A", "B")
    operator.now = NOON + timedelta(seconds=1)
    operator.cluster.writes.clear()
    return operator


async def carry_out(operator: InProcess, request: RollbackRequest) -> Status:
    """Advance a request to its end, with a new process after each that is killed."""
    cluster = operator.cluster
    for _ in range(MOST_STEPS):
        try:
            if await operator.advances(request.name) is None:
                return cluster.request_now(request.name).status
            for name in cluster.deployments:
                cluster.settle(name)
                await operator.sees(name)
        except KilledError:
            operator = InProcess(cluster)
            for name in cluster.deployments:
                await operator.sees(name, first=True)
        except Stale:
            continue
    message = f"not over after {MOST_STEPS} steps: {cluster.request_now(request.name).status}"
    raise AssertionError(message)
