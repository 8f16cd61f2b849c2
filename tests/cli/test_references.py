"""cartoonize colorize --reference: the colours of coloured frames follow the tracks."""

import cv2
import numpy as np
import pytest

from cartoonize.color.lab import rgb_to_lab
from cartoonize.video import open_source, write_film
from tests.support.cartoons import in_grey
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


@pytest.mark.parametrize(
    "part, outside", [(("--start", "0.34"), 0), (("--end", "0.5"), 10), (("--preview", "3"), 10)]
)
def test_references_are_looked_for_in_the_whole_film(cartoonize, grey, picture, tmp_path, part, outside):
    """Those outside of the part that is coloured are not taken for frames inside it."""
    picture(0)
    fixed = ("-o", tmp_path / "part.mkv", "-w", tmp_path, "--json")
    outcome = cartoonize("colorize", grey, *ALONE, "--reference", picture(10).parent, *part, *fixed)
    assert outcome.code == 0, outcome.err
    for index in (0, 10):
        end = ", outside of the part that is coloured" * (index == outside)
        assert f"frame{index}-.png is frame {index} of grey.mkv{end}\n" in outcome.err


def test_a_part_that_begins_later_gets_the_colours_at_the_right_frames(
    errors, cartoonize, picture, grey, tmp_path
):
    whole, _ = errors("--reference", picture(10))
    output = tmp_path / "part.mkv"
    arguments = ("--reference", picture(10), "--start", "0.6", "--codec", "ffv1", "--pix-fmt", "yuv444p")
    outcome = cartoonize("colorize", grey, *ALONE, *arguments, "-o", output, "-w", tmp_path)
    assert outcome.code == 0, outcome.err
    with open_source(output) as result:
        found = [rgb_to_lab(frame.rgb)[..., 1:] for frame in result.frames(rgb=True)]
    first = N_FRAMES - len(found)
    apart = [
        np.linalg.norm(a - rgb_to_lab(COLORS[first + k])[..., 1:], axis=-1).mean()
        for k, a in enumerate(found)
    ]
    np.testing.assert_allclose(apart[8 - first :], whole[8:], atol=0.1)


def test_a_reference_belongs_to_one_of_several_films(cartoonize, grey, picture, tmp_path):
    """Each film may have another aspect ratio."""
    wide = tmp_path / "wide.mkv"
    write_film(wide, (in_grey(rgb[16:48]) for rgb in pictures(2, 8)), frame_rate=12)
    first, *_ = pictures(2, 8)
    paths = picture(2), picture(0, "wide.png", rgb=np.ascontiguousarray(first[16:48]))
    given = [part for path in paths for part in ("--reference", path)]
    outcome = cartoonize("colorize", grey, wide, *ALONE, *given, "-o", tmp_path / "out", "-w", tmp_path)
    assert outcome.code == 0, outcome.err
    assert "frame2-.png is frame 2 of grey.mkv" in outcome.out
    assert "wide.png is frame 0 of wide.mkv" in outcome.out and "Not used" not in outcome.err


def test_a_reference_that_belongs_to_no_film_is_named_and_left_out(errors, picture):
    strange = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    given = ["--reference", picture(0)]
    colored, _ = errors(*given)
    for name, rgb, words in (
        ("strange.png", strange, "strange.png is not a frame of grey.mkv (the most similar is frame"),
        (
            "half.png",
            COLORS[0][::2],
            "half.png has 96x32 pixels, another aspect ratio than grey.mkv with 96x64.",
        ),
    ):
        given += ["--reference", picture(0, name, rgb=rgb)]
        same, messages = errors(*given)
        assert "Not used: " in messages and words in messages and (same == colored).all()
    alone, messages = errors(*given[2:])
    assert "None of the references is used. Colouring goes on without references." in messages
    assert alone.mean() > 2 * colored.mean()


def grey_of(index):
    return in_grey(COLORS[index])


def test_what_is_not_painted_yet_is_left_out(errors, picture):
    colored, _ = errors("--reference", picture(10))
    picture(2, "000002.png", rgb=grey_of(2))
    picture(4, "empty.png", alpha=0)
    again, messages = errors("--reference", picture(10).parent)
    assert "not painted yet: 000002.png\n" in messages and "not painted yet: empty.png\n" in messages
    assert (again == colored).all()
    nothing, messages = errors("--reference", picture(2, "000002.png", rgb=grey_of(2)))
    assert "not painted yet: 000002.png" in messages and "goes on without references" in messages
    assert nothing.mean() > 1.5 * colored.mean()


def test_a_picture_without_colour_that_is_not_the_frame_is_left_out(errors, picture):
    dull = np.clip(0.5 * grey_of(0) + 60, 0, 255).astype(np.uint8)
    _, messages = errors("--reference", picture(0, "dull.png", rgb=dull))
    assert "dull.png has no colour" in messages


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_areas_as_grey_as_the_film_are_unknown(errors, picture, suffix):
    """A user paints the box on the grey picture, and saves it without transparency."""
    box = (COLORS[0] == (210, 40, 50)).all(-1)
    flat = np.where(box[..., None], COLORS[0], grey_of(0))
    transparent = picture(0, "layer.png", rgb=COLORS[0], alpha=np.where(box, np.uint8(255), np.uint8(0)))
    opaque = picture(0, f"flat{suffix}", rgb=flat)
    sky = picture(2, "sky.png", rgb=COLORS[2], alpha=np.where(box, np.uint8(0), np.uint8(255)))
    expected, _ = errors("--reference", transparent, "--reference", sky)
    found, _ = errors("--reference", opaque, "--reference", sky)
    np.testing.assert_allclose(found[:8], expected[:8], atol=1)
    known, _ = errors("--reference", opaque, "--reference", sky, "--grey-is-known")
    assert (known[:2] > 3 * expected[:2]).all()


def test_bad_references_are_one_line(fails, grey, picture, tmp_path):
    base = ("colorize", grey, *ALONE, "-o", tmp_path / "x.mkv", "-w", tmp_path)
    fails(*base, "--reference", tmp_path / "none.png", words=["none.png does not exist"])
    other = np.ascontiguousarray(COLORS[0][..., ::-1])
    fails(
        *base, "--reference", picture(0), "--reference", picture(0, "0.png", rgb=other),
        words=["0.png and", "frame0-.png show the same frame in different colours"],
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
