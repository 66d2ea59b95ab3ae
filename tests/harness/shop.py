"""A namespace to work in: roll out, restart, undo, request, and wait for what comes of it."""

from harness.pods import Pods
from harness.rollback_requests import Requests
from harness.rollouts import Rollouts
from harness.witness import Witness


class Shop(Rollouts, Pods, Requests, Witness):
    """All that people do in one namespace, and all that is to be seen there."""
