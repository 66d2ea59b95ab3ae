"""Binaries are built once, never half, and not twice at a time."""

import multiprocessing
from pathlib import Path

import pytest

from harness import build, cache
from harness.progress import elapsed
from harness.toolchain import parse


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a cache with nothing in it."""
    monkeypatch.setenv("ROLLBACK_CLUSTER_CACHE", str(tmp_path))
    return tmp_path


def test_what_is_built_is_used_again() -> None:
    said: list[str] = []

    first, second = (build.cluster_binaries(said.append) for _ in range(2))

    assert first == second
    names = {file.name for directory in first for file in directory.iterdir()}
    assert names == {*build.COMPONENTS, "controlplane", "helm", "kubectl", "kwok"}


def test_an_interrupted_build_leaves_nothing(empty_cache: Path) -> None:
    def interrupted(into: Path) -> None:
        (into / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.obtain("thing", interrupted)

    assert [path.name for path in empty_cache.iterdir()] == [".thing.lock"]


def test_what_a_killed_build_left_is_removed(empty_cache: Path) -> None:
    (empty_cache / ".thing-abandoned").mkdir()

    cache.obtain("thing", lambda into: (into / "whole").touch())

    assert {path.name for path in empty_cache.iterdir()} == {".thing.lock", "thing"}


def test_two_at_once_make_it_once(empty_cache: Path) -> None:
    context = multiprocessing.get_context("fork")
    begin = context.Barrier(2)
    both = [context.Process(target=_obtain, args=(begin, empty_cache)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(10)

    assert [process.exitcode for process in both] == [0, 0]
    assert (empty_cache / "made").read_text() == "x"


def _obtain(begin: "multiprocessing.synchronize.Barrier", directory: Path) -> None:
    def make(into: Path) -> None:
        (into / "whole").touch()
        with (directory / "made").open("a") as made:
            made.write("x")

    begin.wait(10)
    cache.obtain("thing", make)


def test_the_key_follows_the_sources(tmp_path: Path) -> None:
    source = tmp_path / "main.go"
    source.write_text("package main")
    before = cache.digest([source], tmp_path)
    source.write_text("package main // changed")

    assert cache.digest([source], tmp_path) != before
    assert cache.digest([source], tmp_path, "other flags") != cache.digest([source], tmp_path)


def test_versions_come_from_the_module() -> None:
    module = build.module()

    assert module.minor == "1.37"
    assert "helm.sh/helm/v4/internal/version.version=v4." in module.linker_flags()


def test_go_versions_compare_as_numbers() -> None:
    assert parse("go1.9.7") < parse("1.26.0") < parse("go1.26.8") < parse("go1.27rc1 X:nodwarf5")


def test_time_is_told_in_minutes_and_seconds() -> None:
    assert [elapsed(seconds) for seconds in (4.4, 75.2)] == ["4 s", "1 min 15 s"]
