"""Run the operator: stand by, lead, stop."""

import asyncio
import socket
import time
from functools import partial
from typing import TypeAlias
from uuid import uuid4

import kopf

from rollback_operator.domain.lease import LeaseName
from rollback_operator.handlers.assembly import assemble
from rollback_operator.handlers.ending import Ending
from rollback_operator.handlers.login import find_credentials, find_token_file
from rollback_operator.handlers.probes import serving
from rollback_operator.handlers.session import Sessions, ping
from rollback_operator.handlers.tuning import spare_the_collector, tuned
from rollback_operator.handlers.watches import Watches, log_in
from rollback_operator.kube.api import Api
from rollback_operator.kube.definition import serves_requests
from rollback_operator.kube.leases import KubeLeases
from rollback_operator.measuring import Measuring
from rollback_operator.metrics import Metrics
from rollback_operator.operations.clock import now
from rollback_operator.operations.heartbeat import Heartbeat
from rollback_operator.operations.leadership import Alone, Leadership
from rollback_operator.operations.pursuits import Pursuits
from rollback_operator.operations.vitals import Vitals
from rollback_operator.settings import Settings

Work: TypeAlias = tuple[Watches, Pursuits]


async def run(settings: Settings) -> None:
    """Run until a signal comes.

    Raises:
        HopelessError: this process cannot go on.
    """
    ending = Ending()
    ending.listen()
    kopf_settings, keyring = tuned(), settings.keyring()
    found = find_credentials(kopf_settings)
    metrics = Metrics()
    measuring = Measuring(metrics, now)
    vitals = Vitals(time.monotonic, settings.watch_timeout, lambda: leadership.may_write)
    sessions = Sessions(found, find_token_file(), vitals, measuring)

    async def prepare() -> Work:
        """Get ready, as far as a standby can be, and wait for our turn."""
        made = await assemble(settings, kopf_settings, keyring, api, measuring, vitals)
        metrics.requests_open.set_function(lambda: made.pursuits.open)
        metrics.admission_present.set_function(lambda: made.admission.is_in_force)
        log_in(made.registry, found.server, sessions)
        spare_the_collector()
        await leadership.acquire()
        is_defined = partial(serves_requests, api)
        watches = Watches(made.registry, kopf_settings, settings, made.admission, is_defined)
        return watches, made.pursuits

    async with sessions.ours(lambda: leadership.may_write) as session:
        api = Api(session, found.server)
        leadership = _election(settings, found, api)
        metrics.lease_transitions.set_function(lambda: leadership.transitions)
        asking = partial(ping, session, found.server)
        heartbeat = Heartbeat(vitals, asking, measuring, time.monotonic)
        ending.when(heartbeat.until_hopeless())
        async with serving(settings.port, vitals, metrics):
            await _lead(asyncio.create_task(prepare()), leadership, ending)
    ending.check()


def _election(settings: Settings, found: kopf.ConnectionInfo, api: Api) -> Leadership | Alone:
    if not settings.leader_election:
        return Alone()
    name = LeaseName(found.default_namespace or "default", settings.lease_name)
    me = f"{socket.gethostname()}_{uuid4()}"
    return Leadership(KubeLeases(api, name), name, me, settings.terms, now, time.monotonic)


async def _lead(turn: asyncio.Task[Work], leadership: Leadership | Alone, ending: Ending) -> None:
    """Wait for our turn, then work until the end; let the Lease go when all work has stopped."""
    try:
        if await ending.unless(turn):
            watches, pursuits = turn.result()
            ending.when(leadership.keep())
            await watches.watch(ending)
            await pursuits.stop()
            await watches.stop()
    finally:
        turn.cancel()
        await leadership.release()
