"""Quantities as the Kubernetes API writes them: `500m`, `1.5Gi`, `2e3`."""

import re
from decimal import ROUND_CEILING, Decimal
from typing import Final

_SUFFIXES: Final = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("", *"kMGTPE"))},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
    **{suffix: Decimal(1000) ** -power for power, suffix in enumerate("mun", start=1)},
}
_BINARY: Final = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki")


def parse_quantity(text: str) -> Decimal:
    """Read a quantity.

    Raises:
        ValueError: it is none.
    """
    match = re.fullmatch(r"([+-]?[0-9.]+)(?:[eE]([+-]?\d+)|([A-Za-z]*))", text, re.ASCII)
    if match is None or (match[3] or "") not in _SUFFIXES:
        message = f"{text!r} is not a quantity"
        raise ValueError(message)
    return Decimal(match[1]) * Decimal(10) ** int(match[2] or 0) * _SUFFIXES[match[3] or ""]


def format_quantity(value: Decimal) -> str:
    """Write a quantity the way people would: whole, in thousandths, or memory in binary units."""
    if value != value.to_integral_value():
        return f"{(value * 1000).to_integral_value(ROUND_CEILING)}m"
    for suffix in _BINARY if value >= _SUFFIXES["Mi"] else ():
        if value % _SUFFIXES[suffix] == 0:
            return f"{value / _SUFFIXES[suffix]:f}{suffix}"
    return f"{value:f}"
