"""What the operator is allowed is what it uses: no right is missing, and none lies about."""

from pathlib import Path

from builders.tour import tour
from harness.helm import Installation
from harness.shop import Shop
from installed import standing_by
from rights import Right, denied, granted, used

RARE = {Right("", "namespaces", "get")}
"""A request may be seen before its namespace, by a moment: then that is read."""


def test_it_uses_every_right_that_it_has_and_lacks_none(
    installation: Installation, installed_shop: Shop, tmp_path: Path
) -> None:
    with standing_by(installation, tmp_path / "standby"):
        tour(installed_shop)

    assert denied(installation) == []
    assert used(installation) | RARE == granted(installation)
