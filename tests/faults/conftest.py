"""Fixtures of the tests that kill the program or take its disk space."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cartoonize.video import write_film
from tests.support.outcome import Outcome
from tests.support.processes import FORKS, Run, shots


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Begin a call of the program. The process ends with the test at the latest."""
    runs: list[Run] = []
    ready = FORKS.Process(target=bool)  # once this process has ended, the next one begins at once
    ready.start()
    ready.join()

    def begin(*arguments: object, **dies: str) -> Run:
        runs.append(Run(tmp_path / f"run-{len(runs)}", *arguments, **dies))
        return runs[-1]

    yield begin
    for run in runs:
        run.killed()


@pytest.fixture
def done(begin: Callable[..., Run]) -> Callable[..., Outcome]:
    """Call the program, which has to succeed."""

    def done(*arguments: object) -> Outcome:
        outcome = begin(*arguments).ended()
        assert outcome.code == 0, outcome.err
        return outcome

    return done


@pytest.fixture(scope="module")
def cartoons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write films of several shots: two short films, two long ones, and one between."""
    folder = tmp_path_factory.mktemp("cartoons")
    for seed, name in enumerate("abcde"):
        of_length = shots(6, 6, seed) if name in "ab" else shots(12, 32 if name in "cd" else 9, seed)
        write_film(folder / f"{name}.mkv", of_length, frame_rate=24)
    return folder
