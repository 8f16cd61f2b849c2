"""Ctrl-C and SIGTERM: one line that says what is kept and how to continue."""

import importlib
import os
import signal
import subprocess
import sys
import time

import pytest

from cartoonize.cli.interruption import describe_interruption
from tests.support import ROOT
from tests.support.films import film


@pytest.fixture(autouse=True)
def called_alone(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cartoonize"])
    monkeypatch.delenv("RANK", raising=False)


def test_the_command_that_continues_is_complete_and_quoted():
    assert describe_interruption(["colorize", "my film.mkv", "-w", "work"]) == (
        "Interrupted. Coloured shots are kept. To continue: `cartoonize colorize 'my film.mkv' -w work`"
    )
    assert describe_interruption(["train", "--seed", "3"]) == (
        "Interrupted. The training is kept up to its last update."
        " To continue: `cartoonize train --seed 3 --resume`"
    )
    assert describe_interruption(["train", "--resume"]).count("--resume") == 1
    assert describe_interruption(["run", "thesis"]).endswith("To continue: `cartoonize run thesis`")
    assert "Finished work is kept." in describe_interruption(["evaluate", "a.mkv"])
    assert "Finished work is kept." in describe_interruption([])


def test_parts_of_films_are_not_said_to_be_kept():
    for option in (["--preview", "24"], ["--end=3"], ["--confidence-video"]):
        line = describe_interruption(["colorize", "a.mkv", *option])
        assert "Shots are not kept" in line and "are kept." not in line


def test_the_command_of_several_processes_is_not_guessed(monkeypatch):
    monkeypatch.setenv("RANK", "0")
    assert describe_interruption(["train"]) == (
        "Interrupted. The training is kept up to its last update."
        " To continue, run the same command again, with --resume."
    )


def test_an_interrupted_command_ends_with_130(cartoonize, monkeypatch, tmp_path):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("cartoonize.cli.split"), "split", interrupted)
    outcome = cartoonize("split", "-w", tmp_path)
    assert outcome.code == 130 and outcome.out == ""
    assert outcome.err.strip() == (
        f"Interrupted. Finished work is kept. To continue: `cartoonize split -w {tmp_path}`"
    )


def test_the_signal_handler_is_the_one_of_before_after_a_call(cartoonize, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    cartoonize("--version")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_interrupted_in_the_middle_leaves_nothing_half_written(tmp_path, number):
    long = film(tmp_path / "long.mkv", n_frames=120)
    command = [sys.executable, "-m", "cartoonize", "extract", "--again", "-w", str(tmp_path / "w")]
    command += [str(long)] * 500
    errors = interrupted_when_exists(tmp_path / "w" / "manifest.json", command, number)
    assert "Complete episodes are kept." in errors and str(long) in errors
    assert [p.name for p in (tmp_path / "w" / "frames").iterdir()] == ["long"]
    assert not list((tmp_path / "w").rglob("*.part"))


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_colouring_is_interrupted_by_both_signals(tmp_path, number):
    long = film(tmp_path / "long film.mkv", n_frames=600)
    command = [sys.executable, "-m", "cartoonize", "colorize", str(long), "--variant", "grey"]
    command += ["-w", str(tmp_path / "w")]
    errors = interrupted_when_exists(tmp_path / "w" / "cache" / "unfinished", command, number)
    assert "Coloured shots are kept." in errors and f"colorize '{long}' --variant grey" in errors
    assert list((tmp_path / "w" / "out").iterdir()) == []


def interrupted_when_exists(path, command, number):
    """Start a command, send a signal when a path exists, and return its last line on standard error."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        # Tests that a script starts in the background ignore SIGINT, and so do their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("Interrupted. "), errors
    return errors.splitlines()[-1]
