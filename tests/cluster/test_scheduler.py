"""Workers of dask.distributed: their results equal those of this process, even if workers die."""

import json
import os
import pickle
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
from cartoonize.cluster import local_worker, scheduler, worker
from cartoonize.cluster.jobs import JobSettings, NumberedShot, contents_of, shots_of
from cartoonize.coloring.ensemble import Choice, choose_ensemble
from cartoonize.coloring.films import open_film
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.errors import ClusterError, SourceError, UsageError
from cartoonize.filters.predict import LOOKAHEAD, PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source, write_film
from cartoonize.workspace import Workspace
from tests.support import ROOT
from tests.support.reporters import Recorder, stopping_at

#: Shots of two films: the number of frames, and for how many frames a drawing is held. One is a long hold.
SHOTS = {1: ((5, 1), (34, 1), (LOOKAHEAD + 12, LOOKAHEAD + 12), (6, 3)), 2: ((4, 2), (3, 1))}
N_FRAMES = [sum(n_frames for n_frames, _ in SHOTS[number]) for number in (1, 2)]
GREY = ("grey",)
WIDTH = 1 / 16


def pictures(shots, seed=0):
    random = np.random.default_rng(seed)
    for n_frames, times in shots:
        ground = random.integers(40, 220, (6, 8, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
        for number in range(n_frames):
            picture, at = ground.copy(), number // times * 5 % 50
            picture[8:30, at : at + 14] = 255 - ground[8:30, at : at + 14]
            yield picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write two films and two untrained networks."""
    folder = tmp_path_factory.mktemp("scheduler")
    for number, shots in SHOTS.items():
        write_film(folder / f"e{number}.mkv", pictures(shots, number), frame_rate=24, gop=20)
    torch.manual_seed(0)
    for name, luminance in (("plain", "grey"), ("residual-norebalance", "cielab")):
        header = {"variant": name, "name": name, "width": WIDTH, "luminance": luminance}
        write_checkpoint(folder / f"{name}.safetensors", VARIANTS[name].build(WIDTH).state_dict(), header)
    return folder


@pytest.fixture(scope="module")
def ensemble(folder):
    return Choice(checkpoints=tuple(sorted(folder.glob("*.safetensors"))))


def options(refine="none", order="members", decode="expectation", precision="float32", **render):
    return ColorizeOptions(
        PredictOptions(decode=decode, device="cpu", precision=precision),
        RefineOptions(refine),
        RenderOptions(codec="ffv1", **render),
        order,
    )


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
                choice=Choice(GREY, checkpoints=(folder / "plain.safetensors",)),
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


def _is_not_cached(start):
    return False, None


def numbered(path, output, cached=_is_not_cached):
    """Return the shots of a film, and its frames."""
    with open_source(path) as source:
        film = open_film(source, output, [], RenderOptions(codec="ffv1"))
        return list(shots_of(film, cached)), list(film.numbered())


def test_shots_have_all_frames_of_a_film(folder, tmp_path):
    shots, frames = numbered(folder / "e1.mkv", tmp_path / "x.mkv")
    refs = [(ref.pts, ref.drawing, shot.number) for shot in shots for ref in shot.frames]
    assert refs == [(frame.pts, frame.drawing, frame.shot) for frame in frames]
    assert [shot.is_last for shot in shots] == [False, False, False, True]
    assert [len(shot.frames) for shot in shots] == [n for n, _ in SHOTS[1]]
    assert all(shot.job.frames == shot.frames and shot.job.pictures == () for shot in shots)


def test_a_film_without_frames_has_one_shot():
    film = SimpleNamespace(numbered=lambda backgrounds: iter(()))
    assert list(shots_of(film, _is_not_cached)) == [NumberedShot(0, 0, is_last=True)]


def test_cached_shots_are_not_sent_to_workers(folder, tmp_path):
    asked, starts = [], [0, 5, 39, 39 + LOOKAHEAD + 12]

    def cached(start):
        asked.append(start)
        return starts.index(start) in (1, 3), None

    shots, frames = numbered(folder / "e1.mkv", tmp_path / "x.mkv", cached)
    assert [ref.pts for shot in shots for ref in shot.frames] == [frame.pts for frame in frames]
    assert asked == starts
    assert [shot.job is None for shot in shots] == [False, True, False, True]


@pytest.fixture
def settings(folder, ensemble, tmp_path):
    spec = choose_ensemble(Workspace(tmp_path), ensemble)
    return JobSettings(worker.installed_version(), spec, contents_of(spec), options())


@pytest.fixture
def job(folder, tmp_path):
    """Return the job of the second shot of the first film: frames 5 to 38."""
    shots, _ = numbered(folder / "e1.mkv", tmp_path / "x.mkv")
    return shots[1].job


def test_a_job_contains_no_picture_and_is_small(settings, job):
    assert len(pickle.dumps((settings, job))) < 6000


def test_members_stay_loaded_until_their_file_changes(settings, job, folder, tmp_path, monkeypatch):
    loaded = []
    monkeypatch.setattr(
        worker.EnsembleSpec,
        "load",
        lambda spec, _load=worker.EnsembleSpec.load, **how: loaded.append(1) or _load(spec, **how),
    )
    moved = tmp_path / "plain.safetensors"
    moved.write_bytes((folder / "plain.safetensors").read_bytes())
    settings = replace(settings, spec=replace(settings.spec, checkpoints=(moved,)))
    settings = replace(settings, contents=contents_of(settings.spec))
    assert all(len(worker.color_job(settings, job).n_held) == 34 for _ in range(2)) and len(loaded) == 1
    header = {"variant": "plain", "name": "plain", "width": WIDTH, "luminance": "grey"}
    write_checkpoint(moved, VARIANTS["plain"].build(WIDTH).state_dict(), header)
    retrained = replace(settings, contents=contents_of(settings.spec))
    assert len(worker.color_job(retrained, job).n_held) == 34 and len(loaded) == 2
    refusal = worker.color_job(settings, job)
    assert str(moved) in refusal.message and "another file" in refusal.message


def test_a_worker_that_cannot_do_a_job_returns_the_reason(settings, job, tmp_path):
    *others, last = job.frames
    other_film = replace(job, frames=(*others, replace(last, digest=b"other")))
    longer = replace(job, frames=(*others, replace(last, pts=10**9)))
    for bad_order, bad_job, words in (
        (settings, replace(job, path=tmp_path / "gone.mkv"), "gone.mkv does not exist"),
        (settings, other_film, "another film"),
        (settings, longer, "another film"),
        (replace(settings, version="0.0.1"), job, "not 0.0.1"),
    ):
        refusal = worker.color_job(bad_order, bad_job)
        assert isinstance(refusal, worker.Refusal) and words in refusal.message and refusal.hint


def test_a_shot_whose_result_is_too_large_is_refused(settings, job, monkeypatch):
    monkeypatch.setattr(worker, "MAX_RESULT", 100)
    refusal = worker.color_job(settings, job)
    assert "from frame 5 on: 34 frames are too many" in refusal.message and "without" in refusal.hint


def test_an_unexpected_error_is_returned_as_a_line(settings, job, monkeypatch):
    """The exception itself might be one that cannot be sent. Then the caller would wait for ever."""
    deep = lambda *arguments: deep(*arguments)  # noqa: E731
    monkeypatch.setattr(worker, "_colored", deep)
    refusal = worker.color_job(settings, job)
    assert isinstance(refusal, worker.Refusal) and "RecursionError" in refusal.message
    assert f"in the shot from frame {job.shot_start} on" in refusal.message


def test_a_film_with_other_pictures_after_a_seek_is_read_from_its_start(job, folder):
    starts = []

    class Damaged:
        """A source with a damaged picture after a seek, or that cannot seek."""

        def __init__(self, source, fails):
            self.source, self.fails, self.format = source, fails, source.format

        def frames(self, *, rgb, start):
            starts.append(start)
            for number, frame in enumerate(self.source.frames(rgb=rgb, start=start)):
                if start is not None and number == 2 and self.fails:
                    raise SourceError("damaged")
                changed = frame.grey + np.uint8(start is not None and number == 2)
                yield replace(frame, grey=changed)

    with open_source(folder / "e1.mkv") as source:
        straight = list(worker._frames(source, job))
        for fails in (False, True):
            found = list(worker._frames(Damaged(source, fails), job))
            assert [(f.index, f.drawing) for f in found] == [(f.index, f.drawing) for f in straight]
            assert all(np.array_equal(a.grey, b.grey) for a, b in zip(found, straight, strict=True))
    assert starts == [pytest.approx(5 / 24, abs=1e-3), None] * 2


@pytest.mark.filterwarnings("error")
def test_what_jobs_share_may_be_large_and_survives_its_worker(cluster):
    value = np.random.default_rng(0).integers(0, 256, 12 << 20).astype(np.uint8)
    with clusters.connected(cluster.scheduler_address, Recorder()) as workers:
        shared = workers.share(value)
        assert workers.share(value.copy()).key == shared.key  # by its content
        assert np.array_equal(shared.result(timeout=60), value)
        (holders,) = workers._client.who_has(shared).values()
        for process in workers._client.run(os.getpid, workers=list(holders)).values():
            os.kill(process, signal.SIGKILL)
        assert np.array_equal(workers._client.submit(np.copy, shared).result(timeout=60), value)


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


def test_without_dask_the_error_says_what_to_install(fails, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    call = ("colorize", folder / "e1.mkv", "--variant", "grey", "-w", tmp_path)
    assert fails(*call, "--scheduler", "local[2]", words=["pip install 'cartoonize[cluster]'"], code=2)
    monkeypatch.undo()


def test_invalid_addresses_are_an_error(fails, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    call = ("colorize", folder / "e1.mkv", "--variant", "grey", "-w", tmp_path, "--scheduler")
    for address in ("local", "local[0]", "local[two]", "somewhere", "http://localhost:80"):
        fails(*call, address, words=[repr(address), "local[N]", "HOST:PORT"], code=2)
    fails(*call, "localhost:1", words=["no scheduler answers at localhost:1", "dask scheduler"])
    assert not (tmp_path / "out").exists()


def test_a_port_that_does_not_answer_is_an_error(fails, folder, tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    with socket.create_server(("localhost", 0)) as server:
        address = f"localhost:{server.getsockname()[1]}"
        call = ("colorize", folder / "e1.mkv", "--variant", "grey", "-w", tmp_path, "--scheduler", address)
        fails(*call, words=["no scheduler answers", address])


def test_a_scheduler_without_workers_is_an_error(folder, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address="localhost:0") as empty,
        pytest.raises(ClusterError, match="has no workers.*dask worker"),
    ):
        colorize(
            Workspace(tmp_path),
            [folder / "e1.mkv"],
            choice=Choice(GREY),
            output=tmp_path / "x.mkv",
            run=RunOptions(empty.scheduler_address),
        )
    assert not (tmp_path / "x.mkv").exists()


def test_workers_are_checked_before_anything_is_written(cluster, folder, tmp_path, monkeypatch):
    from distributed import Client

    def call(**more):
        return colorize(
            Workspace(tmp_path),
            [folder / "e1.mkv"],
            choice=Choice(GREY),
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
            choice=Choice(GREY),
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


def test_without_a_scheduler_dask_is_not_needed(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "dask", None)
    (done,) = colorize(
        Workspace(tmp_path), [folder / "e1.mkv"], choice=Choice(GREY), options=options(preview=3)
    )
    assert done.n_frames == 3
    with pytest.raises(UsageError, match="no distributed"):
        clusters.check_scheduler("local[1]")


@pytest.mark.parametrize(
    "number, name, expected",
    [
        (0, "cuda", "cuda:0"),
        (3, "cuda", "cuda:1"),
        (None, "cuda", "cuda"),
        (3, "cpu", "cpu"),
        (3, "cuda:0", "cuda:0"),
    ],
)
def test_local_workers_take_turns_with_the_gpus(monkeypatch, number, name, expected):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(local_worker, "number", number)
    assert local_worker.own_device(name) == expected
