"""Processes are killed, or run at the same time: finished work is kept, incomplete files are not seen."""

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cartoonize.methods.checkpoint import read_checkpoint, read_header
from cartoonize.workspace import Workspace
from tests.support import ROOT
from tests.support.files import tree
from tests.support.films import film
from tests.support.outcome import Outcome
from tests.support.processes import TRAIN, contents, parts

COLORIZE = ("colorize", "--variant", "plain-l2", "--codec", "ffv1", "--json", "--force")
RECIPE = """
[parameters]
sources = []
epochs = 2
pix_fmt = "yuv420p"

[[stage]]
stage = "extract"
sources = "$sources"

[[stage]]
stage = "split"
test = ["b"]

[[stage]]
stage = "train"
variants = ["plain-l2"]
width = 0.0625
batch_size = 4
accumulate = 1
epochs = "$epochs"
precision = "float32"

[[stage]]
stage = "colorize"
variants = ["plain-l2"]
codec = "ffv1"
pix_fmt = "$pix_fmt"
output = "out/b.mkv"

[[stage]]
stage = "evaluate"
colorized = ["out/*.mkv"]
output = "reports/scores.json"
"""


@dataclass(frozen=True)
class Work:
    """A call that is killed."""

    arguments: Callable[[Path], Sequence[Any]]
    """Returns the arguments of the call for a workspace."""
    result: Callable[[Path], Any]
    """Returns the files that the call leaves in a workspace. They must be the same whatever happens."""
    reached: Callable[[Path], list[Any]]
    """Returns the finished parts of the work, from the files in a workspace."""
    passed_over: Callable[[Path, Outcome], list[Any]]
    """Returns the parts that the next call did not do again."""
    name: str
    what: str
    begins_with: Path | None = None
    """Workspace that is copied first, or None."""


SLOW = pytest.mark.slow


@pytest.fixture(
    params=["extract", pytest.param("train", marks=SLOW), "colorize"]
    + [pytest.param(name, marks=SLOW) for name in ("tracks", "run")]
)
def work(request, cartoons, extracted, trained):
    return globals()[f"_{request.param}"](cartoons, extracted.root, trained.root)


def _extract(cartoons, extracted, trained):
    def result(folder):
        return contents(folder / "frames"), (folder / "manifest.json").read_bytes()

    return Work(
        lambda folder: ("extract", cartoons / "c.mkv", cartoons / "d.mkv", "--json", "-w", folder),
        result,
        lambda folder: list(Workspace(folder).load().episodes),
        lambda folder, outcome: [e["name"] for e in outcome.json["episodes"] if e["as_before"]],
        "extract",
        "episodes",
    )


def _train(cartoons, extracted, trained):
    def run(folder):
        return folder / "runs" / "plain-l2"

    def arguments(folder):
        resume = ["--resume"] if (run(folder) / "state.safetensors").exists() else []
        return (*TRAIN, *resume, "-w", folder)

    def result(folder):
        _, tensors = read_checkpoint(run(folder) / "model.safetensors")
        return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}

    def reached(folder):
        state = run(folder) / "state.safetensors"
        return read_header(state)["progress"]["validations"] if state.exists() else []

    def passed_over(folder, outcome):
        """They have times: when done again they are others."""
        curves = json.loads((run(folder) / "curves.json").read_text())
        return curves["validations"]

    return Work(arguments, result, reached, passed_over, "train", "epochs", extracted)


def _colorize(
    cartoons, extracted, trained, name="colorize", kept_in="unfinished", film="c", more=("--refine", "none")
):
    def passed_over(folder, outcome):
        (film,) = outcome.json["outputs"]
        return [1] * film["n_shots" if film["as_before"] else "n_kept_shots"]

    return Work(
        lambda folder: (*COLORIZE, *more, cartoons / f"{film}.mkv", "-w", folder),
        lambda folder: contents(folder / "out"),
        lambda folder: [1] * len(list((folder / "cache" / kept_in).rglob("*.npz"))),
        passed_over,
        name,
        "shots",
        trained,
    )


def _tracks(cartoons, extracted, trained):
    return _colorize(cartoons, extracted, trained, "tracks", "shots", "e", ("--refine", "tracks"))


def _run(cartoons, extracted, trained):
    def arguments(folder):
        (folder / "small.toml").write_text(RECIPE)
        sources = json.dumps([str(cartoons / "a.mkv"), str(cartoons / "b.mkv")])
        return ("run", folder / "small.toml", "--set", f"sources={sources}", "--json", "-w", folder)

    def result(folder):
        scores = json.loads((folder / "reports" / "scores.json").read_text())
        return contents(folder / "out"), contents(folder / "frames"), scores

    def reached(folder):
        ledger = folder / "cache" / "recipe-small.json"
        return list(json.loads(ledger.read_text())) if ledger.exists() else []

    def passed_over(folder, outcome):
        stages = outcome.json["stages"]
        return [f"{k}-{s['name'].split()[0]}" for k, s in enumerate(stages) if s["cached"]]

    return Work(arguments, result, reached, passed_over, "run", "stages")


@pytest.mark.fault(1)
@pytest.mark.parametrize("n_kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_killed_call_continues_and_its_result_is_the_same(
    work, n_kills, begin, done, tmp_path, record_property
):
    def fresh(name):
        folder = tmp_path / name
        return Path(shutil.copytree(work.begins_with, folder)) if work.begins_with else _made(folder)

    undisturbed = fresh("undisturbed")
    started = time.monotonic()
    done(*work.arguments(undisturbed))
    seconds = time.monotonic() - started
    wanted = work.result(undisturbed)
    moments = random.Random(5)
    n_hit = n_not_again = 0
    for number in range(n_kills):
        folder = fresh(str(number))
        run = begin(*work.arguments(folder))
        # Not up to the end: another run may take less time.
        if run.killed(after=0.7 * seconds * (number + moments.random()) / n_kills):
            n_hit += 1
            reached = work.reached(folder)
            outcome = done(*work.arguments(folder))
            assert work.passed_over(folder, outcome)[: len(reached)] == reached
            n_not_again += len(reached)
        assert work.result(folder) == wanted and not parts(folder)
        shutil.rmtree(folder)
    assert 2 * n_hit >= n_kills, "it was killed too late"
    record_property("counts", f"{work.name}: {n_hit} kills, {n_not_again} {work.what} not done again")


def _made(folder):
    folder.mkdir()
    return folder


#: Arguments of the call, by what it writes.
RESULTS = {
    "x.mkv": ("--codec", "ffv1"),
    "x.mp4": (),
    "pictures": ("--codec", "png"),
}


@pytest.mark.fault(2)
@pytest.mark.parametrize("name, options", RESULTS.items())
@pytest.mark.parametrize(
    "old", [pytest.param(None, marks=pytest.mark.slow), b"old"], ids=["new", "over an old one"]
)
def test_a_call_that_is_killed_before_the_rename_leaves_earlier_files(
    name, options, old, begin, done, cartoons, tmp_path
):
    output = tmp_path / "out" / name
    call = ("colorize", cartoons / "a.mkv", "--preview", "4", "--variant", "grey", "-o", output, *options)
    if old:
        file = output if output.suffix else output / "1.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(old)
        call += ("--force",)
    before = contents(output.parent)
    assert begin(*call, "-w", tmp_path, before=name).killed(after=60)
    after = contents(output.parent)
    assert parts(output.parent) and {file: after.get(file) for file in before} == before
    assert output.exists() == bool(old)
    done(*call, "-w", tmp_path)
    assert not parts(tmp_path) and contents(output.parent) != before


@pytest.mark.fault(2)
@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", [{"before": "x.eng.srt"}, {"before": "x.mp4"}, {"after": "x.mp4"}], ids=str
)
def test_a_call_that_is_killed_around_the_rename_knows_its_files(moment, begin, done, tmp_path):
    source = film(tmp_path / "a.mkv", 1, 8, grey=True)
    out = tmp_path / "out"
    call = ("colorize", source, "--variant", "grey", "-o", out / "x.mp4", "-w", tmp_path, "--json")
    assert begin(*call, **moment).killed(after=60)
    as_before = (out / "x.mp4").exists()
    assert as_before == ("after" in moment)
    (summary,) = json.loads(done(*call).out)["outputs"]
    assert summary["as_before"] == as_before and summary["n_kept_shots"] == summary["n_shots"] * (
        not as_before
    )
    assert {path.name for path in out.iterdir()} == {"x.mp4", "x.eng.srt"}
    other = begin(*call, "--crf", "30").ended()
    assert other.code == 1 and "exists already" in other.err


@pytest.mark.fault(2)
@pytest.mark.slow
@pytest.mark.parametrize("name", ["state.safetensors", "model.safetensors", "curves.json"])
def test_a_training_that_is_killed_before_the_rename_leaves_the_earlier_one(name, begin, done, studio):
    run = studio.runs / "plain-l2"
    call = (*TRAIN[:-1], "1", "--seed", "1", "--force", "-w", studio.root)
    before = (run / name).read_bytes()
    assert begin(*call, before=name).killed(after=60)
    assert (run / name).read_bytes() == before and parts(run)
    read_checkpoint(run / "model.safetensors")
    done(*call)
    assert (run / name).read_bytes() != before and not parts(studio.root)


@pytest.mark.fault(22)
@pytest.mark.slow
def test_only_stages_that_depend_on_a_changed_option_run_again(done, cartoons, tmp_path, record_property):
    call = (*_run(cartoons, None, None).arguments(tmp_path), "--set", "epochs=1")

    def reasons(*more):
        return [stage["reason"] for stage in done(*call, *more).json["stages"]]

    assert reasons() == ["not done yet"] * 5
    before = tree(tmp_path / "out")
    assert reasons() == reasons("-v") == [""] * 5 and tree(tmp_path / "out") == before
    *done_before, colorize, evaluate = reasons("--set", "pix_fmt=yuv444p")
    assert done_before == [""] * 3 and "option pix_fmt changed" in colorize and "b.mkv changed" in evaluate
    *done_before, train, colorize, evaluate = reasons("--set", "pix_fmt=yuv444p", "--set", "epochs=2")
    assert done_before == [""] * 2 and "option epochs changed" in train
    assert "the checkpoints changed" in colorize and "b.mkv changed" in evaluate
    record_property("counts", "5 stages: 0, 0, 2 and 3 of them ran again")


def reached(path, run):
    """Wait until a call writes a file."""
    while not path.exists():
        assert run.process.is_alive(), run.ended()
        time.sleep(0.01)


def stopped(begin, call, output, studio):
    """Begin a call, and stop it while it writes. If a busy machine is late and it is done, begin anew."""
    while True:
        run = begin(*call)
        reached(output.with_name(f".{output.name}.part"), run)
        run.signal(signal.SIGSTOP)
        if not output.exists():
            return run
        run.signal(signal.SIGCONT)
        run.ended()
        output.unlink()
        shutil.rmtree(studio.cache)


@pytest.mark.fault(23)
def test_two_calls_with_one_output_the_second_fails(begin, done, cartoons, studio, tmp_path):
    call = (*COLORIZE, cartoons / "a.mkv", "-o", tmp_path / "x.mkv", "-w", studio.root)
    first = stopped(begin, call, tmp_path / "x.mkv", studio)  # so that it still runs when the second begins
    second = begin(*call).ended()
    assert second.code == 1 and "x.mkv: another process is writing it. " in second.err
    assert second.err.count("Error") == 1 and second.out == ""
    first.signal(signal.SIGCONT)
    assert first.ended().code == 0
    written = (tmp_path / "x.mkv").read_bytes()
    done(*call, "--again")
    assert (tmp_path / "x.mkv").read_bytes() == written and not parts(tmp_path)


@pytest.mark.fault(23)
def test_a_killed_call_releases_its_output(begin, done, cartoons, studio, tmp_path):
    call = (*COLORIZE, cartoons / "a.mkv", "-o", tmp_path / "x.mkv", "-w", studio.root)
    first = stopped(begin, call, tmp_path / "x.mkv", studio)
    assert begin(*call).ended().code == 1
    assert first.killed()
    done(*call)
    assert not parts(tmp_path)


@pytest.mark.fault(23)
@pytest.mark.parametrize("n_times", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_two_calls_that_begin_at_the_same_time(n_times, begin, cartoons, studio, tmp_path, record_property):
    """With the same output one succeeds. With two outputs, which share the cache of the film, both do."""
    wins = 0
    for number in range(n_times):
        same, others = tmp_path / f"same-{number}.mkv", [tmp_path / f"{k}-{number}.mkv" for k in "ab"]
        for outputs in ([same, same], others):
            call = (*COLORIZE, cartoons / "a.mkv", "-w", studio.root, "-o")
            ended = [run.ended() for run in [begin(*call, output) for output in outputs]]
            refused = [outcome for outcome in ended if outcome.code]
            assert len(refused) == 0 or outputs[0] == outputs[1] and len(refused) == 1, refused
            assert all("another process is writing it" in outcome.err for outcome in refused)
            wins += len(refused)
        assert len({path.read_bytes() for path in (same, *others)}) == 1
    assert not parts(tmp_path)
    record_property("counts", f"{2 * n_times} meetings of two colorize, {wins} of {n_times} refused")


@pytest.mark.fault(23)
@pytest.mark.parametrize("kind", ["extract", pytest.param("train", marks=SLOW)])
def test_a_workspace_is_locked_until_its_process_is_killed(kind, begin, done, cartoons, workspace):
    root = workspace.root
    calls = {
        "extract": ("extract", cartoons / "c.mkv", cartoons / "d.mkv", "-w", root),
        "train": (*TRAIN, "-w", root),
    }
    way = {"extract": root / "frames" / ".c.part", "train": root / "runs" / "plain-l2" / "state.safetensors"}
    first = begin(*calls[kind])
    reached(way[kind], first)
    first.signal(signal.SIGSTOP)
    before = workspace.load()
    for call in calls.values():
        second = begin(*call).ended()
        line = f"Error: {root}: another cartoonize process is using this workspace. "
        assert second.code == 1 and second.err.startswith(line) and len(second.err.splitlines()) == 1
    assert workspace.load() == before and first.killed()
    for call in calls.values():
        done(*call)
    assert {"c", "d"} < set(workspace.load().episodes) and not parts(root)
    read_checkpoint(workspace.checkpoint("plain-l2"))


#: Python runs this at the start of every process. Workers of dask that read a film end themselves.
DEADLY = """
import os, sys, time
if "--multiprocessing-fork" in sys.orig_argv:
    from cartoonize.cluster import worker
    def deadly(*job):
        time.sleep(2)  # a worker that dies at once is not started again
        os.kill(os.getpid(), 9)
    worker._frames = deadly
"""


@pytest.mark.fault(24)
@pytest.mark.slow
def test_a_job_that_kills_every_worker_ends_with_one_line(program, cartoons, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(DEADLY)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    call = ("colorize", cartoons / "a.mkv", "--variant", "grey", "-o", tmp_path / "out" / "x.mkv")
    outcome = program(*call, "-w", tmp_path, "--scheduler", "local[2]", "-q", env={"PYTHONPATH": path})
    last = outcome.err.splitlines()[-1]
    assert outcome.code == 1 and last.startswith("Error: ") and "one worker after the other died. " in last
    assert outcome.err.count("Error") == 1 and "Traceback" not in outcome.err, outcome.err
    assert not list((tmp_path / "out").iterdir())
