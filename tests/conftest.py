"""Fixtures that several rooms of the tests share, and a summary of the faults that were tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Processes that test side by side get one thread each. More threads than cores would wait for each other.
# This stands before the first import of torch.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from cartoonize.cli.main import main
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.workspace import Workspace
from tests.support import ROOT
from tests.support.browser import CHROMIUM, QUIET
from tests.support.films import film, write_bad_sources
from tests.support.outcome import Outcome


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three coloured episodes and a grey one; return their folder."""
    folder = tmp_path_factory.mktemp("films")
    for number in (1, 2, 3):
        film(folder / f"e{number}.mkv", number)
    film(folder / "grey.mkv", 1, grey=True)
    return folder


@pytest.fixture(scope="session")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of `BAD_SOURCES`; return their folder."""
    folder = tmp_path_factory.mktemp("bad")
    write_bad_sources(folder)
    return folder


@pytest.fixture(scope="session")
def extracted(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Workspace:
    """Make a workspace with three episodes, of which e1 is held out.

    All tests share it. A test that changes it takes a copy: `workspace`.
    """
    workspace = Workspace(tmp_path_factory.mktemp("workspaces") / "extracted")
    extract(workspace, [films / f"e{n}.mkv" for n in (1, 2, 3)], options=ExtractOptions())
    split(workspace, options=SplitOptions(test=("e1",)))
    return workspace


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, extracted: Workspace) -> Workspace:
    """Make the same workspace with two trained variants: plain-l2 and lookup.

    All tests share it. A test that changes it takes a copy: `studio`.
    """
    workspace = Workspace(tmp_path_factory.mktemp("workspaces") / "trained")
    shutil.copytree(extracted.root, workspace.root)
    options = TrainOptions(width=0.125, epochs=1, batch_size=4, accumulate=1, precision="float32")
    train(workspace, ["plain-l2", "lookup"], options=options)
    return workspace


@pytest.fixture
def workspace(extracted: Workspace, tmp_path: Path) -> Workspace:
    """Copy the workspace `extracted`. The test may change the copy."""
    return Workspace(Path(shutil.copytree(extracted.root, tmp_path / "workspace")))


@pytest.fixture
def studio(trained: Workspace, tmp_path: Path) -> Workspace:
    """Copy the workspace `trained`. The test may change the copy."""
    return Workspace(Path(shutil.copytree(trained.root, tmp_path / "studio")))


@pytest.fixture(autouse=True)
def quick_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validate trainings on a few frames: a training of some updates spends most of its time there."""
    monkeypatch.setattr("cartoonize.learning.validation.N_VALIDATION", 4)
    monkeypatch.setattr("cartoonize.learning.trainer.N_STATISTICS_BATCHES", 2)


@pytest.fixture
def cartoonize(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Call the program in this process, as its entry point does."""

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["cartoonize", *map(str, arguments)])
        capsys.readouterr()
        code: Any = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def fails(cartoonize: Callable[..., Outcome]) -> Callable[..., str]:
    """Call the program, which has to fail; return the one line that it writes.

    The line holds all of ``words`` and says what to do. Standard output stays empty.
    """

    def call(*arguments: object, words: Sequence[object] = (), code: int = 1) -> str:
        outcome = cartoonize(*arguments)
        lines = outcome.err.splitlines()
        assert outcome.code == code, outcome
        assert len(lines) == 1 and lines[0].startswith("Error: "), outcome.err
        assert lines[0].count(". ") >= 1, f"no hint: {lines[0]}"
        assert outcome.out == "" and len(lines[0]) < 600
        for word in words:
            assert str(word) in lines[0]
        return lines[0]

    return call


@pytest.fixture
def program() -> Callable[..., Outcome]:
    """Run the program in a process of its own."""

    def run(*arguments: object, **options: Any) -> Outcome:
        command = [sys.executable, "-m", "cartoonize", *map(str, arguments)]
        options = {"capture_output": True, "text": True, "timeout": 120, **options}
        options["env"] = {**os.environ, "PYTHONPATH": str(ROOT), **options.get("env", {})}
        ended = subprocess.run(command, **options)
        return Outcome(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start a real browser. A module that asks for it has the marks `NEEDS_CHROMIUM`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print one line for every fault after `pytest -m fault`."""
    if config.option.markexpr == "fault":
        from tests.support.fault_lines import fault_lines

        terminalreporter.section("faults")
        for line in fault_lines(terminalreporter.stats):
            terminalreporter.write_line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Store the numbers of the faults that a test tries in its report."""
    outcome: Any = yield
    report = outcome.get_result()
    numbers = [mark.args[0] for mark in item.iter_markers("fault")]
    if numbers and (report.when == "call" or not report.passed):
        report.user_properties.append(("faults", numbers))
