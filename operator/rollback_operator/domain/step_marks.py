"""What is written on the Job of a step, by which it is found and known again."""

from rollback_operator.domain.names import GROUP

ROLLOUT_LABEL = f"{GROUP}/rollout"
STEP_LABEL = f"{GROUP}/step"
WHEN_LABEL = f"{GROUP}/when"
TARGET_LABEL = f"{GROUP}/target"
NUMBER_LABEL = f"{GROUP}/number"
"""How many Jobs of the rollout's steps there were before it, of this or another step."""

REQUEST = f"{GROUP}/request"
"""Annotation: the UID of the request that made it."""
REQUEST_NAME = f"{GROUP}/request-name"
"""Annotation: the name of that request."""
COMPONENTS = f"{GROUP}/components"
"""Annotation: the components that the request reverts."""
SIGNATURE = f"{GROUP}/signature"
"""Annotation: shows that we made it."""
