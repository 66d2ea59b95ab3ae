"""The custom resource is waited for, however late it comes."""

import logging
from collections.abc import Iterator

import pytest

from rollback_operator.operations import definition
from rollback_operator.operations.definition import until_served


class Server:
    """Answers what it is told to."""

    def __init__(self, *answers: bool) -> None:
        self.answers: Iterator[bool] = iter(answers)

    async def is_served(self) -> bool:
        return next(self.answers)


async def test_what_is_there_is_not_talked_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await until_served(Server(True).is_served)  # noqa: FBT003 - an answer

    assert not caplog.messages


async def test_what_is_missing_is_said_once_and_waited_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definition, "PAUSE", 0)
    server = Server(False, False, False, True)  # noqa: FBT003 - answers

    with caplog.at_level(logging.INFO):
        await until_served(server.is_served)

    warning, news = caplog.messages
    assert "kubectl apply -f crds/" in warning
    assert "served now" in news
    assert list(server.answers) == []
