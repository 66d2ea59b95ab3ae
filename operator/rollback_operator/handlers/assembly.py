"""Put together what watches, records and rolls back; nothing of it runs yet."""

from dataclasses import dataclass

import kopf

from rollback_operator.domain.signing import Keyring
from rollback_operator.handlers.deployments import watch_deployments
from rollback_operator.handlers.jobs import watch_jobs
from rollback_operator.handlers.namespaces import watch_namespaces
from rollback_operator.handlers.rollback_requests import watch_requests
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
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.preview import Previewer
from rollback_operator.operations.pursuits import Pursuits
from rollback_operator.operations.recent import RecentDeployments
from rollback_operator.operations.roll_back import RollBack
from rollback_operator.operations.second_looks import SecondLooks
from rollback_operator.operations.take_snapshot import Recorder
from rollback_operator.operations.vitals import Vitals
from rollback_operator.operations.wakeups import Wakeups
from rollback_operator.settings import Settings


@dataclass(frozen=True)
class Made:
    """Kopf's handlers, the tasks that they give requests to, and what guards those."""

    registry: kopf.OperatorRegistry
    pursuits: Pursuits
    admission: AdmissionCheck


async def assemble(
    settings: Settings,
    kopf_settings: kopf.OperatorSettings,
    keyring: Keyring,
    api: Api,
    observer: Observer,
    vitals: Vitals,
) -> Made:
    """Return all that will be at work."""
    registry, wakeups = kopf.OperatorRegistry(), Wakeups()
    cluster = KubeCluster(api, settings.label_selector)
    recorder = Recorder(
        cluster,
        keyring,
        settings.history_limit,
        now,
        step_accounts=settings.step_service_accounts,
        observer=observer,
    )
    second_looks = SecondLooks(cluster, recorder, settings)
    sees_namespaces = await may_watch_namespaces(api)
    namespaces, recent = Namespaces(cluster, watched=sees_namespaces), RecentDeployments()
    admission = AdmissionCheck(
        KubeAdmissionCluster(api), settings.admission_name, now, required=settings.require_admission
    )
    gatherer = Gatherer(cluster, recorder, recent, namespaces, keyring, now, settings, admission)
    previewer = Previewer(KubePreviewCluster(api), keyring, now)
    roll_back = RollBack(
        cluster,
        gatherer,
        recorder,
        keyring,
        now,
        admission,
        previewer=previewer,
        observer=observer,
    )
    pursuits = Pursuits(cluster, roll_back, wakeups, now)
    housekeeper = Housekeeper(cluster, settings.finished_limit, now)
    watch_deployments(registry, kopf_settings, settings, second_looks, recent, wakeups)
    watch_jobs(registry, kopf_settings, settings, wakeups)
    if sees_namespaces:
        watch_namespaces(registry, namespaces, vitals)
    watch_requests(registry, settings, pursuits, housekeeper, observer)
    return Made(registry, pursuits, admission)
