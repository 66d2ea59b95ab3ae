"""What this process itself may do; whoever is authenticated may ask the API server that."""

from rollback_operator.errors import KubeError
from rollback_operator.kube.api import Api

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def may_watch_namespaces(api: Api) -> bool:
    """Tell whether namespaces may be watched, which takes a right outside of all namespaces.

    Where that cannot be found out the answer is yes: a watch that is refused ends the process, and
    the next one asks again, but a right that stays unused would go unnoticed.
    """
    try:
        return all([await _may(api, verb) for verb in ("list", "watch")])
    except KubeError:
        return True


async def _may(api: Api, verb: str) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"resource": "namespaces", "version": "v1", "verb": verb}},
    }
    answer = await api.call("POST", REVIEWS, body=review)
    return bool(answer.body["status"]["allowed"])
