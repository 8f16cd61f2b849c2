"""Workers of dask.distributed: their results equal those of this process, even if workers die."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from cartoonize.annotations.annotations import Annotations
from cartoonize.cluster import connection as clusters
from cartoonize.cluster import scheduler
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.errors import ClusterError, SourceError
from cartoonize.filters.predict import PredictOptions
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace
from tests.support import ROOT
from tests.support.reporters import Recorder, stopping_at
from tests.support.workers import N_FRAMES, SHOTS, options, pictures


def same(here, there):
    """Check that two lists of summaries and their files are equal, apart from times and places."""
    for one, two in zip(here, there, strict=True):
        assert Path(one.output).read_bytes() == Path(two.output).read_bytes()
        assert (one.holes is None) == (two.holes is None)
        unlike = {"output": "", "holes": None, "seconds": 0.0, "confidence": None}
        assert replace(one, **unlike) == replace(two, **unlike)
        if one.confidence:
            shots = [json.loads(Path(film.confidence).read_text())["shots"] for film in (one, two)]
            assert shots[0] == shots[1] != []


def test_two_workers_write_the_same_files_from_the_command_line(cartoonize, folder, tmp_path):
    def call(name, *more):
        networks = [part for path in sorted(folder.glob("*.safetensors")) for part in ("--checkpoint", path)]
        call = ("colorize", folder / "e1.mkv", folder / "e2.mkv", *networks, "--refine", "grow", *more)
        out = cartoonize(*call, "--codec", "ffv1", "--json", "-o", tmp_path / name, "-w", tmp_path / "w")
        assert out.code == 0, out.err
        return out.json["outputs"], out.err

    (here, _), (there, messages) = call("here"), call("there", "--scheduler", "local[2]")
    assert "Colouring on 2 workers: cpu, " in messages
    assert [film["n_frames"] for film in here] == N_FRAMES
    for one, two in zip(here, there, strict=True):
        assert Path(one["output"]).read_bytes() == Path(two["output"]).read_bytes()
        for key in set(one) - {"output", "seconds"}:
            assert one[key] == two[key]


@pytest.mark.parametrize(
    "chosen",
    [
        options("grow", "result", decode="sample", start=0.5, end=1.5),
        options(precision="bfloat16", start=1.25, preview=60),
        options("tracks", start=0.5, end=1.5),
    ],
    ids=["part", "preview", "tracks"],
)
def test_other_options_and_numbers_of_threads(chosen, ensemble, cluster, folder, tmp_path):
    n_threads = torch.get_num_threads()
    torch.set_num_threads(n_threads + 2)  # colours do not depend on it
    try:
        here, there = (
            colorize(
                Workspace(tmp_path),
                [folder / "e1.mkv"],
                choice=ensemble,
                options=chosen,
                output=tmp_path / f"{name}.mkv",
                run=RunOptions(by),
            )
            for name, by in (("here", None), ("there", cluster.scheduler_address))
        )
    finally:
        torch.set_num_threads(n_threads)
    same(here, there)


def test_scribbles_apply_to_the_same_frames(cluster, folder, tmp_path):
    """Levin depends on the position of a frame in the film, and begins a new drawing within a hold."""
    marks = tmp_path / "marks"
    marks.mkdir()
    for number in (40, 42):
        mark = np.zeros((48, 64, 4), np.uint8)
        mark[20:24, 10:40] = (*np.random.default_rng(number).integers(0, 255, 3), 255)
        cv2.imwrite(str(marks / f"{number}.png"), mark)
    here, there = (
        colorize(
            Workspace(tmp_path),
            [folder / "e1.mkv"],
            choice=Choice(("levin",)),
            annotations=Annotations(scribbles=marks),
            options=options(start=1.54, end=1.87),
            output=tmp_path / f"{name}.mkv",
            run=RunOptions(by),
        )
        for name, by in (("here", None), ("there", cluster.scheduler_address))
    )
    same(here, there)
    with open_source(tmp_path / "there.mkv") as source:
        spread = [np.ptp(frame.rgb.astype(int), axis=2).max() for frame in source.frames(rgb=True)]
    assert len(spread) == 8  # from frame 37 on; frame 39 begins a shot and is held
    assert max(spread[:3]) < 6 < min(spread[3:])


def test_pictures_and_a_damaged_film(cluster, folder, tmp_path):
    stills = tmp_path / "stills"
    stills.mkdir()
    for number, picture in enumerate(list(pictures(SHOTS[1]))[2:10]):
        cv2.imwrite(str(stills / f"{number}.png"), picture)
    whole = (folder / "e1.mkv").read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 8 : len(whole) // 8 + 400] = bytes(400)
    (tmp_path / "damaged.mkv").write_bytes(damaged)
    for source, name in ((stills, "s"), (tmp_path / "damaged.mkv", "d.mkv")):
        here, there = (
            colorize(
                Workspace(tmp_path),
                [source],
                choice=Choice(("grey",), checkpoints=(folder / "plain.safetensors",)),
                options=options(allow_damaged=True, preview=30),
                output=tmp_path / f"{by}-{name}",
                run=RunOptions(address),
            )
            for by, address in (("here", None), ("there", cluster.scheduler_address))
        )
        assert [f.n_frames for f in here] == [f.n_frames for f in there]
        if source.is_dir():
            files = [sorted((tmp_path / f"{by}-s").iterdir()) for by in ("here", "there")]
            assert len(files[0]) == 8
            assert all(a.read_bytes() == b.read_bytes() for a, b in zip(*files, strict=True))
        else:
            same(here, there)
            assert here[0].warnings and here[0].warnings == there[0].warnings


@pytest.mark.fault(24)
def test_the_shots_of_killed_workers_are_coloured_by_others(cluster, folder, tmp_path):
    from distributed import Client

    chosen, killed = options("grow"), []

    def kill(label, n_done, n_expected):
        if not killed and n_done and not label.startswith("looking for"):  # the workers have begun
            with Client(cluster, set_as_default=False) as client:
                killed.extend(client.run(os.getpid).values())
            for process in killed:
                os.kill(process, signal.SIGKILL)

    recorder = Recorder(kill)
    films = [folder / "e1.mkv", folder / "e2.mkv"]
    choice = Choice(checkpoints=(folder / "plain.safetensors",))
    here = colorize(Workspace(tmp_path), films, choice=choice, options=chosen, output=tmp_path / "here")
    there = colorize(
        Workspace(tmp_path),
        films,
        choice=choice,
        options=chosen,
        output=tmp_path / "there",
        run=RunOptions(cluster.scheduler_address),
        reporter=recorder,
    )
    same(here, there)
    assert len(killed) == 2
    assert sum(line.startswith("Worker tcp://") and "is gone" in line for line in recorder.warnings) == 2


@pytest.mark.fault(1)
@pytest.mark.parametrize("goes_on", ["there", "here"])
def test_shots_that_workers_coloured_are_not_coloured_again(goes_on, cluster, folder, tmp_path):
    class StopError(Exception):
        pass

    def color(root, name, scheduler=None, **more):
        (done,) = colorize(
            Workspace(tmp_path / root),
            [folder / "e1.mkv"],
            choice=Choice(checkpoints=(folder / "plain.safetensors",)),
            options=options("grow"),
            output=tmp_path / name,
            run=RunOptions(scheduler),
            **more,
        )
        return done

    whole = color("other", "whole.mkv")
    address = cluster.scheduler_address
    with pytest.raises(StopError):
        color("w", "x.mkv", address, reporter=stopping_at(40, StopError()))  # in the third shot
    assert not (tmp_path / "x.mkv").exists()
    done = color("w", "x.mkv", address if goes_on == "there" else None)
    assert (tmp_path / "x.mkv").read_bytes() == Path(whole.output).read_bytes()
    assert (done.n_kept_shots, done.n_shots) == (3, 4)  # a shot is kept when a worker has sent it
    assert not list((tmp_path / "w" / "cache" / "unfinished").iterdir())


#: Loaded by workers. The second shot ends their process, as if memory were too small for it.
DEADLY = """
import os, time
from cartoonize.cluster import worker

def deadly(settings, job, evidence):
    if job.shot_start == 5:
        time.sleep(0.5)  # a worker that dies at once is not started again
        os._exit(1)
    return colored(settings, job, evidence)

if worker._colored.__name__ != "deadly":  # this file is loaded more than once
    colored = worker._colored
    worker._colored = deadly
"""


@pytest.mark.slow
@pytest.mark.fault(24)
def test_a_shot_that_kills_workers_is_an_error_after_the_other_shots_are_done(folder, tmp_path):
    from distributed import LocalCluster

    def color(root, **more):
        (done,) = colorize(
            Workspace(tmp_path / root),
            [folder / "e1.mkv"],
            choice=Choice(checkpoints=(folder / "plain.safetensors",)),
            options=options(),
            output=tmp_path / f"{root}.mkv",
            **more,
        )
        return done

    (tmp_path / "deadly.py").write_text(DEADLY)
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address="localhost:0",
            silence_logs=60,
            preload=[str(tmp_path / "deadly.py")],
            scheduler_kwargs={"allowed_failures": 1},
        ) as deadly,
        pytest.raises(
            ClusterError, match=r"e1\.mkv, in the shot from frame 5 on: one worker after the other"
        ),
    ):
        color("w", run=RunOptions(deadly.scheduler_address))
    assert not (tmp_path / "w.mkv").exists()
    done, whole = color("w"), color("other")
    assert (done.n_kept_shots, done.n_shots) == (3, 4)
    assert Path(done.output).read_bytes() == Path(whole.output).read_bytes()


def test_each_worker_has_only_a_few_jobs():
    class Workers:
        submitted, cancelled = [], []

        def size(self):
            return 2

        def submit(self, job):
            self.submitted.append(Future())
            return self.submitted[-1]

        def result(self, future, job):
            return "colours"

        def cancel(self, futures):
            self.cancelled = futures

    class Future:
        def done(self):
            return False

    workers, path = Workers(), Path("film.mkv")
    shots = (SimpleNamespace(start=k, job=SimpleNamespace(path=path)) for k in range(100))
    done = scheduler._in_order(workers, workers.submit, shots)
    for n_finished in range(1, 11):
        next(done)
        assert len(workers.submitted) - n_finished < scheduler._IN_FLIGHT * 2
    done.close()
    assert workers.cancelled == workers.submitted[10:] != []


def test_workers_are_checked_before_anything_is_written(cluster, folder, tmp_path, monkeypatch):
    from distributed import Client

    def call(**more):
        return colorize(
            Workspace(tmp_path),
            [folder / "e1.mkv"],
            choice=Choice(("grey",)),
            output=tmp_path / "x.mkv",
            run=RunOptions(cluster.scheduler_address),
            **more,
        )

    with (
        Client(cluster, set_as_default=False) as client,
        pytest.raises(ClusterError, match="/nowhere/e1.mkv"),
    ):
        clusters.Workers(client, Recorder()).ask("cpu", [Path("/nowhere/e1.mkv")])
    if not torch.cuda.is_available():
        with pytest.raises(ClusterError, match="worker tcp://.*no CUDA device"):
            call(options=ColorizeOptions(PredictOptions(device="cuda")))
    monkeypatch.setattr(clusters, "__version__", "99.0")
    with pytest.raises(ClusterError, match=r"has cartoonize .*Install cartoonize 99\.0"):
        call()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault(2)
def test_an_incomplete_film_leaves_nothing(cluster, folder, tmp_path):
    whole = (folder / "e1.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(SourceError, match=r"cut\.mkv"):
        colorize(
            Workspace(tmp_path),
            [tmp_path / "cut.mkv"],
            choice=Choice(("grey",)),
            options=options(),
            output=tmp_path / "x.mkv",
            run=RunOptions(cluster.scheduler_address),
        )
    assert [path.name for path in tmp_path.iterdir()] == ["cut.mkv"]


@pytest.mark.slow
@pytest.mark.fault(2)
def test_an_interrupt_ends_all_workers(folder, tmp_path):
    """The signal is sent to the whole process group, as a terminal does."""
    write_film(tmp_path / "long.mkv", (p for n in range(40) for p in pictures(SHOTS[1], n)), frame_rate=24)
    arguments = ["colorize", tmp_path / "long.mkv", "--checkpoint", folder / "plain.safetensors", "--refine"]
    arguments += ["grow", "--device", "cpu", "-w", tmp_path / "w", "-o", tmp_path / "out", "--scheduler"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cartoonize", *map(str, arguments), "local[2]"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 90
    while not list((tmp_path / "out").glob("*")) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(err.strip().splitlines()) == 1 and err.strip().startswith("Interrupted."), err
    assert list((tmp_path / "out").glob("*")) == []
