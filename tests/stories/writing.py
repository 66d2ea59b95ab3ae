"""Plays random stories in memory, as the model does, and writes them down.

Nothing that depends on real time is in them: nobody waits for a deadline, and the operator is
killed between two doings, not at a write. From where two requests are found at once the end is
open, so the story breaks off.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from builders import KEYRING
from model.machine import OperatorAgainstReference
from model.owed import NAMES
from model.versions import Version
from model.workloads import Workloads
from rollback_operator.domain.template import JsonObject
from rollback_operator.domain.times import format_time
from stories.script import Act, Scene, Seen, of_deployment, of_request

Story: TypeAlias = tuple[Scene, ...]
SCENES = 30


def written(number: int, stories: int) -> list[Story]:
    """Return the stories of that number, the same whenever they are asked for."""
    told: list[Story] = []

    class Telling(Writer):
        def teardown(self) -> None:
            told.append(tuple(self.scenes))
            super().teardown()

    run_state_machine_as_test(seed(number)(Telling), settings=_settings(stories))
    return told


class Notebook(Workloads):
    """Writes down what people do. Quotas and crashing pods are left out: they are of namespaces."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[Act] = []

    def _note(self, what: str, *arguments: Any) -> None:
        self.acts.append(Act(what, arguments))

    def create(self, name: str, version: Version, annotations: Mapping[str, str]) -> None:
        self._note("create", name, version, bool(annotations))
        super().create(name, version, annotations)

    def delete(self, name: str) -> None:
        self._note("delete", name)
        super().delete(name)

    def release(self, name: str, version: Version) -> None:
        self._note("release", name, version)
        super().release(name, version)

    def restart(self, name: str) -> None:
        self._note("restart", name, format_time(self.now))
        super().restart(name)

    def undo_to(self, name: str, revision: int) -> None:
        self._note("undo_to", name, revision)
        super().undo_to(name, revision)

    def scale(self, name: str, replicas: int) -> None:
        self._note("scale", name, replicas)
        super().scale(name, replicas)

    def pause(self, name: str, *, paused: bool) -> None:
        self._note("pause", name, paused)
        super().pause(name, paused=paused)

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        self._note("label", name, dict(labels))
        super().label(name, labels)

    def wipe(self, name: str) -> None:
        self._note("wipe", name)
        super().wipe(name)

    def place(self, name: str, spec: JsonObject, uid: str) -> None:
        self._note("place", name, spec)
        super().place(name, spec, uid)

    def withdraw(self, name: str) -> None:
        self._note("withdraw", name)
        super().withdraw(name)

    def block(self, name: str) -> None:
        """Leave it out."""

    def crash(self, name: str) -> None:
        """Leave it out."""

    def pass_time(self, seconds: int) -> None:
        """Let a second pass, and no deadline."""
        super().pass_time(min(seconds, 1))


class Writer(OperatorAgainstReference):
    """Writes each scene down once all have done their part, and the model agrees."""

    workloads = Notebook
    cluster: Notebook

    def __init__(self) -> None:
        super().__init__()
        self.scenes: list[Scene] = []
        self._is_there = False
        self._is_open = False

    def _start_operator(self) -> None:
        self._miss_operator()
        # What came before it is over when it looks for the first time.
        if not self._is_there:
            self._write_down()
        self.cluster.acts.append(Act("start"))
        self._is_there = True
        super()._start_operator()

    def _settle(self, kill: tuple[int, bool] | None = None, *, first: bool = False) -> None:
        del kill
        self._is_open |= len(self.newcomers()) > 1
        self._miss_operator()
        super()._settle(first=first)
        self._write_down()

    def _miss_operator(self) -> None:
        """Note that it has ended: whatever is done in this scene came after that."""
        if self.operator is None and self._is_there:
            self.cluster.acts.insert(0, Act("stop"))
            self._is_there = False

    def _write_down(self) -> None:
        acts = tuple(self.cluster.acts)
        self.cluster.acts.clear()
        if not acts or self._is_open or len(self.scenes) >= SCENES:
            self._is_open |= bool(acts) and len(self.scenes) >= SCENES
            return
        lives = {n: self.cluster.deployment_now(n) for n in NAMES if n in self.cluster.deployments}
        rollouts = {name: live.is_done for name, live in lives.items()}
        self.scenes.append(Scene(acts, rollouts, self._seen() if self._is_there else None))

    def _seen(self) -> Seen:
        return {
            "deployments": {
                name: of_deployment(
                    self.cluster.deployment_now(name), self.cluster.sets[name], KEYRING
                )
                for name in NAMES
                if name in self.cluster.deployments
            },
            "requests": {
                name: of_request(self.cluster.status(name)) for name in self.cluster.requests
            },
        }


def _settings(stories: int) -> settings:
    return settings(
        max_examples=stories,
        stateful_step_count=SCENES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
