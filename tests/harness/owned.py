"""Runs a module as `python -m` does, in a process that ends when its owner does.

    python -P owned.py [NAME=VALUE ...] MODULE [ARGUMENT ...]

It is started by its path, so that nothing of the harness is imported into the process. Settings of
the operator that the owner happens to have are left out; those given come into the environment.
"""

import os
import runpy
import sys
import threading

OWNED = "CLUSTER_OWNED"
SETTING = "ROLLBACK_"


def follow_owner() -> None:
    """End this process when standard input closes; one byte there sets it free."""
    if not os.read(sys.stdin.fileno(), 1):
        os._exit(1)


def set_environment(arguments: list[str]) -> list[str]:
    """Set what is given in front of the module; return the rest."""
    for name in [name for name in os.environ if name.startswith(SETTING)]:
        del os.environ[name]
    while "=" in arguments[0]:
        name, _, value = arguments.pop(0).partition("=")
        os.environ[name] = value
    return arguments


if __name__ == "__main__":
    if os.environ.pop(OWNED, None):
        threading.Thread(target=follow_owner, daemon=True).start()
    sys.argv = set_environment(sys.argv[1:])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
