"""One worker: the jobs that it does, and those that it refuses."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from cartoonize.cluster import local_worker, worker
from cartoonize.cluster.jobs import JobSettings, contents_of, shots_of
from cartoonize.coloring.ensemble import choose_ensemble
from cartoonize.coloring.films import open_film
from cartoonize.errors import SourceError
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support.workers import WIDTH, options


@pytest.fixture
def settings(folder, ensemble, tmp_path):
    spec = choose_ensemble(Workspace(tmp_path), ensemble)
    return JobSettings(worker.installed_version(), spec, contents_of(spec), options())


@pytest.fixture
def job(folder, tmp_path):
    """Return the job of the second shot of the first film: frames 5 to 38."""
    with open_source(folder / "e1.mkv") as source:
        film = open_film(source, tmp_path / "x.mkv", [], RenderOptions(codec="ffv1"))
        return list(shots_of(film, lambda start: (False, None)))[1].job


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
