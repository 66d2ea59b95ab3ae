"""The gateway: what it asks the API server, and what becomes of the answers."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from builders import a_request
from rollback_operator.cli.api import ApiCluster
from rollback_operator.cli.connection import Connection
from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.cli.problems import Problem

REQUESTS = "/apis/rollback-operator.dev/v1alpha1/namespaces/shop/rollbackrequests"


@dataclass
class Server:
    """Answers with what is next, the last one again and again, and remembers what it was asked."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, list[str]], dict[str, str], Any]] = field(
        default_factory=list
    )

    def answer(self, code: int, body: object) -> None:
        """Say what comes next."""
        self.answers.append((code, body if isinstance(body, str) else json.dumps(body)))

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Return what handles the calls."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def handle_call(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                url = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append((self.command, url.path, parse_qs(url.query), headers, body))
                code, text = (
                    server.answers[0] if len(server.answers) == 1 else server.answers.pop(0)
                )
                self.send_response(code)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = handle_call  # noqa: N815 - the base class calls them so

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def server() -> Server:
    """What the API server answers."""
    return Server()


@pytest.fixture
def kubeconfig(server: Server, tmp_path: Path) -> Iterator[Path]:
    """A kubeconfig for a server that runs while the test does."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), server.handler())
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    contexts = [
        {"name": name, "context": {"cluster": "c", "user": "u", **extra}}
        for name, extra in (("here", {"namespace": "shop"}), ("there", {}))
    ]
    path = tmp_path / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "clusters": [
                    {
                        "name": "c",
                        "cluster": {"server": f"http://127.0.0.1:{http.server_address[1]}"},
                    }
                ],
                "users": [{"name": "u", "user": {"token": "secret"}}],
                "contexts": contexts,
                "current-context": "here",
            }
        )
    )
    yield path
    http.shutdown()
    http.server_close()
    thread.join()


def connect(kubeconfig: Path, **flags: Any) -> ApiCluster:
    """Return the cluster that the flags mean."""
    return ApiCluster(Connection(kubeconfig=str(kubeconfig), **flags))


@pytest.mark.parametrize(
    ("flags", "namespace"),
    [
        ({}, "shop"),
        ({"context": "there"}, "default"),
        ({"context": "there", "namespace": "till"}, "till"),
        ({"namespace": "till"}, "till"),
    ],
)
def test_the_namespace_is_that_of_the_flag_or_the_context(
    kubeconfig: Path, flags: dict[str, str], namespace: str
) -> None:
    assert connect(kubeconfig, **flags).namespace == namespace


def test_it_says_who_it_is_and_acts_as_whom(kubeconfig: Path, server: Server) -> None:
    server.answer(200, {"items": []})

    connect(kubeconfig, user="ana", group="oncall").requests()

    [(verb, path, _, headers, _)] = server.asked
    assert (verb, path) == ("GET", REQUESTS)
    assert headers["user-agent"].startswith("kubectl-rollback/")
    assert headers["authorization"] == "Bearer secret"
    assert (headers["impersonate-user"], headers["impersonate-group"]) == ("ana", "oncall")


def test_a_request_is_created_under_strict_validation(kubeconfig: Path, server: Server) -> None:
    server.answer(201, a_request().obj)

    connect(kubeconfig).create(a_request().obj)

    [(verb, path, query, _, body)] = server.asked
    assert (verb, path, body) == ("POST", REQUESTS, a_request().obj)
    assert query == {"fieldManager": ["kubectl-rollback"], "fieldValidation": ["Strict"]}


def test_a_dry_run_is_one_of_the_server(kubeconfig: Path, server: Server) -> None:
    server.answer(201, a_request().obj)

    connect(kubeconfig).create(a_request().obj, dry_run=True)

    assert server.asked[0][2]["dryRun"] == ["All"]


def test_the_activity_of_all_namespaces(kubeconfig: Path, server: Server) -> None:
    server.answer(200, {"items": [a_request().obj]})

    assert connect(kubeconfig).requests(everywhere=True) == [a_request().obj]
    assert server.asked[0][1] == "/apis/rollback-operator.dev/v1alpha1/rollbackrequests"


@pytest.mark.parametrize(
    ("code", "body", "told"),
    [
        (404, "404 page not found\n", "the rollback operator is not installed"),
        (401, {"message": "Unauthorized"}, "does not accept your credentials"),
        (403, {"message": "you may not"}, "you may not"),
        (500, {"message": "etcd is down"}, "etcd is down"),
    ],
)
def test_what_goes_wrong_is_told(
    kubeconfig: Path, server: Server, code: int, body: object, told: str
) -> None:
    server.answer(code, body)

    with pytest.raises(Problem, match=told):
        connect(kubeconfig).requests()


def test_a_change_is_waited_for_from_what_was_seen(kubeconfig: Path, server: Server) -> None:
    newer = a_request()._with("metadata", resourceVersion="2").obj  # noqa: SLF001
    server.answer(200, json.dumps({"type": "MODIFIED", "object": newer}) + "\n")

    assert connect(kubeconfig).changed(a_request().obj, 1) == newer

    [(_, path, query, _, _)] = server.asked
    assert path == REQUESTS
    assert query == {
        "fieldSelector": ["metadata.name=back"],
        "resourceVersion": ["1"],
        "timeoutSeconds": ["1"],
        "watch": ["true"],
    }


def test_without_a_change_it_is_as_it_was(kubeconfig: Path, server: Server) -> None:
    server.answer(200, "")

    assert connect(kubeconfig).changed(a_request().obj, 1) == a_request().obj


@pytest.mark.parametrize(
    "watched",
    [
        (403, {"message": "may get, may not watch"}),
        (410, {"message": "too old"}),
        (200, json.dumps({"type": "ERROR", "object": {"code": 410}}) + "\n"),
    ],
)
def test_what_cannot_be_watched_is_read(
    kubeconfig: Path, server: Server, watched: tuple[int, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = a_request().annotated(newer="yes").obj
    server.answer(*watched)
    server.answer(200, newer)
    monkeypatch.setattr("time.sleep", lambda _: None)

    assert connect(kubeconfig).changed(a_request().obj, 1) == newer


def test_a_request_that_is_deleted_is_not_waited_for(kubeconfig: Path, server: Server) -> None:
    server.answer(200, json.dumps({"type": "DELETED", "object": a_request().obj}) + "\n")

    with pytest.raises(Problem, match="was deleted meanwhile") as told:
        connect(kubeconfig).changed(a_request().obj, 1)

    assert told.value.code == ExitCode.UNFINISHED


def test_no_answer_is_told_with_the_address(kubeconfig: Path) -> None:
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    kubeconfig.write_text(yaml.safe_dump(config))

    with pytest.raises(Problem, match=r"http://127\.0\.0\.1:1 does not answer"):
        connect(kubeconfig).requests()


@pytest.mark.parametrize("text", ["", "no: kubeconfig", "["])
def test_a_kubeconfig_that_is_none_is_told(kubeconfig: Path, text: str) -> None:
    kubeconfig.write_text(text)

    with pytest.raises(Problem, match="No usable kubeconfig"):
        connect(kubeconfig)
