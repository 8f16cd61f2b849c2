"""Animated PNG, WebP and GIF: all frames at their times. Stills stay stills, and damage is told."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from cartoonize.errors import SourceError
from cartoonize.limits import Limits
from cartoonize.video import open_source, open_writer
from tests.support.recordings import drawings

pytestmark = pytest.mark.video

MILLISECONDS = [100, 40, 250, 100, 60, 100]


def pictures(mode="RGB"):
    found = [Image.fromarray(picture).convert(mode) for picture in drawings(6, 48, 64)]
    if mode == "RGBA":
        for number, picture in enumerate(found):
            picture.putalpha(255 - 40 * number)
    return found


def animation(path, mode="RGB"):
    first, *others = pictures(mode)
    options = {"lossless": True} if path.suffix == ".webp" else {}
    first.save(path, save_all=True, append_images=others, duration=MILLISECONDS, loop=0, **options)
    return path


def read(path, **options):
    with open_source(path, **options) as source:
        frames = list(source.frames(rgb=True))
        return source, frames


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.gif"])
def test_all_frames_of_an_animation_at_their_times(tmp_path, name):
    path = animation(tmp_path / name)
    source, frames = read(path)
    base = source.format.time_base
    assert source.kind == "video" and source.damage == source.remarks == []
    begins = np.cumsum([0, *MILLISECONDS]) / 1000
    assert [float(f.pts * base) for f in frames] == pytest.approx(begins[:-1])
    assert float(frames[-1].duration * base) == pytest.approx(0.1)
    worst = 0 if name != "a.gif" else 3
    for frame, picture in zip(frames, drawings(6, 48, 64), strict=True):
        assert np.abs(frame.rgb.astype(int) - picture).max() <= worst
        assert np.abs(frame.grey.astype(int) - picture[..., 0]).max() <= worst
    with open_source(path) as source:
        part = [frame.pts for frame in source.frames(start=0.1, end=0.4)]
    assert [float(pts * base) for pts in part] == pytest.approx([0.1, 0.14, 0.39])


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_the_copy_has_all_frames_and_times(tmp_path, name):
    path, output = animation(tmp_path / name), tmp_path / "copy.mkv"
    with (
        open_source(path) as source,
        open_writer(output, source.format, copy_from=path, codec="ffv1") as writer,
    ):
        for frame in source.frames():
            writer.write(frame)
    assert writer.warnings == []
    copy, frames = read(output)
    begins = np.cumsum([0, *MILLISECONDS[:-1]]) / 1000
    assert [float(f.pts * copy.format.time_base) for f in frames] == pytest.approx(begins)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "I;16"])
def test_animated_pngs_of_all_kinds(tmp_path, mode):
    path = tmp_path / "a.png"
    if mode == "I;16":
        with av.open(str(path), "w", format="apng") as out:
            stream = out.add_stream("apng", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "gray16be"
            for number, picture in enumerate(drawings(6, 48, 64)):
                deep = av.VideoFrame.from_ndarray(picture[..., 0].astype(np.uint16) * 257, "gray16le")
                frame = deep.reformat(format="gray16be")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    else:
        animation(path, mode)
    source, frames = read(path)
    assert len(frames) == 6 and source.format.full_range
    assert source.format.bit_depth == (16 if mode == "I;16" else 8)
    assert source.format.has_color == (mode in ("P", "RGBA"))
    for frame, picture in zip(frames, drawings(6, 48, 64), strict=True):
        assert np.abs(frame.grey.astype(int) - picture[..., 0]).max() <= (60 if mode == "P" else 1)


def test_stills_stay_stills(tmp_path):
    for suffix in (".png", ".webp"):
        path = tmp_path / f"still{suffix}"
        cv2.imwrite(str(path), np.zeros((20, 30, 3), np.uint8))
        with open_source(path) as source:
            assert source.kind == "image" and source.format.n_frames == 1


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_damage_of_an_animation_is_told(tmp_path, name):
    path = animation(tmp_path / name)
    whole = path.read_bytes()
    for label, data in (("cut", whole[: len(whole) * 6 // 10]), ("flipped", None)):
        if data is None:
            changed = bytearray(whole)
            at = whole.rindex(b"fdAT") + 20 if name == "a.png" else whole.rindex(b"ANMF") + 60
            changed[at : at + 8] = b"\xff" * 8
            data = bytes(changed)
        path.write_bytes(data)
        with pytest.raises(SourceError, match="incomplete|damaged") as caught:
            read(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value), label


def test_an_animation_with_opacity_says_so(tmp_path):
    source, _ = read(animation(tmp_path / "a.webp", "RGBA"))
    assert source.remarks == ["has an opacity of pixels (alpha), which is not kept"]


def test_animations_have_the_limits_of_films(tmp_path):
    for name in ("a.png", "a.webp"):
        path = animation(tmp_path / name)
        with pytest.raises(SourceError, match="6 frames, more than 5"):
            read(path, limits=Limits(max_frames=5))
        with pytest.raises(SourceError, match="64x48"):
            read(path, limits=Limits(max_pixels=64 * 48 - 1))
