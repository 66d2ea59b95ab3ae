"""Every example is what the API server accepts, strictly, and says what it is for."""

from pathlib import Path

import pytest
import yaml

from builders.examples import EXAMPLES
from harness.shop import Shop

FILES = sorted(EXAMPLES.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_the_api_server_accepts_it_under_strict_validation(shop: Shop, file: Path) -> None:
    shop.kubectl("create", "--dry-run=server", "--validate=strict", "-f", str(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_it_begins_with_what_it_is_for(file: Path) -> None:
    assert file.read_text().startswith("# ")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_it_names_no_namespace(file: Path) -> None:
    """Whoever tries it chooses one with `kubectl -n`."""
    objects = list(yaml.safe_load_all(file.read_text()))
    assert [o["metadata"].get("namespace") for o in objects] == [None] * len(objects)


def test_no_two_of_them_have_the_name_of_one_object() -> None:
    """They are meant to be applied side by side."""
    objects = [o for file in FILES for o in yaml.safe_load_all(file.read_text())]
    names = [(o["kind"], o["metadata"]["name"]) for o in objects]
    assert sorted(names) == sorted(set(names))
