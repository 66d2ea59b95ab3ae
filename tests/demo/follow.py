"""Shows what a command that goes on for ever prints, line by line, until enough was seen."""

import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

from demo.claims import Untrue
from demo.stage import PATIENCE, Stage


@contextmanager
def follow(stage: Stage, line: str) -> Iterator[Iterator[str]]:
    """Start a command; yield its lines, each shown as it is taken; end it at the end."""
    stage.screen.command(f"{line} &")
    process = subprocess.Popen(
        shlex.split(line),
        env=stage.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: SimpleQueue[str] = SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        yield _shown(stage, line, lines)
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stdout:
            process.stdout.close()


def _read(process: "subprocess.Popen[str]", lines: "SimpleQueue[str]") -> None:
    for line in process.stdout or ():
        lines.put(line)


def _shown(stage: Stage, command: str, lines: "SimpleQueue[str]") -> Iterator[str]:
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except Empty:
            message = f"{command}: nothing more came within {PATIENCE} s"
            raise Untrue(message) from None
        stage.screen.output(line)
        yield line
