"""What the environment may set, and what is refused at the start."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from rollback_operator.domain.signing import Keyring
from rollback_operator.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Begin with nothing set."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ROLLBACK_{name.upper()}", raising=False)
    return monkeypatch


def test_without_any_setting_all_namespaces_but_the_clusters_own_are_watched() -> None:
    settings = Settings()

    assert settings.enabled
    assert settings.watches("shop")
    assert not settings.watches("kube-system")
    assert settings.keyring() == Keyring()


def test_lists_are_separated_by_commas(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ROLLBACK_NAMESPACES", "shop, bank,")
    environment.setenv("ROLLBACK_EXCLUDED_NAMESPACES", "")

    settings = Settings()

    assert settings.namespaces == ("shop", "bank")
    assert [settings.watches(name) for name in ("shop", "bank", "kube-system")] == [
        True,
        True,
        False,
    ]


def test_an_excluded_namespace_is_not_watched_even_if_it_is_named() -> None:
    settings = Settings(namespaces=("solo-1",), excluded_namespaces=("solo-*",))

    assert not settings.watches("solo-1")


def test_the_first_key_signs_and_all_vouch(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_text("new key\n")
    old.write_text("old key\n")
    environment.setenv("ROLLBACK_KEY_FILES", f"{new},{old}")

    assert Settings().keyring() == Keyring((b"new key", b"old key"))


def test_an_empty_key_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "key"
    empty.write_text(" \n")

    with pytest.raises(ValueError, match="is empty"):
        Settings(key_files=(empty,)).keyring()


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Settings(key_files=(tmp_path / "none",)).keyring()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HISTORY_LIMIT", "1"),
        ("HISTORY_LIMIT", "51"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("ENABLED", "perhaps"),
    ],
)
def test_what_makes_no_sense_is_refused(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(f"ROLLBACK_{name}", value)

    with pytest.raises(ValidationError):
        Settings()


def test_a_label_leaves_a_deployment_out_of_recording() -> None:
    assert Settings().records({"rollback-operator.dev/record": "enabled"})
    assert Settings().records({})
    assert not Settings().records({"rollback-operator.dev/record": "disabled"})


def test_a_label_selector_leaves_out_what_it_does_not_match(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("ROLLBACK_LABEL_SELECTOR", "team in (shop, bank), !legacy")

    settings = Settings()

    assert settings.records({"team": "shop"})
    assert not settings.records({"team": "shop", "legacy": ""})
    assert not settings.records({})
    assert not settings.selects({"team": "other"})


def test_a_label_selector_that_cannot_be_read_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="'team in' is no requirement"):
        Settings(label_selector="app=web,team in")


@pytest.mark.parametrize(
    ("duration", "deadline", "retry"), [(10, 10, 2), (15, 20, 2), (15, 10, 5), (15, 4, 2)]
)
def test_a_lease_that_could_be_held_by_two_is_refused(
    duration: int, deadline: float, retry: float
) -> None:
    with pytest.raises(ValidationError, match="lease_renew_deadline must be less than"):
        Settings(lease_duration=duration, lease_renew_deadline=deadline, lease_retry_period=retry)


def test_by_default_an_operator_runs_alone_and_serves_nothing() -> None:
    """It writes nothing while idle, and needs no right to a Lease."""
    settings = Settings()

    assert (settings.leader_election, settings.port) == (False, 0)
    assert (settings.terms.duration, settings.terms.renew_deadline) == (15, 10)
