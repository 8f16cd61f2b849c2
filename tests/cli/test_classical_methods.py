"""cartoonize train and colorize with the methods without a network."""

import json
import shutil

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from cartoonize.methods.classical.deshpande import deshpande
from cartoonize.tasks.train import TrainOptions, train
from cartoonize.video import open_source
from cartoonize.workspace import Workspace
from tests.support.files import tree
from tests.support.films import HEIGHT, WIDTH, film, pictures

NETWORK = "residual-norebalance"
#: Part of the grey film with four drawings, each held for two frames, and a cut in the middle.
N_FRAMES = 8


@pytest.fixture(scope="module")
def schooled(tmp_path_factory, extracted):
    """A workspace with trained nearest, welsh, sykora and a network with histograms. Tests share it."""
    workspace = Workspace(tmp_path_factory.mktemp("workspaces") / "schooled")
    shutil.copytree(extracted.root, workspace.root)
    options = TrainOptions(width=0.0625, epochs=1, batch_size=4, accumulate=1, precision="float32")
    train(workspace, ["nearest", "welsh", "sykora", NETWORK], options=options)
    return workspace


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    """A short grey film."""
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())


@pytest.fixture
def colored(cartoonize, grey, tmp_path):
    """Colour the grey film losslessly; return the summary and ab (frames, height, width, 2)."""

    def call(*arguments, source=grey, workspace=tmp_path / "w"):
        output = tmp_path / "coloured.mkv"
        fixed = ("-o", output, "-w", workspace, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force")
        outcome = cartoonize("colorize", source, *arguments, *fixed, "--json")
        assert outcome.code == 0, outcome.err
        with open_source(output) as result:
            rgb = np.stack([frame.rgb for frame in result.frames(rgb=True)])
        (summary,) = outcome.json["outputs"]
        return summary, rgb_to_lab(rgb)[..., 1:], outcome.err

    return call


def layer(path, *dabs, height=HEIGHT, width=WIDTH):
    """Write a transparent picture with dabs of paint: (row, column, rgb)."""
    picture = np.zeros((height, width, 4), np.uint8)
    for row, column, rgb in dabs:
        picture[row : row + 3, column : column + 3] = (*rgb[::-1], 255)
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), picture)
    return path


def hue(ab):
    """Return the hue in radians. It is all that remains of a colour too light to be displayed."""
    return np.arctan2(ab[..., 1], ab[..., 0])


GREEN, VIOLET = (40, 200, 60), (150, 60, 200)
#: A place in the sky that neither box ever covers.
SKY = (54, 40)


@pytest.mark.parametrize("name", ["nearest", "welsh", "levin", "lazybrush", "sykora"])
def test_each_method_colours_the_whole_film(colored, schooled, name):
    summary, ab, messages = colored("--variant", name, workspace=schooled.root)
    assert (summary["members"], summary["n_frames"], summary["n_unique"]) == ([name], N_FRAMES, 4)
    assert np.abs(ab).max() > 5 and len(ab) == N_FRAMES
    if name != "sykora":  # which uses the whole shot
        again = colored("--variant", name, "--start", "0.5", workspace=schooled.root)[1]
        assert np.array_equal(again, ab[6:])  # independent of the frames before
    wanted = f"{name} takes its scribbles from {NETWORK}"
    assert (wanted in messages) == (name in ("levin", "lazybrush"))


def test_nearest_and_welsh_reproduce_a_training_frame(colored, schooled, films):
    truth = rgb_to_lab(np.stack(list(pictures(2))))[..., 1:]
    grey = np.hypot(*np.moveaxis(truth, -1, 0)).mean()
    for name in ("nearest", "welsh", "sykora"):
        _, ab, _ = colored("--variant", name, source=films / "e2.mkv", workspace=schooled.root)
        error = np.hypot(*np.moveaxis(ab - truth, -1, 0)).mean()
        assert error < grey / 5, (name, error, grey)


def test_methods_work_with_refinements_ensembles_and_other_members(colored, schooled):
    summary, ab, _ = colored(
        "--variant", "levin", "--variant", "welsh", "--ensemble", "--refine", "grow", workspace=schooled.root
    )
    assert summary["members"] == ["levin", "welsh", NETWORK] and np.abs(ab).max() > 2


def test_a_reference_by_hand_needs_no_training(colored, tmp_path):
    first = next(iter(pictures(1)))
    reference = tmp_path / "reference.png"
    cv2.imwrite(str(reference), first[..., ::-1])
    _, ab, _ = colored("--variant", "welsh", "--reference", reference)
    truth = rgb_to_lab(first)[..., 1:]
    assert np.hypot(*np.moveaxis(ab[0] - truth, -1, 0)).mean() < 6
    assert np.hypot(*(ab[0][SKY] - truth[SKY])) < 3
    _, swatched, _ = colored(
        *("--variant", "welsh", "--reference", reference),
        *("--swatch", "0.3,0.8,0.2,0.15=0.1,0.4,0.1,0.2"),  # the sky gets the colour of the red box
    )
    red = rgb_to_lab(np.uint8([[(210, 40, 50)]]))[0, 0, 1:]
    assert hue(swatched[0][SKY]) == pytest.approx(hue(red), abs=0.2)
    assert abs(hue(ab[0][SKY]) - hue(red)) > 1


def test_several_references_lie_in_a_folder(colored, tmp_path):
    folder = tmp_path / "references"
    folder.mkdir()
    shown = list(pictures(1, N_FRAMES))
    day, night = 0, N_FRAMES - 1
    for number in (day, night):
        cv2.imwrite(str(folder / f"{number}.png"), shown[number][..., ::-1])
    for variant in ("sykora", "welsh"):
        _, ab, _ = colored("--variant", variant, "--reference", folder)
        for number in (day, night):
            truth = rgb_to_lab(shown[number])[..., 1:]
            assert np.hypot(*(ab[number][SKY] - truth[SKY])) < 6, (variant, number)


@pytest.mark.parametrize("name", ["charpiat", "deshpande"])
def test_slow_methods_accept_references(name, colored, tmp_path, monkeypatch):
    monkeypatch.setattr(deshpande, "MAX_FRAME_PIXELS", 3000)
    reference = tmp_path / "reference.png"
    cv2.imwrite(str(reference), next(iter(pictures(1)))[..., ::-1])
    summary, ab, _ = colored("--variant", name, "--reference", reference, "--preview", "1")
    truth = rgb_to_lab(next(iter(pictures(1))))[..., 1:]
    assert summary["members"] == [name] and np.hypot(*(ab[0][SKY] - truth[SKY])) < 10


def test_scribbles_need_no_training_and_flood_their_regions(colored, tmp_path):
    one = layer(tmp_path / "scribbles.png", (*SKY, GREEN), (30, 10, VIOLET))
    summary, ab, _ = colored("--variant", "levin", "--scribbles", one)
    green, violet = (rgb_to_lab(np.uint8([[c]]))[0, 0, 1:] for c in (GREEN, VIOLET))
    assert summary["members"] == ["levin"]
    assert np.hypot(*np.moveaxis(ab[0, 50:, :] - green, -1, 0)).max() < 12  # below the boxes
    assert np.hypot(*(ab[0, 34, 20] - violet)) < 20  # in the red box


def test_strokes_of_lazybrush_fill_their_regions_and_follow_tracks(colored, tmp_path):
    green, violet = (rgb_to_lab(np.uint8([[c]]))[0, 0, 1:] for c in (GREEN, VIOLET))
    one = layer(tmp_path / "one.png", (*SKY, GREEN), (58, 70, GREEN), (30, 10, VIOLET), (33, 14, VIOLET))
    summary, still, _ = colored("--variant", "lazybrush", "--scribbles", one)
    assert summary["members"] == ["lazybrush"]
    assert np.hypot(*np.moveaxis(still[0, 50:] - green, -1, 0)).max() < 12  # below the boxes
    layer(tmp_path / "folder" / "1.png", (*SKY, GREEN), (58, 70, GREEN), (30, 10, VIOLET), (33, 14, VIOLET))
    for more in (("--refine", "none"), ("--no-album",)):  # for a folder of scribbles, tracks are the default
        _, ab, _ = colored("--variant", "lazybrush", "--scribbles", tmp_path / "folder", *more)
        assert (np.hypot(*ab[4:, *SKY].T) < 3).all(), more  # behind the cut
        assert np.hypot(*(ab[1:4, *SKY] - green).T).max() < 12, more
        assert (np.hypot(*ab[0, *SKY]) > 20) == ("none" not in more)  # tracks also lead to earlier frames


def test_hard_strokes_are_separate_files_and_a_single_colour_is_reported(colored, tmp_path):
    one = layer(tmp_path / "one.png", (*SKY, GREEN))
    _, ab, messages = colored("--variant", "lazybrush", "--scribbles", one, "--preview", "1")
    assert f"{one} has scribbles of one colour" in messages
    layer(tmp_path / "one.hard.png", (58, 70, VIOLET))
    _, hard, messages = colored("--variant", "lazybrush", "--scribbles", one, "--preview", "1")
    assert "one colour" not in messages
    green, violet = (rgb_to_lab(np.uint8([[c]]))[0, 0, 1:] for c in (GREEN, VIOLET))
    assert hue(ab[0, 59, 71]) == pytest.approx(hue(green), abs=0.2)
    assert hue(hard[0, 59, 71]) == pytest.approx(hue(violet), abs=0.2)


def test_hard_strokes_are_exact_with_tracks_and_without_soft_strokes(colored, tmp_path):
    folder = tmp_path / "strokes"
    layer(folder / "0.png", (*SKY, GREEN))
    layer(folder / "1.png")
    layer(folder / "1.hard.png", (58, 70, VIOLET), (46, 10, GREEN))
    _, ab, _ = colored("--variant", "lazybrush", "--scribbles", folder, "--preview", "3", "--no-album")
    green, violet = (rgb_to_lab(np.uint8([[c]]))[0, 0, 1:] for c in (GREEN, VIOLET))
    assert hue(ab[1, 59, 71]) == pytest.approx(hue(violet), abs=0.1)  # one pixel in another track
    assert hue(ab[1, 47, 11]) == pytest.approx(hue(green), abs=0.2)  # on the edge of a box
    assert hue(ab[0][SKY]) == pytest.approx(hue(green), abs=0.2)


def test_numbered_scribbles_apply_from_their_frame_to_the_cut(colored, tmp_path):
    folder = tmp_path / "scribbles"
    layer(folder / "000001.png", (*SKY, GREEN))  # the second frame of a held drawing
    layer(folder / "000003.png", (*SKY, VIOLET))
    numbered = ("--variant", "levin", "--scribbles", folder, "--refine", "none")
    summary, ab, _ = colored(*numbered)
    green, violet = (rgb_to_lab(np.uint8([[c]]))[0, 0, 1:] for c in (GREEN, VIOLET))
    sky = ab[:, *SKY]
    assert (np.hypot(*sky[[0, 4, 5, 6, 7]].T) < 3).all()  # grey before the first one and behind the cut
    assert np.allclose(hue(sky[1:3]), hue(green), atol=0.2)
    assert np.allclose(hue(sky[3]), hue(violet), atol=0.2)
    assert summary["n_unique"] == 4 + 2
    # Frames keep their numbers wherever reading starts.
    _, late, _ = colored(*numbered, "--start", "0.08")
    assert np.array_equal(late, ab[1:])


def test_pictures_get_the_colours_of_another_picture(colored, schooled, fails, grey, tmp_path):
    """The mean of expectations is the expectation of the mean histogram: the mean colour of the reference."""
    half = np.full((60, 80, 3), (150, 100, 80), np.uint8)
    half[:20] = (110, 130, 80)
    wanted = rgb_to_lab(half[..., ::-1].copy())[..., 1:].mean((0, 1))
    cv2.imwrite(str(tmp_path / "half.png"), half)
    options = ("--variant", NETWORK, "--refine", "none")
    _, before, _ = colored(*options, workspace=schooled.root)
    _, ab, _ = colored(*options, "--histogram-from", tmp_path / "half.png", workspace=schooled.root)
    assert np.abs(ab.mean((0, 1, 2)) - wanted).max() < 2
    assert np.abs(before.mean((0, 1, 2)) - wanted).max() > 5
    words = ["--histogram-from", "nearest does not predict"]
    again = ("--histogram-from", tmp_path / "half.png", "-w", schooled.root)
    fails("colorize", grey, "--variant", "nearest", *again, words=words, code=2)
    cv2.imwrite(str(tmp_path / "clear.png"), np.zeros((8, 8, 4), np.uint8))
    words = ["clear.png: all pixels are transparent"]
    clear = ("--histogram-from", tmp_path / "clear.png", "-w", schooled.root)
    fails("colorize", grey, "--variant", NETWORK, *clear, words=words)
    missing = ("--histogram-from", tmp_path / "missing.png", "-w", schooled.root)
    fails("colorize", grey, "--variant", NETWORK, *missing, words=["missing.png"])


def test_a_named_network_gives_hints_where_no_scribble_applies(colored, schooled, tmp_path):
    folder = tmp_path / "scribbles"
    layer(folder / "2.png", (*SKY, GREEN))
    hinted = colored("--variant", "levin", "--hints-from", NETWORK, workspace=schooled.root)[1]
    both = colored(
        *("--variant", "levin", "--hints-from", NETWORK, "--scribbles", folder, "--refine", "none"),
        workspace=schooled.root,
    )[1]
    assert np.array_equal(both[:2], hinted[:2]) and np.array_equal(both[4:], hinted[4:])
    assert not np.array_equal(both[2:4], hinted[2:4])


def test_scribbles_for_stills_are_named_like_the_stills(colored, cartoonize, tmp_path):
    stills = tmp_path / "stills"
    stills.mkdir()
    for number, picture in enumerate(pictures(1, n_frames=3, grey=True), 1):
        cv2.imwrite(str(stills / f"shot-{number}.png"), picture)
    layer(tmp_path / "scribbles" / "shot-2.png", (*SKY, GREEN))
    call = ("--variant", "levin", "--scribbles", tmp_path / "scribbles", "-w", tmp_path / "w")
    call += ("--refine", "none")
    assert cartoonize("colorize", stills, *call, "-o", tmp_path / "out").code == 0
    chroma = [
        np.ptp(cv2.imread(str(tmp_path / "out" / f"shot-{k}.png")).astype(int), axis=2).max() for k in (1, 2)
    ]
    assert chroma[0] < 4 < 50 < chroma[1]


def test_references_and_scribbles_that_are_not_pictures(fails, grey, tmp_path):
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "none").mkdir()
    layer(tmp_path / "empty.png")
    layer(tmp_path / "wide.png", (3, 3, GREEN), width=3 * WIDTH)
    layer(tmp_path / "unnumbered" / "sky.png", (3, 3, GREEN))
    layer(tmp_path / "late" / "900.png", (3, 3, GREEN))
    layer(tmp_path / "hard" / "1.hard.png", (3, 3, GREEN))
    layer(tmp_path / "twice" / "1.png", (3, 3, GREEN))
    shutil.copy(tmp_path / "twice" / "1.png", tmp_path / "twice" / "01.png")
    expected = {
        "missing.png": "does not exist",
        "text.png": "damaged picture",
        "none": "folder without pictures",
        "empty.png": "has no scribble",
        "wide.png": "another aspect ratio than grey.mkv with 96x64",
        "unnumbered": "sky.png: the file name is not a frame number",
        "twice": "are for the same frame",
        "late": "has scribbles for frame 900, and",
        "hard": "has hard scribbles, but 1.png does not exist",
    }
    for name, words in expected.items():
        arguments = ("--variant", "levin", "--scribbles", tmp_path / name, "-w", tmp_path / "w")
        fails("colorize", grey, *arguments, words=[tmp_path / name, words])
    fails(
        *("colorize", grey, "--variant", "welsh", "--reference", tmp_path / "twice", "-w", tmp_path / "w"),
        *("--swatch", "0,0,1,1=0,0,1,1"), words=["2 references are given, and swatches belong"], code=2,
    )  # fmt: skip
    half = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    half[:, : WIDTH // 2, 3] = 0
    cv2.imwrite(str(tmp_path / "half.png"), half)
    for name, words in {
        "missing.png": "does not exist",
        "text.png": "damaged",
        "none": "folder without",
        "twice": "transparent in part",
        "half.png": "transparent in part",
    }.items():
        arguments = ("--variant", "welsh", "--reference", tmp_path / name, "-w", tmp_path / "w")
        fails("colorize", grey, *arguments, words=[tmp_path / name, words])
    assert not (tmp_path / "w" / "out").exists()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--variant", "grey", "--swatch", "0,0,1,1=0,0,1,1"], ["swatches"]),
        (["--variant", "welsh", "--scribbles", "s.png"], ["--scribbles", "--variant levin"]),
        (["--variant", "grey", "--hints-from", "plain"], ["--hints-from", "--variant levin"]),
        (["--variant", "welsh", "--swatch", "0,0,1,1=0,0,1,1"], ["swatches", "--reference"]),
        (["--variant", "grey", "--reference", "r.png", "--swatch", "0,0,1,1=0,0,1,1"], ["--swatch is given"]),
        (["--variant", "welsh", "--swatch", "1,2,3"], ["'1,2,3'", "X,Y,W,H=X,Y,W,H"]),
        (["--variant", "welsh", "--swatch", "0,0,2,1=0,0,1,1"], ["0,0,2,1", "0..1"]),
        (["--variant", "welsh", "--swatch", "0,0,nan,1=0,0,1,1"], ["0,0,nan,1"]),
        (["--variant", "levin", "--hints-from", "plain-l2"], ["plain-l2", "histograms", "residual"]),
        (["--variant", "levin", "--hints-from", "plane"], ["'plane'", "plain-norebalance"]),
    ],
)
def test_wrong_usage(fails, grey, tmp_path, arguments, words):
    fails("colorize", grey, *arguments, "-w", tmp_path / "w", words=words, code=2)


def test_scribbles_are_for_one_source(fails, grey, films, tmp_path):
    one = layer(tmp_path / "s.png", (3, 3, GREEN))
    sources = (grey, films / "e1.mkv")
    arguments = ("--variant", "levin", "--scribbles", one, "-w", tmp_path / "w")
    fails("colorize", *sources, *arguments, words=[one, "2 sources"], code=2)


def test_methods_without_their_requirements(fails, grey, studio):
    source = grey
    for name, words in {
        "nearest": ["'nearest' is not trained", "cartoonize train --variant nearest"],
        "welsh": ["'welsh' is not trained", "or give --reference"],
        "levin": ["no trained variant that predicts a histogram", "or give --scribbles"],
    }.items():  # the studio has only plain-l2 and lookup
        fails("colorize", source, "--variant", name, "-w", studio.root, words=words)
    arguments = ("--variant", "levin", "--hints-from", "plain", "-w", studio.root)
    fails("colorize", source, *arguments, words=["'plain' is not trained", "cartoonize train"])
    words = ["levin cannot be trained", "a network or scribbles", "cartoonize colorize --variant levin"]
    before = tree(studio.root)
    fails("train", "--variant", "lookup", "--variant", "levin", "-w", studio.root, words=words, code=2)
    assert tree(studio.root) == before


def test_grey_references_and_scribbles_give_a_warning(colored, tmp_path):
    reference = tmp_path / "grey.png"
    cv2.imwrite(str(reference), next(iter(pictures(1, grey=True))))
    _, ab, messages = colored("--variant", "welsh", "--reference", reference)
    assert f"{reference} has no colour" in messages and np.abs(ab).max() < 3
    one = layer(tmp_path / "s.png", (*SKY, (200, 200, 200)))
    _, _, messages = colored("--variant", "levin", "--scribbles", one, "--preview", "1")
    assert f"{one} has only grey scribbles" in messages


RECIPE = """
[[stage]]
stage = "colorize"
sources = ["grey.mkv"]
variants = ["welsh"]
reference = "reference.png"
swatches = [[[0.3, 0.8, 0.2, 0.15], [0.1, 0.4, 0.1, 0.2]]]
output = "out/welsh.mkv"
preview = 2

[[stage]]
stage = "colorize"
sources = ["grey.mkv"]
variants = ["levin"]
scribbles = "scribbles"
output = "out/scribbled.mkv"
preview = 2

[[stage]]
stage = "colorize"
sources = ["grey.mkv"]
variants = ["levin"]
scribbles = ""
hints_from = "residual-norebalance"
output = "out/hinted.mkv"
preview = 2
"""


def test_a_recipe_colours_again_when_references_or_scribbles_change(cartoonize, fails, schooled, tmp_path):
    folder = tmp_path / "w"
    shutil.copytree(schooled.root, folder)
    film(folder / "grey.mkv", 1, N_FRAMES, grey=True)
    reference = folder / "reference.png"
    cv2.imwrite(str(reference), next(iter(pictures(1)))[..., ::-1])
    layer(folder / "scribbles" / "0.png", (*SKY, GREEN))
    recipe = tmp_path / "rivals.toml"
    recipe.write_text(RECIPE)

    def cached():
        outcome = cartoonize("run", recipe, "-w", folder, "--json")
        assert outcome.code == 0, outcome.err
        return [stage["cached"] for stage in outcome.json["stages"]]

    assert cached() == [False] * 3
    assert cached() == [True] * 3
    cv2.imwrite(str(reference), next(iter(pictures(2)))[..., ::-1])
    assert cached() == [False, True, True]
    layer(folder / "scribbles" / "5.png", (*SKY, VIOLET))
    assert cached() == [True, False, True]
    call = ("--variant", NETWORK, "--width", "0.0625", "--epochs", "1", "--seed", "9")
    short = ("--batch-size", "4", "--accumulate", "1", "--force")
    assert cartoonize("train", *call, *short, "-w", folder).code == 0
    assert cached() == [True, True, False]
    for key, value, words in (
        ("scribbles", '"s.png"', ["--scribbles", "--variant levin"]),
        ("reference", "3", ["reference = 3", "a path"]),
        ("swatches", "[[1, 2, 3, 4]]", ["swatches = [[1, 2, 3, 4]]", "a list"]),
        ("swatches", "[[[0, 0, 9, 1], [0, 0, 1, 1]]]", ["0,0,9,1"]),
    ):
        table = {"sources": '["grey.mkv"]', "variants": '["welsh"]', "output": '"out/x.mkv"', key: value}
        lines = "\n".join(f"{k} = {v}" for k, v in table.items())
        recipe.write_text(f'[[stage]]\nstage = "colorize"\n{lines}\n')
        fails("run", recipe, "-w", folder, "-q", words=words, code=2)


def test_models_lists_requirements(cartoonize):
    rows = {row["name"]: row for row in json.loads(cartoonize("models", "--json").out)["variants"]}
    assert rows["welsh"]["needs"] == "training or reference"
    assert rows["levin"]["needs"] == "a network or scribbles" and rows["nearest"]["needs"] == "training"
    assert rows["levin"]["source"] == "Levin et al. 2004" and rows["nearest"]["source"] == "floor"
