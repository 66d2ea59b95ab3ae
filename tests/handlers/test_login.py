"""Where the API server is, and in which file the token is renewed."""

from pathlib import Path
from typing import Any

import kopf
import pytest
import yaml

from rollback_operator.handlers import login
from rollback_operator.handlers.login import find_credentials, find_token_file

OUTSIDE = Path("/nowhere/token")


def a_kubeconfig(**user: Any) -> dict[str, Any]:
    return {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "me"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "other", "user": {"tokenFile": "wrong"}}, {"name": "me", "user": user}],
    }


@pytest.fixture(autouse=True)
def outside_of_a_pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(login, "TOKEN_FILE", OUTSIDE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *files: dict[str, Any]) -> None:
    paths = [tmp_path / f"config-{number}" for number, _ in enumerate(files)]
    for path, file in zip(paths, files, strict=True):
        path.write_text(yaml.safe_dump(file))
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, paths)))


def test_in_a_pod_it_is_the_service_accounts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("t")
    monkeypatch.setattr(login, "TOKEN_FILE", tmp_path / "token")

    assert find_token_file() == tmp_path / "token"


def test_outside_it_is_the_current_users_beside_the_kubeconfig(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, tmp_path, a_kubeconfig(tokenFile="token"))

    assert find_token_file() == tmp_path / "token"


def test_of_several_kubeconfigs_each_may_have_a_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = a_kubeconfig(tokenFile=str(OUTSIDE))
    users = {"users": whole.pop("users")}
    use(monkeypatch, tmp_path, whole, users)

    assert find_token_file() == OUTSIDE


@pytest.mark.parametrize("user", [{}, {"token": "t"}])
def test_a_user_without_one_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: dict[str, Any]
) -> None:
    use(monkeypatch, tmp_path, a_kubeconfig(**user))

    assert find_token_file() is None


def test_without_any_kubeconfig_there_is_none_either() -> None:
    assert find_token_file() is None


def test_without_any_credentials_it_says_what_to_do() -> None:
    with pytest.raises(kopf.LoginError, match="set KUBECONFIG, or run in a pod"):
        find_credentials(kopf.OperatorSettings())


@pytest.mark.parametrize(
    ("host", "port", "server"),
    [
        ("10.96.0.1", "443", "https://10.96.0.1:443"),
        ("fd00::1", "6443", "https://[fd00::1]:6443"),
        ("", "", "https://kubernetes.default.svc"),
    ],
)
def test_a_pod_needs_no_name_server(
    monkeypatch: pytest.MonkeyPatch, host: str, port: str, server: str
) -> None:
    in_pod = kopf.ConnectionInfo(server="https://kubernetes.default.svc", token="t")  # noqa: S106 - no secret
    monkeypatch.setattr(kopf, "login_with_service_account", lambda **_: in_pod)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)

    assert find_credentials(kopf.OperatorSettings()).server == server
