"""cartoonize colorize --reference: the colours of coloured frames follow the tracks."""

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from cartoonize.video import open_source
from tests.support.films import HEIGHT, WIDTH, film, pictures

#: Two shots with a cut in the middle, each drawing held twice.
N_FRAMES = 16
COLORS = list(pictures(1, N_FRAMES))
ALONE = ("--variant", "grey")


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    return film(tmp_path_factory.mktemp("grey") / "grey.mkv", 1, N_FRAMES, grey=True, subtitles=())


@pytest.fixture
def picture(tmp_path):
    """Write a coloured frame, or a part of it."""

    def call(index, name=None, alpha=None, rgb=None):
        path = tmp_path / "references" / (name or f"frame{index}-.png")
        path.parent.mkdir(exist_ok=True)
        bgra = cv2.cvtColor(COLORS[index] if rgb is None else rgb, cv2.COLOR_RGB2BGRA)
        if alpha is not None:
            bgra[..., 3] = alpha
        cv2.imwrite(str(path), bgra)
        return path

    return call


@pytest.fixture
def errors(cartoonize, grey, tmp_path):
    """Colour with the variant `grey`; return the error in ab of every frame, and the messages."""

    def call(*arguments):
        output = tmp_path / "coloured.mkv"
        fixed = ("-o", output, "--codec", "ffv1", "--pix-fmt", "yuv444p", "--force", "-w", tmp_path)
        outcome = cartoonize("colorize", grey, *ALONE, *arguments, *fixed, "--json")
        assert outcome.code == 0, outcome.err
        with open_source(output) as result:
            found = [rgb_to_lab(frame.rgb)[..., 1:] for frame in result.frames(rgb=True)]
        wanted = [rgb_to_lab(rgb)[..., 1:] for rgb in COLORS]
        apart = [np.linalg.norm(a - b, axis=-1).mean() for a, b in zip(found, wanted, strict=True)]
        return np.array(apart), outcome.err

    return call


def test_one_frame_of_each_shot_colours_the_film(errors, picture):
    bare, _ = errors()
    picture(0)
    colored, messages = errors("--reference", picture(10).parent)
    for index in (0, 10):
        assert f"frame{index}-.png is frame {index} of grey.mkv" in messages
    assert (colored < 0.35 * bare).all()


def test_a_reference_is_for_its_shot(errors, picture):
    bare, _ = errors()
    colored, _ = errors("--reference", picture(2), "--refine", "tracks")
    assert (colored[:8] < 0.35 * bare[:8]).all() and np.allclose(colored[8:], bare[8:], atol=0.2)


def test_parts_of_one_frame_add_up(errors, picture):
    """First only the red box, then also the rest of the same frame."""
    box = np.where((COLORS[0] == (210, 40, 50)).all(-1), np.uint8(255), np.uint8(0))
    bare, _ = errors()
    paths = picture(0, "box.png", box), picture(0, "rest.png", 255 - box)
    part, _ = errors("--reference", paths[0])
    whole, _ = errors("--reference", paths[0], "--reference", paths[1])
    assert (part[:8] < 0.9 * bare[:8]).all() and (whole[:8] < 0.5 * part[:8]).all()


def test_a_part_of_the_film_uses_the_references_inside_it(errors, cartoonize, grey, picture, tmp_path):
    output = tmp_path / "part.mkv"
    outcome = cartoonize(
        "colorize", grey, *ALONE, "--reference", picture(0), "--reference", picture(10), "--start", "0.34",
        "-o", output, "-w", tmp_path, "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "frame10-.png is frame 10 of grey.mkv" in outcome.err
    assert "frame0-.png is not a frame of grey.mkv" in outcome.err
    assert "It has no effect on the part that is coloured" in outcome.err


def test_bad_references_are_one_line(fails, grey, picture, tmp_path):
    base = ("colorize", grey, *ALONE, "-o", tmp_path / "x.mkv", "-w", tmp_path)
    fails(*base, "--reference", tmp_path / "none.png", words=["none.png does not exist"])
    strange = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    fails(
        *base, "--reference", picture(0, "strange.png", rgb=strange),
        words=["strange.png is not a frame of grey.mkv", "most similar is frame", "000120.png"],
    )  # fmt: skip
    fails(
        *base, "--reference", picture(0, "wide.png", rgb=COLORS[0][::2]), words=["wide.png", "another aspect"]
    )
    dull = np.repeat(COLORS[0][..., 1:2], 3, -1)
    fails(*base, "--reference", picture(0, "dull.png", rgb=dull), words=["dull.png has no colour"])
    other = np.ascontiguousarray(COLORS[0][..., ::-1])
    fails(
        *base, "--reference", picture(0), "--reference", picture(0, "0.png", rgb=other),
        words=["frame0-.png and", "0.png", "show the same frame in different colours"],
    )  # fmt: skip
    fails(
        *base, "--reference", picture(0), "--refine", "grow",
        words=["references require --refine tracks", "frame0-.png", "Add --refine tracks"], code=2,
    )  # fmt: skip
    assert not (tmp_path / "x.mkv").exists()


def test_methods_without_a_network_use_any_number_of_references(cartoonize, grey, picture, tmp_path):
    """Two files are the same as a folder of them, and differ from one of them."""
    day, night = picture(0), picture(10)

    def colored(*references):
        output = tmp_path / "welsh.mkv"
        given = [part for path in references for part in ("--reference", path)]
        fixed = ("-o", output, "--codec", "ffv1", "--force", "-w", tmp_path / "w")
        outcome = cartoonize("colorize", grey, "--variant", "welsh", *given, *fixed)
        assert outcome.code == 0, outcome.err
        return output.read_bytes()

    both = colored(day, night)
    assert both == colored(day.parent) != colored(day)
