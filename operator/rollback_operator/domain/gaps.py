"""What may have succeeded while nobody watched: nothing of it is invented (trap 17)."""

from rollback_operator.domain.sight import Sight
from rollback_operator.domain.snapshot import Snapshot


def has_gap(sight: Sight) -> bool:
    """Whether successes may be missing between the newest snapshot and this rollout (trap 17)."""
    newest = sight.history.newest
    if newest is None:
        return False
    if sight.rewound:
        return True
    claim = sight.claim_that_made_it
    # What a claim left was judged, so somebody was watching until then.
    watched = max(newest.revision, claim.live_revision if claim else 0)
    between = range(watched + 1, sight.deployment.revision)
    unknown = between if sight.first else (sight.missed | sight.unwatched).intersection(between)
    return not all(_was_restart(sight, newest, revision) for revision in unknown)


def may_have_succeeded(sight: Sight) -> frozenset[int]:
    """Return the revisions that, at a first sight, may have been done while nobody watched.

    Not what came after the oldest revision that still has pods: were it done, that would have none.
    And where those pods are of what is on record, it is known what was live before.
    """
    newest = sight.history.newest
    if not sight.first or newest is None:
        return frozenset()
    numbered = sight.deployment.revision
    last = numbered - 1 if sight.live_replica_set else numbered
    with_pods = (one for one in sight.replica_sets if one.replicas)
    oldest = min(with_pods, key=lambda one: one.revision, default=None)
    if oldest is not None and oldest.template.same_as(newest.template):
        return frozenset()
    if oldest is not None:
        last = min(last, oldest.revision)
    return frozenset(range(newest.revision + 1, last + 1))


def _was_restart(sight: Sight, newest: Snapshot, revision: int) -> bool:
    """Whether a ReplicaSet shows that the revision carried what was live before or is live now."""
    known = (newest.template, sight.deployment.template)
    return any(
        replica_set.carried(revision) and any(replica_set.template.same_as(t) for t in known)
        for replica_set in sight.replica_sets
    )
