"""Times as requests write them, read from what a cluster has on record."""

from datetime import UTC, datetime, timedelta

from harness.objects import history
from harness.shop import Shop
from harness.waiting import wait_until


def completed(shop: Shop, name: str = "web", snapshot: int = -1) -> datetime:
    """Return when a snapshot of a Deployment had completed."""
    found = history(shop.deployment(name))
    assert found is not None
    return datetime.fromisoformat(str(found["snapshots"][snapshot]["completed"]))


def just_before(moment: datetime) -> str:
    """Return a millisecond before that moment."""
    return (moment - timedelta(milliseconds=1)).isoformat().replace("+00:00", "Z")


def just_after(moment: datetime) -> str:
    """Return a millisecond after that moment."""
    return (moment + timedelta(milliseconds=1)).isoformat().replace("+00:00", "Z")


def until_after(shop: Shop, name: str = "web") -> str:
    """Wait until the second in which the newest snapshot completed is over; return the next one.

    Times on record are compared, so what is rolled out next must not fall into the same second.
    """
    later = completed(shop, name).replace(microsecond=0) + timedelta(seconds=1)
    wait_until(lambda: datetime.now(UTC) >= later, "the next second")
    return later.isoformat().replace("+00:00", "Z")
