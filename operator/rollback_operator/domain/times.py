"""Times as the Kubernetes API writes them."""

from datetime import UTC, datetime


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time.

    Raises:
        ValueError: it is none, or has no zone and so names no moment.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        message = f"the time {text!r} has no zone"
        raise ValueError(message)
    return at


def format_time(at: datetime) -> str:
    """Write whole seconds in UTC, as `metav1.Time` does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_precise_time(at: datetime) -> str:
    """Write milliseconds in UTC: releases of several Deployments follow within a second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


MINUTE, HOUR = 60, 3600


def format_seconds(seconds: float) -> str:
    """Return a duration as kubectl prints it: 3s, 2m5s, 1h4m."""
    whole = round(seconds)
    minutes, rest = divmod(whole, MINUTE)
    if whole < 2 * MINUTE:
        return f"{whole}s"
    if whole < 10 * MINUTE:
        return f"{minutes}m{rest}s" if rest else f"{minutes}m"
    if whole < HOUR:
        return f"{minutes}m"
    return f"{minutes // 60}h{minutes % 60}m"
