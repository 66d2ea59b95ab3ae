"""Put the operator together and run it."""

import gc

import kopf

from rollback_operator.handlers.deployments import watch_deployments
from rollback_operator.handlers.jobs import watch_jobs
from rollback_operator.handlers.login import find_credentials, log_in, open_session
from rollback_operator.handlers.namespaces import watch_namespaces
from rollback_operator.handlers.rollback_requests import watch_requests
from rollback_operator.handlers.tuning import tuned
from rollback_operator.kube.admission import KubeAdmissionCluster
from rollback_operator.kube.api import Api
from rollback_operator.kube.kube_cluster import KubeCluster
from rollback_operator.kube.preview import KubePreviewCluster
from rollback_operator.kube.rights import may_watch_namespaces
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.operations.clock import now
from rollback_operator.operations.gather import Gatherer
from rollback_operator.operations.housekeeping import Housekeeper
from rollback_operator.operations.namespaces import Namespaces
from rollback_operator.operations.preview import Previewer
from rollback_operator.operations.pursuits import Pursuits
from rollback_operator.operations.recent import RecentDeployments
from rollback_operator.operations.roll_back import RollBack
from rollback_operator.operations.take_snapshot import Recorder
from rollback_operator.operations.wakeups import Wakeups
from rollback_operator.settings import Settings


async def run(settings: Settings) -> None:
    """Run until a signal comes, or until Kopf cannot go on."""
    kopf_settings = tuned()
    found = find_credentials(kopf_settings)
    keyring = settings.keyring()
    registry, wakeups = kopf.OperatorRegistry(), Wakeups()
    async with open_session(found) as session:
        api = Api(session, found.server)
        cluster = KubeCluster(api)
        recorder = Recorder(cluster, keyring, settings.history_limit, now)
        sees_namespaces = await may_watch_namespaces(api)
        namespaces = Namespaces(cluster, watched=sees_namespaces)
        recent = RecentDeployments()
        admission = AdmissionCheck(
            KubeAdmissionCluster(api),
            settings.admission_name,
            now,
            required=settings.require_admission,
        )
        gatherer = Gatherer(
            cluster, recorder, recent, namespaces, keyring, now, settings, admission
        )
        previewer = Previewer(KubePreviewCluster(api), keyring, now)
        roll_back = RollBack(
            cluster, gatherer, recorder, keyring, now, admission, previewer=previewer
        )
        pursuits = Pursuits(cluster, roll_back, wakeups, now)
        log_in(registry)
        watch_deployments(registry, settings, recorder, recent, wakeups)
        watch_jobs(registry, kopf_settings, settings, wakeups)
        if sees_namespaces:
            watch_namespaces(registry, namespaces)
        housekeeper = Housekeeper(cluster, settings.finished_limit, now)
        watch_requests(registry, settings, pursuits, housekeeper)
        _spare_the_collector()
        async with admission.kept_up():
            await _watch(registry, kopf_settings, settings)
        await pursuits.stop()


async def _watch(
    registry: kopf.OperatorRegistry, kopf_settings: kopf.OperatorSettings, settings: Settings
) -> None:
    await kopf.operator(
        registry=registry,
        settings=kopf_settings,
        clusterwide=not settings.namespaces,
        namespaces=settings.namespaces,
    )


def _spare_the_collector() -> None:
    """Keep what lives for ever out of garbage collection: its pauses were the slowest answers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
