"""The cluster in memory with a deployment controller that can be hindered, and with people."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from builders import NOON, a_deployment_object, a_replica_set_object, counters
from fake_cluster import CONTROLLERS, FakeCluster
from model.versions import Version
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.names import HISTORY, REVISION, REVISION_HISTORY, TEMPLATES
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.template import JsonObject, Template
from rollback_operator.domain.times import format_time

KEPT_REPLICA_SETS = 10
"""`revisionHistoryLimit`, as the API server sets it."""
REPLICAS = 2
"""What a Deployment is created with."""
AVAILABLE, PAUSED, RESUMED = "NewReplicaSetAvailable", "DeploymentPaused", "DeploymentResumed"


@dataclass
class Pods:
    """The pods that are up: of which template, how many, and whether they have crashed since."""

    template: Template | None = None
    count: int = 0
    are_down: bool = False


@dataclass(frozen=True)
class Facts:
    """What is so about a Deployment, whoever knows it.

    `counts_as_done` is what the counters alone say: of a paused Deployment without replicas they
    say so before the controller has carried its template out. `became_available` is the
    controller's word that its newest ReplicaSet was available once, `was_returned_to` says that
    this one was live before, `carried` what the ReplicaSets that are left have carried out by
    revision, and `newest_of_sets` the last revision of each. `serving` is the oldest revision whose
    pods are up, with its version, and `is_numbered` says that the live template has its revision.
    """

    uid: str
    live: Version
    revision: int
    is_done: bool
    counts_as_done: bool
    became_available: bool
    was_returned_to: bool
    available: int
    is_paused: bool
    is_disabled: bool
    carried: Mapping[int, Version]
    newest_of_sets: frozenset[int]
    serving: tuple[int, Version] | None
    is_numbered: bool


class Workloads(FakeCluster):
    """Deployments, what people do to them, and a controller that carries it out at once.

    A Deployment that is `blocked` gets no new pods, as under a full quota. `trail` has what was so
    after each change of a template by the operator.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.pods_up: dict[str, Pods] = {}
        self.blocked: set[str] = set()
        self.trail: list[tuple[str, Facts]] = []
        self._created = 0

    # What people do

    def create(self, name: str, version: Version, annotations: Mapping[str, str]) -> None:
        """Create a Deployment; its annotations may be copied from another object."""
        self._created += 1
        live = a_deployment_object(name)
        live["metadata"] |= {
            "uid": f"{name}-uid-{self._created}",
            "annotations": {k: v for k, v in annotations.items() if k not in CONTROLLERS},
            "generation": 0,
        }
        self.deployments[name], self.sets[name] = live, []
        self.pods_up[name] = Pods()
        self._set_template(live, version.template().body, "ci")
        self.control(name)

    def delete(self, name: str) -> None:
        """Delete a Deployment with all that it owns."""
        del self.deployments[name], self.sets[name], self.pods_up[name]
        self.blocked.discard(name)

    def release(self, name: str, version: Version) -> None:
        """Roll a version out; the stamp of an earlier restart stays."""
        stamp = Template(self.deployments[name]["spec"]["template"]).restarted_at
        self._change(name, version.template(stamp), "ci")

    def restart(self, name: str) -> None:
        """Run `kubectl rollout restart`."""
        self._change(name, self.version(name).template(format_time(self.now)), "kubectl-rollout")

    def undo_to(self, name: str, revision: int) -> None:
        """Run `kubectl rollout undo`, which replaces the annotations by the ReplicaSet's."""
        live = self.deployments[name]
        found = next(one for one in self.sets[name] if _revision(one) == revision)
        annotations = found["metadata"]["annotations"]
        kept = {k: v for k, v in annotations.items() if k not in CONTROLLERS}
        kept[REVISION] = live["metadata"]["annotations"][REVISION]
        live["metadata"]["annotations"] = kept
        self._change(name, _carried(found), "kubectl-rollout")

    def scale(self, name: str, replicas: int) -> None:
        """Scale, as a person or an autoscaler does."""
        self._set(name, "replicas", replicas)

    def pause(self, name: str, *, paused: bool) -> None:
        """Pause or resume."""
        self._set(name, "paused", paused or None)

    def label(self, name: str, labels: Mapping[str, str]) -> None:
        """Set the labels of a Deployment."""
        self.deployments[name]["metadata"]["labels"] = dict(labels)
        self._touch(self.deployments[name])

    def wipe(self, name: str) -> None:
        """Remove our history, as `kubectl replace` does; copies on ReplicaSets stay."""
        annotations = self.deployments[name]["metadata"]["annotations"]
        for key in (HISTORY, TEMPLATES):
            annotations.pop(key, None)
        self.deployments[name]["metadata"]["generation"] += 1
        self.control(name)

    def block(self, name: str) -> None:
        """Let no new pod come up."""
        self.blocked.add(name)

    def unblock(self, name: str) -> None:
        """Let new pods come up again."""
        self.blocked.discard(name)
        self.control(name)

    def crash(self, name: str) -> None:
        """Let the pods that are up crash for good."""
        self.pods_up[name].are_down = True
        self.control(name)

    def place(self, name: str, spec: JsonObject, uid: str) -> None:
        """Create a request."""
        self.requests[name] = {
            "apiVersion": "rollback-operator.dev/v1alpha1",
            "kind": "RollbackRequest",
            "metadata": {
                "namespace": "shop",
                "name": name,
                "uid": uid,
                "resourceVersion": "1",
                "generation": 1,
                "creationTimestamp": format_time(self.now),
            },
            "spec": copy.deepcopy(spec),
        }

    def withdraw(self, name: str) -> None:
        """Delete a request."""
        del self.requests[name]

    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    # What is so

    def version(self, name: str) -> Version:
        """Return the version that a Deployment asks for."""
        return Version.of(Template(self.deployments[name]["spec"]["template"]))

    def facts(self, name: str) -> Facts | None:
        """Return what is so about a Deployment."""
        if name not in self.deployments:
            return None
        live, sets = self.deployment_now(name), self.sets[name]
        carriers = (s for s in sets if _carried(s).body == live.template.body)
        newest = next((s for s in carriers if _revision(s) == live.revision), None)
        return Facts(
            uid=live.uid,
            live=self.version(name),
            revision=live.revision,
            is_done=live.is_done and newest is not None,
            counts_as_done=live.is_done,
            became_available=live.was_available_once and newest is not None,
            was_returned_to=newest is not None and len(_revisions(newest)) > 1,
            available=newest["status"]["availableReplicas"] if newest else 0,
            is_paused=live.paused,
            is_disabled=bool(live.labels),
            newest_of_sets=frozenset(_revision(one) for one in sets),
            serving=min(
                ((_revision(s), Version.of(_carried(s))) for s in sets if s["status"]["replicas"]),
                key=lambda one: one[0],
                default=None,
            ),
            is_numbered=newest is not None,
            carried={r: Version.of(_carried(one)) for one in sets for r in _revisions(one)},
        )

    def status(self, request: str) -> Any:
        """Return the status of a request."""
        return self.request_now(request).status

    # The controller

    def control(self, name: str) -> None:
        """Carry the template out as far as it goes, and copy the annotations.

        Where no pod is up, scaling a paused Deployment brings up those of its template if it has a
        ReplicaSet, and else of the one made last (`FindActiveOrLatest` in util/deployment_util.go).
        """
        live, pods = self.deployments[name], self.pods_up[name]
        template = Template(live["spec"]["template"])
        paused = bool(live["spec"].get("paused"))
        current = next((s for s in self.sets[name] if _carried(s).body == template.body), None)
        was_there = current is not None
        if current is not None or not paused:
            current = self._newest_set(name, template, current)
        if paused and pods.count == 0:
            pods.template = _carried(current or self.sets[name][-1])
        updated = self._bring_up(name, template, can_roll_out=not paused)
        total = pods.count if updated is None else pods.count + updated
        if pods.template is not None and not Version.of(pods.template).is_healthy:
            pods.are_down = True
        available = 0 if pods.are_down else pods.count
        is_up = updated is None
        for one in self.sets[name]:
            is_of_pods = pods.template is not None and _carried(one).body == pods.template.body
            hanging = (updated or 0) if one is current else 0
            one["status"]["replicas"] = pods.count if is_of_pods else hanging
            one["status"]["availableReplicas"] = available if is_of_pods else 0
        live["status"].update(
            counters(
                pods.count if is_up else updated or 0,
                total,
                available,
                observed=live["metadata"]["generation"],
            )
        )
        self._say_progress(live, is_done=is_up and available == pods.count, was_there=was_there)
        if current is not None:
            self._copy_annotations(live, current)
        self._touch(live)
        self._prune(name)

    def _bring_up(self, name: str, template: Template, *, can_roll_out: bool) -> int | None:
        """Bring pods of the template up; return how many of it hang, or None if none do."""
        live, pods = self.deployments[name], self.pods_up[name]
        wanted = live["spec"]["replicas"]
        is_up = pods.template is not None and pods.template.body == template.body
        if not is_up and not can_roll_out:
            pods.count = min(pods.count, wanted) if name in self.blocked else wanted
            return 0
        if wanted == 0:
            pods.template, pods.count = template, 0
            pods.are_down = False
            return None
        if is_up:
            pods.count = min(pods.count, wanted) if name in self.blocked else wanted
            return None
        if name in self.blocked:
            pods.count = min(pods.count, wanted)
            return 0
        if Version.of(template).is_healthy:
            pods.template, pods.count, pods.are_down = template, wanted, False
            return None
        return 1

    def _newest_set(self, name: str, template: Template, current: JsonObject | None) -> JsonObject:
        """Return the ReplicaSet of the template with the highest number; it is made if need be.

        A paused Deployment gets none, but one that is there is numbered anew all the same
        (`getNewReplicaSet` in deployment/sync.go).
        """
        highest = max((_revision(one) for one in self.sets[name]), default=0)
        if current is None:
            owner = self.deployments[name]["metadata"]["uid"]
            current = a_replica_set_object(template, highest + 1, owner=owner)
            self.sets[name].append(current)
        elif _revision(current) < highest:
            kept = current["metadata"]["annotations"]
            earlier = [kept[REVISION_HISTORY]] if REVISION_HISTORY in kept else []
            kept[REVISION_HISTORY] = ",".join([*earlier, kept[REVISION]])
            kept[REVISION] = str(highest + 1)
        revision = current["metadata"]["annotations"][REVISION]
        self.deployments[name]["metadata"]["annotations"][REVISION] = revision
        return current

    def _say_progress(self, live: JsonObject, *, is_done: bool, was_there: bool) -> None:
        """Say what the controller says: on a return to a ReplicaSet it does not take it back.

        Of a paused Deployment it says nothing but that, and it does not come back to what it said.
        """
        conditions = live["status"].setdefault("conditions", [])
        others = [c for c in conditions if c["type"] != "Progressing"]
        present = next((c["reason"] for c in conditions if c["type"] == "Progressing"), "")
        kept = RESUMED if present == PAUSED else present
        reason = AVAILABLE if is_done else kept if was_there else "ReplicaSetUpdated"
        if live["spec"].get("paused"):
            reason = PAUSED
        status = "Unknown" if reason in {PAUSED, RESUMED} else "True"
        said = {"type": "Progressing", "status": status, "reason": reason}
        live["status"]["conditions"] = [said, *others]

    def _copy_annotations(self, live: JsonObject, current: JsonObject) -> None:
        annotations = live["metadata"]["annotations"]
        copied = {k: v for k, v in annotations.items() if k not in CONTROLLERS}
        current["metadata"]["annotations"].update(copied)

    def _prune(self, name: str) -> None:
        if not self.deployment_now(name).is_done:
            return
        newest_first = sorted(self.sets[name], key=_revision, reverse=True)
        kept = newest_first[: KEPT_REPLICA_SETS + 1]
        self.sets[name] = [one for one in self.sets[name] if one in kept]

    def _change(self, name: str, template: Template, manager: str) -> None:
        live = self.deployments[name]
        if live["spec"]["template"] != template.body:
            self._set_template(live, template.body, manager)
        self.control(name)

    def _set(self, name: str, field: str, value: Any) -> None:
        """Set a field, or leave it out where it is None, as the API server does."""
        live = self.deployments[name]
        live["spec"] = {k: v for k, v in live["spec"].items() if k != field}
        if value is not None:
            live["spec"][field] = value
        live["metadata"]["generation"] += 1
        self.control(name)

    def _set_template(self, live: JsonObject, body: Mapping[str, Any], manager: str) -> None:
        super()._set_template(live, body, manager)
        live["metadata"]["managedFields"][0]["time"] = format_time(self.now)

    async def deployment_names(self, namespace: str, selector: Mapping[str, Any]) -> list[str]:
        """List all Deployments: the machine has one selector, which matches them all."""
        return await super().deployment_names(namespace, selector)

    def _patch(self, name: str, patch: Any) -> Deployment:
        before = self.deployments[name]["spec"]["template"]
        patched = super()._patch(name, patch)
        self.control(name)
        if self.deployments[name]["spec"]["template"] != before:
            facts = self.facts(name)
            assert facts is not None
            self.trail.append((name, facts))
        return patched

    def request_if_there(self, name: str) -> RollbackRequest | None:
        """Return a request, if there is one of that name."""
        return self.request_now(name) if name in self.requests else None

    def clock(self) -> datetime:
        """Return what time it is."""
        return self.now


def _carried(replica_set: JsonObject) -> Template:
    return Template(replica_set["spec"]["template"]).without_hash()


def _revision(replica_set: JsonObject) -> int:
    return int(replica_set["metadata"]["annotations"][REVISION])


def _revisions(replica_set: JsonObject) -> list[int]:
    earlier = replica_set["metadata"]["annotations"].get(REVISION_HISTORY, "")
    return [*(int(text) for text in earlier.split(",") if text), _revision(replica_set)]
