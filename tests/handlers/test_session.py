"""Every call is authenticated afresh, noticed, and held back from a replica that does not lead."""

from pathlib import Path

import aiohttp
import kopf
import pytest

from rollback_operator.domain.health import Watched
from rollback_operator.handlers.session import (
    NotLeadingError,
    NotNowError,
    OutdatedError,
    Sessions,
    ping,
)
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.vitals import Vitals
from scripted_api import Scripted

DEPLOYMENTS = "/apis/apps/v1/deployments"
WEB = "/apis/apps/v1/namespaces/shop/deployments/web"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/ops/leases/rollback-operator"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class Notes(Observer):
    """Writes down the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []

    def called(self, verb: str, resource: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.calls.append((verb, resource, code))


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def vitals(time: Time) -> Vitals:
    return Vitals(time, watch_limit=180, is_leader=lambda: True)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def sessions(address: str, tmp_path: Path, vitals: Vitals, notes: Notes) -> Sessions:
    found = kopf.ConnectionInfo(server=address, token="at the start")  # noqa: S106 - no secret
    (tmp_path / "token").write_text("first\n")
    return Sessions(found, tmp_path / "token", vitals, notes)


async def test_the_token_is_the_one_that_is_in_the_file_now(
    api: Scripted, address: str, sessions: Sessions, tmp_path: Path
) -> None:
    api.answer()
    async with sessions.ours(lambda: True) as session:
        await session.get(address + DEPLOYMENTS)
        (tmp_path / "token").write_text("second\n")
        await session.get(address + DEPLOYMENTS)

    sent = [asked.headers["Authorization"] for asked in api.asked]
    assert sent == ["Bearer first", "Bearer second"]
    assert api.asked[0].headers["User-Agent"].startswith("rollback-operator/")


async def test_without_a_file_the_credentials_stay(
    api: Scripted, address: str, vitals: Vitals, notes: Notes
) -> None:
    api.answer()
    found = kopf.ConnectionInfo(server=address, token="fixed")  # noqa: S106 - no secret
    async with Sessions(found, None, vitals, notes).ours(lambda: True) as session:
        await session.get(address + DEPLOYMENTS)

    assert api.asked[0].headers["Authorization"] == "Bearer fixed"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_replica_that_does_not_lead_writes_nothing(
    api: Scripted, address: str, sessions: Sessions, method: str
) -> None:
    """Not one byte leaves: who was stopped and wakes up late has a write in its hands."""
    api.answer()
    async with sessions.ours(lambda: False) as session:
        with pytest.raises(NotLeadingError, match=r"may not \w+ deployments"):
            await session.request(method, address + WEB)

    assert api.asked == []


async def test_it_may_read_and_reach_for_the_lease(
    api: Scripted, address: str, sessions: Sessions
) -> None:
    api.answer()
    async with sessions.ours(lambda: False) as session:
        await session.get(address + WEB)
        await session.put(address + LEASE)
        await session.post(address + REVIEWS)

    assert [asked.verb for asked in api.asked] == ["GET", "PUT", "POST"]


async def test_calls_are_noticed_with_their_answer(
    api: Scripted, address: str, sessions: Sessions, notes: Notes
) -> None:
    api.answer(200)
    api.answer(422)
    api.hang_up()
    async with sessions.ours(lambda: True) as session:
        await session.get(address + DEPLOYMENTS)
        await session.patch(f"{address}{WEB}/status")
        with pytest.raises(aiohttp.ClientError):
            await session.patch(address + WEB)

    assert notes.calls == [
        ("list", "deployments", "200"),
        ("patch", "deployments/status", "422"),
        ("patch", "deployments", "none"),
    ]


@pytest.mark.parametrize("status", [401, 500, 503, 504])
async def test_to_kopf_passing_troubles_are_broken_connections(
    api: Scripted, address: str, sessions: Sessions, status: int
) -> None:
    """It tries again for ever after those, and ends after these."""
    api.answer(status)
    async with sessions.kopfs() as session:
        with pytest.raises(NotNowError, match=rf"{DEPLOYMENTS}: {status}"):
            await session.get(address + DEPLOYMENTS)


async def test_to_kopf_an_expired_list_is_one_to_begin_again(
    api: Scripted, address: str, sessions: Sessions
) -> None:
    api.answer(410)
    async with sessions.kopfs() as session:
        with pytest.raises(OutdatedError):
            await session.get(f"{address}{DEPLOYMENTS}?continue=x")


@pytest.mark.parametrize("status", [200, 403, 404, 429])
async def test_kopf_is_told_of_all_others(
    api: Scripted, address: str, sessions: Sessions, status: int
) -> None:
    api.answer(status)
    async with sessions.kopfs() as session:
        response = await session.get(address + DEPLOYMENTS)

    assert response.status == status


async def test_an_answer_is_a_sign_of_life_unless_it_is_the_servers_own_trouble(
    api: Scripted, address: str, sessions: Sessions, vitals: Vitals, time: Time
) -> None:
    for status in (200, 500, 404):
        api.answer(status)
    async with sessions.ours(lambda: True) as session:
        heard = []
        for time.now in (1, 2, 3):
            await session.get(address + DEPLOYMENTS)
            heard.append(vitals.signs().heard_at)

    assert heard == [1, 1, 3]


async def test_credentials_are_rejected_until_they_are_accepted_again(
    api: Scripted, address: str, sessions: Sessions, vitals: Vitals, time: Time
) -> None:
    for status in (401, 401, 200):
        api.answer(status)
    async with sessions.ours(lambda: True) as session:
        since = []
        for time.now in (1, 2, 3):
            await ping(session, address)
            since.append(vitals.signs().rejected_since)

    assert since == [1, 1, None]
    assert api.asked[0].path == "/readyz"


async def test_a_ping_that_fails_is_no_error(sessions: Sessions) -> None:
    async with sessions.ours(lambda: True) as session:
        await ping(session, "http://127.0.0.1:1")


async def test_a_watch_is_listened_to_from_when_it_is_open(
    api: Scripted, address: str, sessions: Sessions, vitals: Vitals, time: Time
) -> None:
    api.answer(503)
    api.answer(200, {"type": "BOOKMARK"})
    async with sessions.kopfs() as session:
        with pytest.raises(NotNowError):
            await session.get(f"{address}{DEPLOYMENTS}?watch=true")
        assert vitals.signs().watches == {}

        time.now = 5
        await session.get(f"{address}{DEPLOYMENTS}?watch=true")

    assert vitals.signs().watches == {Watched("deployments"): 5}
