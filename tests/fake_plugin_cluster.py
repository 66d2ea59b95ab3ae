"""A cluster as the plugin sees it, without an API server; the operator answers as it is told."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from rollback_operator.cli import problems
from rollback_operator.cli.connection import Connection
from rollback_operator.cli.problems import Problem
from rollback_operator.domain.template import JsonObject


@dataclass
class FakePluginCluster:
    """Objects by name, what was created, and what the operator will answer, one after another."""

    deployments: dict[str, JsonObject] = field(default_factory=dict)
    known: dict[str, JsonObject] = field(default_factory=dict)
    answers: list[JsonObject] = field(default_factory=list)
    created: list[JsonObject] = field(default_factory=list)
    dry_runs: list[JsonObject] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    problem: Problem | None = None
    namespace: str = "shop"
    seconds: float = 0

    def seen_by(self, connection: Connection) -> Self:
        """Note who connects, and where to."""
        self.connections.append(connection)
        self.namespace = connection.namespace or self.namespace
        return self

    def has(self, *objects: JsonObject) -> Self:
        """Put Deployments and requests there."""
        for obj in objects:
            place = self.known if obj.get("kind") == "RollbackRequest" else self.deployments
            place[obj["metadata"]["name"]] = obj
        return self

    def answering(self, *statuses: JsonObject) -> Self:
        """Let the operator write these statuses, whichever request is looked at."""
        self.answers.extend(statuses)
        return self

    def deployment(self, name: str) -> JsonObject:
        self._fail()
        return self._found(self.deployments, "deployments.apps", name)

    def deployment_names(self) -> list[str]:
        self._fail()
        return sorted(self.deployments)

    def request(self, name: str) -> JsonObject:
        self._fail()
        return self._found(self.known, "rollbackrequests", name)

    def requests(self, *, everywhere: bool = False) -> list[JsonObject]:
        self._fail()
        found: Sequence[JsonObject] = list(self.known.values())
        return [r for r in found if everywhere or r["metadata"]["namespace"] == self.namespace]

    def create(self, request: JsonObject, *, dry_run: bool = False) -> JsonObject:
        self._fail()
        (self.dry_runs if dry_run else self.created).append(copy.deepcopy(request))
        metadata = {**request["metadata"], "resourceVersion": "1", "generation": 1}
        unseen = {"phase": "Queued", "observedGeneration": -1}
        return {**request, "metadata": metadata, "status": unseen}

    def changed(self, request: JsonObject, seconds: int) -> JsonObject:
        """Return it with the next answer; where there is none, the time passes."""
        if not self.answers:
            self.seconds += seconds
            return request
        answer = self.answers.pop(0)
        if answer.get("interrupted"):
            raise KeyboardInterrupt
        return {**request, "status": answer}

    def _fail(self) -> None:
        if self.problem:
            raise self.problem

    @staticmethod
    def _found(objects: dict[str, JsonObject], kind: str, name: str) -> JsonObject:
        if name not in objects:
            raise problems.answered(
                404, f'{{"message": "{kind} {name} not found", "details": {{"kind": "{kind}"}}}}'
            )
        return objects[name]
