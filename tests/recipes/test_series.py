"""The recipe `series`: the recommended flow, with and without references."""

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from cartoonize.tasks.train import default_network
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support.films import N_FRAMES, pictures

SMALL = ("width=0.125", "updates=6", "batch_size=4")


@pytest.fixture
def run(cartoonize, films, tmp_path, quick_validation):
    """Run the recipe on two coloured films and a grey one; return the outcome."""

    def call(*settings, code=0):
        sources = [str(films / f"e{n}.mkv") for n in (2, 3)]
        texts = [*SMALL, f"sources={sources}", f"grey={[str(films / 'grey.mkv')]}", *settings]
        options = [part for text in texts for part in ("--set", text)]
        outcome = cartoonize("run", "series", "-w", tmp_path / "work", *options, "--json")
        assert outcome.code == code, outcome.err
        return outcome

    return call


def test_the_recommended_flow(run, cartoonize, tmp_path):
    outcome = run()
    work = Workspace(tmp_path / "work")
    network = default_network()
    assert work.checkpoint(network).is_file() and not work.checkpoint(f"{network}-adapted").exists()
    assert outcome.json["outputs"] == [
        str(work.out / "coloured" / "grey.mkv"),
        str(work.reports / "doubtful.png"),
    ]
    assert (work.out / "coloured" / "grey.confidence.json").is_file()
    with open_source(work.out / "coloured" / "grey.mkv") as source:
        assert len(list(source.frames())) == N_FRAMES
    again = {stage["name"]: stage["cached"] for stage in run().json["stages"]}
    assert [name for name, cached in again.items() if not cached] == ["doubtful", "suggest"]
    assert len(cartoonize("doubtful", "-w", work.root, "--json").json["shots"]) == 2


@pytest.mark.parametrize("adapts", [pytest.param(False, marks=pytest.mark.slow), True])
def test_new_references_colour_again_and_may_adapt_the_network(run, tmp_path, adapts):
    run()
    colors = list(pictures(1))
    references = tmp_path / "references"
    references.mkdir()
    for index in (0, N_FRAMES // 2):
        cv2.imwrite(str(references / f"{index}.png"), colors[index][..., ::-1])
    outcome = run(f"references={[str(references)]}", f"adapt={str(adapts).lower()}")
    ran = [stage["name"].split()[0] for stage in outcome.json["stages"] if not stage["cached"]]
    assert ran == [*(["adapt"] if adapts else []), "colorize", "doubtful", "suggest"]
    assert (f"Colouring with {default_network()}-adapted" in outcome.err) == adapts
    with open_source(tmp_path / "work" / "out" / "coloured" / "grey.mkv") as source:
        found = [frame.rgb for frame in source.frames(rgb=True)]
    apart = [rgb_to_lab(a)[..., 1:] - rgb_to_lab(b)[..., 1:] for a, b in zip(found, colors, strict=True)]
    assert np.linalg.norm(np.stack(apart), axis=-1).mean() < 12
