"""Builds the control plane and its tools from their Go modules, once per machine."""

import platform
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import cache
from harness.errors import HarnessError
from harness.progress import Progress
from harness.toolchain import environment, find_go

MODULE = Path(__file__).with_name("controlplane")
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
FLAGS = ("-v", "-trimpath", "-buildvcs=false")
LINES_OF_COMPILER = 15

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """What one call of the compiler makes."""

    name: str
    title: str
    packages: tuple[str, ...]


CONTROL_PLANE = Part("controlplane", "the control plane", ("./cmd/controlplane",))
TOOLS = Part(
    "tools",
    "kwok, kubectl and helm",
    ("./cmd/kwok", "k8s.io/kubernetes/cmd/kubectl", "helm.sh/helm/v4/cmd/helm"),
)
KIND = Part("kind", "kind", ("sigs.k8s.io/kind",))


@dataclass(frozen=True)
class Module:
    """The part of go.mod that the recipe depends on."""

    go: str
    versions: dict[str, str]

    def linker_flags(self) -> str:
        """Return flags that strip the binaries and tell them their own versions."""
        kubernetes = self.versions["k8s.io/kubernetes"]
        major, minor = kubernetes.removeprefix("v").split(".")[:2]
        stamped = {
            "k8s.io/component-base/version.gitVersion": kubernetes,
            "k8s.io/component-base/version.gitMajor": major,
            "k8s.io/component-base/version.gitMinor": minor,
            "k8s.io/client-go/pkg/version.gitVersion": kubernetes,
            "helm.sh/helm/v4/internal/version.version": self.versions["helm.sh/helm/v4"],
        }
        return "-s -w " + " ".join(f"-X {name}={value}" for name, value in stamped.items())

    @property
    def minor(self) -> str:
        """The newest minor that the binaries can be: `1.37`."""
        return self.versions["k8s.io/kubernetes"].removeprefix("v").rpartition(".")[0]


def module() -> Module:
    """Read go.mod, without needing Go for it."""
    words = [line.split() for line in (MODULE / "go.mod").read_text().splitlines()]
    required = {line[0]: line[1] for line in words if len(line) > 1 and line[1].startswith("v")}
    return Module(go=next(line[1] for line in words if line[:1] == ["go"]), versions=required)


def cluster_binaries(say: Say) -> list[Path]:
    """Return the directories with the control plane and the tools.

    In this order: the first compiles what the second has little more than to link.
    """
    return [obtain(CONTROL_PLANE, say), obtain(TOOLS, say)]


def obtain(part: Part, say: Say) -> Path:
    """Return the directory with the binaries of this part, built first if need be."""
    return cache.obtain(f"{part.name}-{_key(part)}", lambda into: _build(part, into, say), say)


def link(directories: Sequence[Path], into: Path) -> None:
    """Make one directory from which all binaries can be started under their own names."""
    into.mkdir(parents=True, exist_ok=True)
    for binary in (file for directory in directories for file in directory.iterdir()):
        (into / binary.name).unlink(missing_ok=True)
        (into / binary.name).symlink_to(binary)


def _key(part: Part) -> str:
    sources = [*MODULE.glob("go.*"), *MODULE.glob("**/*.go")]
    recipe = [repr(part), module().linker_flags(), *FLAGS, sys.platform, platform.machine()]
    return cache.digest(sources, MODULE, *recipe)


def _build(part: Part, into: Path, say: Say) -> None:
    go = find_go(module().go, say)
    say(f"Building {part.title} from source, once for this machine: this can take ten minutes.")
    _compile(go, part, into, say)
    if part is CONTROL_PLANE:
        for component in COMPONENTS:
            (into / component).symlink_to("controlplane")


def _compile(go: Path, part: Part, into: Path, say: Say) -> None:
    progress = Progress(part.title, _count_packages(go, part), say)
    flags = [*FLAGS, "-ldflags", module().linker_flags(), "-o", f"{into}/"]
    compiler = subprocess.Popen(
        [go, "build", *flags, *part.packages],
        cwd=MODULE,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output = _follow(compiler, progress)
    finally:
        compiler.kill()
        compiler.wait()
    if compiler.returncode:
        raise _failed(part, output)
    progress.done()


def _follow(compiler: subprocess.Popen[str], progress: Progress) -> list[str]:
    """Count the packages that the compiler names; return the other lines, which are errors."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read_lines, args=(compiler, lines), daemon=True).start()
    others: list[str] = []
    while (line := _next_line(lines, progress)) is not None:
        if " " in line.strip():
            others.append(line)
        else:
            progress.package()
    compiler.wait()
    return others


def _read_lines(
    compiler: subprocess.Popen[str],
    lines: "queue.SimpleQueue[str | None]",
) -> None:
    for line in compiler.stderr or ():
        lines.put(line)
    lines.put(None)


def _next_line(lines: "queue.SimpleQueue[str | None]", progress: Progress) -> str | None:
    """Return the next line; linking takes a minute without one, so time is shown meanwhile."""
    while True:
        progress.tick()
        try:
            return lines.get(timeout=1.0)
        except queue.Empty:
            continue


def _count_packages(go: Path, part: Part) -> int:
    listed = subprocess.run(
        [go, "list", "-deps", *part.packages],
        cwd=MODULE,
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        raise _failed(part, listed.stderr.splitlines(keepends=True))
    return len(listed.stdout.splitlines())


def _failed(part: Part, output: list[str]) -> HarnessError:
    shown = "".join(f"    {line.rstrip()}\n" for line in output[-LINES_OF_COMPILER:])
    return HarnessError(
        f"Could not build {part.title}. The compiler said:\n{shown}"
        "  Modules must be downloadable (GOPROXY), and 5 GB of disk free for the build cache.",
    )
