"""Whether the API server knows RollbackRequests."""

from rollback_operator.domain.names import API_VERSION, PLURAL
from rollback_operator.errors import KubeError, Missing
from rollback_operator.kube.api import Api


async def serves_requests(api: Api) -> bool:
    """Tell whether the custom resource is served.

    Where that cannot be found out the answer is yes: to watch it will tell.
    """
    try:
        answer = await api.call("GET", f"/apis/{API_VERSION}")
    except Missing:
        return False
    except KubeError:
        return True
    return any(resource.get("name") == PLURAL for resource in answer.body.get("resources") or ())
