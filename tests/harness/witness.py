"""What the operators that look after a namespace have seen, and what they wrote."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import SkipTest
from uuid import uuid4

from harness import audit
from harness.namespace import PATIENCE, Namespace, raw
from harness.objects import a_deployment, is_over
from harness.operator_process import OperatorProcess
from harness.waiting import wait_until


class Witness(Namespace):
    """Waits until they have seen it all, and looks in the audit log for what they did."""

    def until_seen(self) -> None:
        """Wait until the operator has answered all that has happened so far.

        Each Deployment, as it is now, was looked after by every operator that runs here, and no
        request that is over is being worked on.
        """
        operators = [operator for operator in self.operators if operator.is_running]
        assert operators, "no operator runs that could see anything"
        if not (deployments := self._names_and_versions()):
            self._deploy_marker()
            deployments = self._names_and_versions()
        over = [f"{self.namespace}/{name}" for name in self._requests_that_are_over()]

        def has_seen_all(operator: OperatorProcess) -> bool:
            assert operator.is_running, operator.log.read_text()[-4000:]
            diary = operator.diary
            return all(diary.has_looked_after(*one) for one in deployments.items()) and not any(
                diary.is_at_work_on(request) for request in over
            )

        for operator in operators:
            what = f"the operator has answered {deployments} and is done with {over}"
            wait_until(partial(has_seen_all, operator), what, seconds=PATIENCE)

    @contextmanager
    def without(self, operator: OperatorProcess) -> Iterator[None]:
        """Kill the operator once it has seen all that happened; start it again afterwards."""
        self.until_seen()
        operator.kill()
        yield
        operator.start()

    def operator_writes(self, name: str = "web") -> list[audit.AuditEvent]:
        """Return what the operator wrote to a Deployment, once it has seen all that happened."""
        return [attempt for attempt in self.operator_attempts(name) if attempt.succeeded]

    def operator_attempts(self, name: str = "web") -> list[audit.AuditEvent]:
        """Return what the operator tried to write to a Deployment, refused attempts included."""
        self.until_seen()
        tried = self.audited(audit.WRITES, resource="deployments", name=name)
        return [w for w in tried if w.user_agent.startswith(("rollback-operator", "kopf"))]

    def stored_writes(self, resource: str, name: str) -> list[audit.AuditEvent]:
        """Return the operator's writes to an object that succeeded, up to this call.

        Unlike `operator_writes` it needs no operator to be running.
        """
        written = self.audited(audit.WRITES, resource=resource, name=name)
        return [w for w in written if w.succeeded and w.user_agent.startswith("rollback-operator")]

    def audited(
        self,
        verbs: Iterable[str] = audit.WRITES,
        *,
        resource: str | None = None,
        name: str | None = None,
        since: int = 0,
    ) -> list[audit.AuditEvent]:
        """Return what the API server was asked about objects of this namespace, up to this call."""
        log = self._audit_log()
        marker = f"marker-{uuid4().hex}"
        self.core.create_namespaced_config_map(self.namespace, {"metadata": {"name": marker}})

        def found() -> list[audit.AuditEvent]:
            begin = max(since, self.since)
            return list(audit.events(log, since=begin, mentioning=self.namespace))

        wait_until(
            lambda: any(event.name == marker for event in found()),
            "the marker is in the audit log",
            seconds=PATIENCE,
        )
        return [
            event
            for event in found()
            if event.verb in set(verbs)
            and event.namespace == self.namespace
            and resource in {None, event.resource}
            and name in {None, event.name}
        ]

    def _audit_log(self) -> Path:
        if self.cluster.audit_log is None:
            message = "this cluster has no audit log to look things up in"
            raise SkipTest(message)
        return self.cluster.audit_log

    def _names_and_versions(self) -> dict[str, int]:
        """Return each Deployment as the operator names it, with its resourceVersion."""
        found = raw(self.apps.list_namespaced_deployment, self.namespace)["items"]
        metadata = [deployment["metadata"] for deployment in found]
        return {f"{self.namespace}/{m['name']}": int(m["resourceVersion"]) for m in metadata}

    def _requests_that_are_over(self) -> list[str]:
        arguments = self.listing("rollbackrequest")[1]
        found = self.custom.list_namespaced_custom_object(*arguments)["items"]
        return [str(request["metadata"]["name"]) for request in found if is_over(request)]

    def _deploy_marker(self) -> None:
        """Make a Deployment of which nothing comes but that the operator sees it."""
        labels = {"rollback-operator.dev/record": "disabled"}
        marker = a_deployment("marker", "nginx:1", replicas=0, labels=labels)
        self.apps.create_namespaced_deployment(self.namespace, marker)
