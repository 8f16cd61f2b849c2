"""Workers colour along tracks, with references, pins, album and memory, as this process does."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from cartoonize.annotations.annotations import Annotations
from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.cluster.jobs import shots_of
from cartoonize.cluster.worker import _Found
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.films import open_film
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.errors import UsageError
from cartoonize.filters import predict as predict_filter
from cartoonize.filters.predict import PredictOptions
from cartoonize.filters.refine import RefineOptions
from cartoonize.filters.render import RenderOptions
from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import VARIANTS
from cartoonize.tasks.colorize import colorize
from cartoonize.tracking.confidence_file import confidence_path
from cartoonize.video import open_source, write_film
from tests.support.cartoons import cartoon, in_grey

N_STILL, N_MIXED = 10, 8
TRACKS = ColorizeOptions(
    PredictOptions(device="cpu", precision="float32"), RefineOptions("tracks"), RenderOptions(codec="ffv1")
)


def moving(seed, n, size=(96, 128)):
    picture = cartoon(seed, size, n_shapes=8)
    return [np.roll(picture, 2 * k, 1) for k in range(n)]


def with_a_dissolve():
    """Return the pictures of two shots, and a dissolve between them."""
    one, two = moving(1, N_STILL), moving(2, N_STILL)
    shares = np.arange(1, N_MIXED + 1) / (N_MIXED + 1)
    mixed = [np.rint((1 - s) * one[-1] + s * two[0]).astype(np.uint8) for s in shares]
    return [*one, *mixed, *two]


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    path = tmp_path_factory.mktemp("tracks") / "grey.mkv"
    write_film(path, map(in_grey, with_a_dissolve()), frame_rate=24)
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("network") / "plain.safetensors"
    header = {"variant": "plain", "name": "plain", "width": 1 / 16, "luminance": "grey"}
    write_checkpoint(path, VARIANTS["plain"].build(1 / 16).state_dict(), header)
    return path


@pytest.fixture
def reference(tmp_path):
    path = tmp_path / "reference.png"
    cv2.imwrite(str(path), with_a_dissolve()[3][..., ::-1])
    return path


def known(workspace, output):
    """Return everything that a coloured film leaves."""
    shots = sorted(workspace.cache.glob("shots/*/*/*.npz"))
    arrays = [{name: array.tobytes() for name, array in np.load(path).items()} for path in shots]
    return Path(output).read_bytes(), json.loads(confidence_path(Path(output)).read_text())["shots"], arrays


def test_all_that_is_known_of_a_film_goes_to_the_workers(
    cluster, workspace, grey, network, reference, tmp_path
):
    """References, the album of training episodes, the memory; then pins, for which no network runs again."""
    there = type(workspace)(tmp_path / "there")
    shutil.copytree(workspace.root, there.root)
    pins = [Pin("grey", 22, 0.3, 0.4, "#d22832"), Pin("grey", 2, 0.6, 0.6, "#28d232")]
    for n_pins in (0, 2):
        found = []
        for own, scheduler in ((workspace, None), (there, cluster.scheduler_address)):
            write_pins(own.pins, pins[:n_pins])
            output = tmp_path / f"{own.root.name}-{n_pins}" / "x.mkv"
            (done,) = colorize(
                own,
                [grey],
                choice=Choice(checkpoints=(network,)),
                annotations=Annotations(references=(reference,)),
                options=TRACKS,
                output=output,
                run=RunOptions(scheduler),
            )
            assert done.n_kept_shots == 0 and done.n_shots == 2
            found.append(known(own, output))
        assert found[0] == found[1]
        assert len(found[0][2]) == 2


def test_workers_run_no_network_where_only_pins_change(cluster, workspace, grey, network, tmp_path):
    from distributed import Client

    def color(name):
        (done,) = colorize(
            workspace,
            [grey],
            choice=Choice(checkpoints=(network,)),
            options=TRACKS,
            output=tmp_path / name,
            run=RunOptions(cluster.scheduler_address),
        )
        return done

    def break_networks(dask_worker):
        dask_worker.histograms, predict_filter._histograms = predict_filter._histograms, None

    def mend_networks(dask_worker):
        predict_filter._histograms = dask_worker.histograms

    first = color("first.mkv")
    write_pins(workspace.pins, [Pin("grey", 2, 0.6, 0.6, "#28d232")])
    with Client(cluster, set_as_default=False) as client:
        client.run(break_networks)
        try:
            second = color("second.mkv")
        finally:
            client.run(mend_networks)
    assert Path(first.output).read_bytes() != Path(second.output).read_bytes()


def test_the_pictures_of_transitions_travel_with_the_job(grey, tmp_path):
    with open_source(grey) as source:
        film = open_film(source, tmp_path / "x.mkv", [], RenderOptions(codec="ffv1"), splits_transitions=True)
        shots, numbered = list(shots_of(film, lambda start: (False, None))), list(film.numbered())
        mixed = [ref for shot in shots for ref in shot.frames if ref.mix is not None]
        assert len(shots) == 2 and len(mixed) == N_MIXED
        assert [len(shot.job.pictures) for shot in shots] == [1, 1]  # each repeats one picture
        found = [frame for shot in shots for frame in _Found(shot.job).among(film.all_frames())]
    assert len(found) == len(numbered)
    for one, other in zip(found, numbered, strict=True):
        assert (one.index, one.drawing, one.shot, one.mix) == (
            other.index,
            other.drawing,
            other.shot,
            other.mix,
        )
        assert np.array_equal(one.grey, other.grey) and np.array_equal(one.luma, other.luma)


def test_methods_that_need_backgrounds_get_them(cluster, workspace, grey, reference, tmp_path):
    outputs = []
    for name, scheduler in (("here", None), ("there", cluster.scheduler_address)):
        (done,) = colorize(
            workspace,
            [grey],
            choice=Choice(("sykora",)),
            annotations=Annotations(references=(reference,)),
            options=ColorizeOptions(
                PredictOptions(device="cpu"), RefineOptions("none"), RenderOptions("ffv1")
            ),
            output=tmp_path / f"{name}.mkv",
            run=RunOptions(scheduler),
        )
        outputs.append(Path(done.output).read_bytes())
    assert outputs[0] == outputs[1]


def test_a_confidence_video_is_not_made_by_workers(cluster, workspace, grey, tmp_path):
    with pytest.raises(UsageError, match="--confidence-video"):
        colorize(
            workspace, [grey], choice=Choice(("grey",)), options=TRACKS, output=tmp_path / "x.mkv",
            run=RunOptions(cluster.scheduler_address, confidence_video=True),
        )  # fmt: skip
