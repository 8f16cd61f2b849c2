"""Mutants, which are files with random damage, and the processes that open them.

A seed makes the damage repeatable. `run_mutants` starts this module as one process. The process imports
everything and runs the undamaged controls. Then it forks once for every command line: a fork takes a tenth
of the time of a new interpreter.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.support import ROOT

Rng = np.random.Generator

# Damage to bytes

_NUMBERS = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]


def _flip(data: bytearray, at: int, length: int, rng: Rng) -> None:
    for place in rng.integers(at, min(at + 4 * length, len(data)), min(length, 16)):
        data[place] ^= 1 << int(rng.integers(8))


def _overwrite(data: bytearray, at: int, length: int, rng: Rng) -> None:
    n = len(data[at : at + length])
    data[at : at + n] = (bytes(n), b"\xff" * n, rng.bytes(n))[rng.integers(3)]


def _delete(data: bytearray, at: int, length: int, rng: Rng) -> None:
    del data[at : at + length]


def _insert(data: bytearray, at: int, length: int, rng: Rng) -> None:
    data[at:at] = rng.bytes(length)


def _duplicate(data: bytearray, at: int, length: int, rng: Rng) -> None:
    data[at:at] = data[at : at + length]


def _truncate(data: bytearray, at: int, length: int, rng: Rng) -> None:
    del data[at:]


def _swap(data: bytearray, at: int, length: int, rng: Rng) -> None:
    other = int(rng.integers(len(data)))
    n = min(length, abs(at - other), len(data) - max(at, other))
    data[at : at + n], data[other : other + n] = data[other : other + n], data[at : at + n]


def _number(data: bytearray, at: int, length: int, rng: Rng) -> None:
    n = len(data[at : at + 4])
    data[at : at + n] = int(rng.choice(_NUMBERS)).to_bytes(4, ("big", "little")[rng.integers(2)])[:n]


_DAMAGES = (_flip, _overwrite, _delete, _insert, _duplicate, _truncate, _swap, _number)


def damaged(data: bytes, rng: Rng, marks: Sequence[int] = ()) -> bytes:
    """Damage bytes at one to three places.

    Parameters
    ----------
    data : bytes
    rng : numpy.random.Generator
    marks : sequence of int
        Places where the structure of the file is. Every second damage is near a mark.
    """
    changed = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(len(changed)))
        if marks and rng.integers(2):
            at = min(marks[int(rng.integers(len(marks)))] + int(rng.integers(-4, 32)), len(changed) - 1)
        length = int(2 ** rng.uniform(0, 11))
        _DAMAGES[rng.integers(len(_DAMAGES))](changed, max(at, 0), length, rng)
        if not changed:
            break
    return bytes(changed)


# Damage to what JSON and TOML hold

#: `written` replaces these by text that no writer of JSON or TOML writes.
_DEEP, _DIGITS = "@deep@", "@digits@"
_TEXTS = ["", "x", "x" * 100_000, "a\0b", "\x1b[31m\n\r\t", "ünï ©\ud800", "{x}", "$x", "none", "e1"]
_TEXTS += ["../../x", "/etc/passwd", "/", "/dev/zero", "***", "1e999999999", "0/1", "1/3"]
_NUMERALS = [
    0,
    -1,
    1,
    3,
    2**31,
    -(2**63),
    10**400,
    0.5,
    -0.5,
    1e308,
    float("nan"),
    float("inf"),
    -float("inf"),
]
_LISTS = [[], [[]], [0, 1], ["x"], [-1, -1], [[0, 10**12]], list(range(1000))]
_VALUES: list[Any] = [*_TEXTS, *_NUMERALS, *_LISTS, None, True, False, {}, {"x": 1}, _DEEP, _DIGITS]


def changed_tree(tree: Any, rng: Rng) -> Any:
    """Replace, remove, rename or move one to three values of a tree, as JSON or TOML holds it."""
    for _ in range(rng.integers(1, 4)):
        tree = deepcopy(tree)  # no object may be in it twice
        places = list(_places(tree))
        if not places:
            break
        holder, key = places[rng.integers(len(places))]
        value, how = holder[key], rng.integers(10)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, dict):
            holder[str(_VALUES[rng.integers(len(_VALUES))])] = holder.pop(key)
        elif how == 2 and isinstance(holder, list):
            holder.insert(key, value)
        elif how == 3:
            other, place = places[rng.integers(len(places))]
            holder[key] = deepcopy(other[place])
        elif how == 4:
            holder[key] = [value]
        else:
            alike = [v for v in _VALUES if type(v) is type(value)]
            known = alike if alike and how < 9 else _VALUES
            holder[key] = known[rng.integers(len(known))]
    return tree


def _places(tree: Any) -> Any:
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def written(text: str) -> str:
    """Insert text that no writer of JSON or TOML writes: very many brackets, very long numbers."""
    text = text.replace(f'"{_DEEP}"', "[" * 100_000 + "]" * 100_000)
    return text.replace(f'"{_DIGITS}"', "9" * 5000)


def toml_of(table: dict[str, Any]) -> str:
    """Return a table as TOML with inline values only."""
    return "".join(f"{json.dumps(str(key))} = {_toml_value(value)}\n" for key, value in table.items())


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {_toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, float):
        return repr(value)
    return "1979-05-27" if value is None else json.dumps(value)


# Damage to checkpoints


def changed_checkpoint(data: bytes, rng: Rng) -> bytes:
    """Damage a checkpoint or its header, or return a pickle that ends the process that loads it."""
    n = int.from_bytes(data[:8], "little")
    header, weights = data[8 : 8 + n], data[8 + n :]
    how = rng.integers(20)
    if how == 0:
        return b"\x80\x04cos\n_exit\n(K" + bytes([int(rng.integers(3, 200))]) + b"tR."
    if how < 6:
        return damaged(data, rng, marks=range(0, min(n, len(data)), 7))
    if how < 8:
        wrong = [0, 1, n - 1, n + 1, 2**31, 2**63 - 1]
        return min(max(wrong[rng.integers(len(wrong))], 0), 2**64 - 1).to_bytes(8, "little") + data[8:]
    try:
        tree = json.loads(header)
        if how < 11:  # the header of safetensors about the tensors
            header = written(json.dumps(changed_tree(tree, rng))).encode()
        else:  # the header of cartoonize; the hash covers the weights alone
            told = changed_tree(json.loads(tree["__metadata__"]["cartoonize"]), rng)
            tree["__metadata__"]["cartoonize"] = written(json.dumps(told))
            header = json.dumps(tree).encode()
    except (ValueError, KeyError, TypeError, RecursionError):  # an earlier damage broke the header
        return damaged(data, rng)
    return len(header).to_bytes(8, "little") + header + weights


# Processes


@dataclass(frozen=True)
class Job:
    """A call of the program in a folder."""

    arguments: tuple[str, ...]
    folder: str


@dataclass(frozen=True)
class Ending:
    """The end of a call."""

    code: int
    """The exit code, or the negative number of the signal that ended the process."""
    late: bool
    """Whether the time limit ended it."""
    seconds: float
    megabytes: float
    """The peak of its memory, which includes the memory that all forks share."""
    out: str = ""
    err: str = ""


def run_mutants(
    jobs: Sequence[Job],
    controls: Sequence[Job],
    *,
    seconds: float = 20,
    gigabytes: float = 4,
    at_once: int = 2,
) -> list[Ending]:
    """Run every job in a process of its own.

    Parameters
    ----------
    jobs : sequence of Job
    controls : sequence of Job
        Calls that have to succeed. They run first, in the process that forks, which so loads and compiles
        everything.
    seconds : float
        The time limit of a job.
    gigabytes : float
        The address space of a job, beside the space of the process that forks.
    at_once : int
        The number of jobs that run at the same time.

    Returns
    -------
    list of Ending
        One for each job, in their order. A job that a signal or the time limit ended runs a second time in a
        new interpreter, and the list holds its second end. So the fork cannot be the cause.
    """
    plan = {
        "controls": [asdict(job) for job in controls],
        "jobs": [asdict(job) for job in jobs],
        "limits": [seconds, gigabytes],
        "at_once": at_once,
    }
    # A fork copies one thread only, so the process must not start other ones.
    alone = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    server = subprocess.run(
        [sys.executable, "-m", "tests.support.mutants"],
        input=json.dumps(plan),
        env={**os.environ, **alone, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    if server.returncode:
        raise RuntimeError(f"the server of forks ended: {server.stderr[-4000:]}")
    endings = [Ending(**ended) for ended in json.loads(server.stdout.splitlines()[-1])]
    endings = [
        _again(job, seconds, gigabytes) if ending.code < 0 else ending
        for job, ending in zip(jobs, endings, strict=True)
    ]
    return [_with_words(job, ending) for job, ending in zip(jobs, endings, strict=True)]


def _with_words(job: Job, ending: Ending) -> Ending:
    out, err = ((Path(job.folder) / name).read_text(errors="replace") for name in ("stdout", "stderr"))
    return replace(ending, out=out, err=err)


def _again(job: Job, seconds: float, gigabytes: float) -> Ending:
    """Run a job in a new interpreter, with twice the time, as it has to load everything."""
    code = "from tests.support import mutants; mutants.alone()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    plan = json.dumps([asdict(job), seconds, gigabytes])
    started = time.perf_counter()
    late = False
    process = subprocess.Popen([sys.executable, "-c", code, plan], env=environment, process_group=0)
    try:
        ended = process.wait(2 * seconds)
    except subprocess.TimeoutExpired:
        late = True
        os.killpg(process.pid, signal.SIGKILL)
        ended = process.wait()
    return Ending(ended, late, time.perf_counter() - started, 0)


def alone() -> None:
    """Run the job of the command line and end this process."""
    job, seconds, gigabytes = json.loads(sys.argv[1])
    import torch  # noqa: F401, because its memory does not count for the limit

    _be(Job(**job), 2 * seconds, gigabytes)


def _serve(plan: dict[str, Any]) -> list[Ending]:
    import cv2
    import torch

    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    for control in plan["controls"]:
        control = Job(**control)
        os.chdir(control.folder)
        code = _call(control.arguments)
        if code:
            raise RuntimeError(f"the control {' '.join(control.arguments)} ended with {code}")
    patience = time.monotonic() + 20  # threads that have ended leave the list a little later
    while (n_threads := len(list(Path("/proc/self/task").iterdir()))) > 1:
        if time.monotonic() > patience:
            raise RuntimeError(f"{n_threads} threads are alive: forks would wait for them for ever")
        time.sleep(0.05)
    seconds, gigabytes = plan["limits"]
    return _fork([Job(**job) for job in plan["jobs"]], seconds, gigabytes, plan["at_once"])


def _fork(jobs: Sequence[Job], seconds: float, gigabytes: float, at_once: int) -> list[Ending]:
    endings: list[Ending | None] = [None] * len(jobs)
    running: dict[int, tuple[int, float]] = {}
    late: set[int] = set()
    waiting = iter(enumerate(jobs))
    while None in endings:
        while len(running) < at_once and (next_one := next(waiting, None)):
            number, job = next_one
            if (child := os.fork()) == 0:
                _be(job, seconds, gigabytes)
            running[child] = number, time.perf_counter()
        child, status, used = os.wait4(-1, os.WNOHANG)
        now = time.perf_counter()
        if child:
            number, started = running.pop(child)
            code = os.waitstatus_to_exitcode(status)
            endings[number] = Ending(code, child in late, now - started, used.ru_maxrss / 1024)
            with suppress(ProcessLookupError):  # ends the processes that it started
                os.killpg(child, signal.SIGKILL)
            continue
        for child, (_, started) in running.items():
            if now - started > seconds and child not in late:
                late.add(child)
                os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    return [ending for ending in endings if ending is not None]


def _be(job: Job, seconds: float, gigabytes: float) -> None:
    """Run a job in this process and end it.

    The process works in the folder of the job, has limits, and writes its output to files in the folder.
    """
    os.setpgid(0, 0)
    os.chdir(job.folder)
    for name, number in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    space = loaded + int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()  # reports where a crash happens
    faulthandler.dump_traceback_later(seconds * 0.9)  # reports where it hangs
    code = _call(job.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _call(arguments: Sequence[str]) -> int:
    """Call the program as its entry point does."""
    from cartoonize.cli.main import main

    sys.argv = ["cartoonize", *arguments]
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


if __name__ == "__main__":
    print("\n" + json.dumps([asdict(ending) for ending in _serve(json.load(sys.stdin))]))
