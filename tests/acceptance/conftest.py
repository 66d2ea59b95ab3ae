"""What is promised is shown on the operator as the chart installs it, with no right but its own."""

import pytest

from harness.shop import Shop


@pytest.fixture
def shop(installed_shop: Shop) -> Shop:
    """A namespace that the operator of the chart looks after."""
    return installed_shop
