"""Reading and writing of pictures and folders of stills."""

import cv2
import numpy as np
import pytest

from cartoonize.errors import SourceError, UsageError
from cartoonize.video import open_source, open_writer


def picture(seed=0, height=40, width=56):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def save(path, rgb):
    assert cv2.imwrite(str(path), rgb[..., ::-1] if rgb.ndim == 3 else rgb)
    return path


def luma_of(rgb):
    return np.rint(rgb @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)


def chroma_of(rgb):
    """Return Cb and Cr of JPEG (ITU-T T.871), rounded."""
    r, g, b = np.moveaxis(rgb.astype(float), -1, 0)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    return tuple(
        np.clip(np.rint(c + 128), 0, 255).astype(np.uint8) for c in ((b - y) / 1.772, (r - y) / 1.402)
    )


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".webp", ".jpg"])
def test_a_picture_is_a_source_of_one_frame(tmp_path, suffix):
    rgb = np.kron(picture(0, 5, 7), np.ones((8, 8, 1), np.uint8))
    path = save(tmp_path / f"one{suffix}", rgb)
    with open_source(path) as source:
        assert (source.kind, source.format.n_frames, source.names) == ("image", 1, [path.name])
        assert source.format.full_range and source.format.matrix == "bt601"
        (frame,) = source.frames(rgb=True)
    if suffix in (".png", ".bmp", ".tif"):
        assert np.array_equal(frame.rgb, rgb)
        assert np.array_equal(frame.luma, luma_of(rgb))
    assert np.array_equal(frame.luma, frame.grey)
    assert frame.luma.shape == rgb.shape[:2]


def test_the_content_decides_on_the_type_not_the_name(tmp_path):
    path = save(tmp_path / "x.png", picture()).rename(tmp_path / "x.mp4")
    with open_source(path) as source:
        assert source.kind == "image"


def test_sixteen_bits_alpha_and_grey_become_eight_bit_rgb(tmp_path):
    rgb = picture()
    cv2.imwrite(str(tmp_path / "deep.png"), rgb[..., ::-1].astype(np.uint16) * 257)
    cv2.imwrite(str(tmp_path / "alpha.png"), np.dstack([rgb[..., ::-1], rgb[..., :1]]))
    cv2.imwrite(str(tmp_path / "gray.png"), rgb[..., 1])
    for name, expected in (("deep", rgb), ("alpha", rgb), ("gray", np.repeat(rgb[..., 1:2], 3, 2))):
        with open_source(tmp_path / f"{name}.png") as source:
            (frame,) = source.frames(rgb=True)
        assert frame.rgb.dtype == np.uint8
        assert np.array_equal(frame.rgb, expected)


def test_a_folder_is_read_in_natural_order(tmp_path):
    names = ["frame2.png", "frame10.png", "frame1.png", "Frame3.PNG"]
    for seed, name in enumerate(names):
        save(tmp_path / name, picture(seed))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    with open_source(tmp_path) as source:
        assert source.kind == "stills"
        assert source.names == ["frame1.png", "frame2.png", "Frame3.PNG", "frame10.png"]
        frames = list(source.frames(rgb=True))
        assert [f.pts for f in frames] == [0, 1, 2, 3]
        for frame, seed in zip(frames, (2, 0, 3, 1), strict=True):
            assert np.array_equal(frame.rgb, picture(seed))
        assert [f.pts for f in source.frames(start=1 / 24, end=3 / 24)] == [1, 2]


def test_a_different_size_is_an_error_that_names_the_file(tmp_path):
    save(tmp_path / "1.png", picture())
    save(tmp_path / "2.png", picture(0, 41, 56))
    with (
        pytest.raises(SourceError, match="2.png is 56x41 pixels, but 1.png is 56x40"),
        open_source(tmp_path) as s,
    ):
        list(s.frames())


def test_true_chroma_restores_the_picture(tmp_path):
    """8-bit Y'CbCr rounds: values differ by up to 2 codes, as in a JPEG of quality 100."""
    source_folder, output = tmp_path / "in", tmp_path / "out"
    source_folder.mkdir()
    for seed in range(3):
        save(source_folder / f"s{seed}.jpg.png", picture(seed))
    with (
        open_source(source_folder) as source,
        open_writer(output, source.format, codec="png", names=source.names) as writer,
    ):
        assert (writer.plane_format.chroma_height, writer.plane_format.chroma_width) == (40, 56)
        for frame in source.frames(rgb=True):
            writer.write(frame.having(chroma=chroma_of(frame.rgb), rgb=None))
        assert not output.exists()
    assert sorted(p.name for p in output.iterdir()) == ["s0.jpg.png", "s1.jpg.png", "s2.jpg.png"]
    with open_source(output) as copy:
        for seed, frame in enumerate(copy.frames(rgb=True)):
            assert np.abs(frame.rgb.astype(int) - picture(seed)).max() <= 2


def test_one_picture_is_written(tmp_path):
    path = save(tmp_path / "in.png", picture())
    output = tmp_path / "out.png"
    with open_source(path) as source, open_writer(output, source.format) as writer:
        (frame,) = source.frames()
        writer.write(frame)
    grey = cv2.imread(str(output))
    assert np.array_equal(grey[..., 0], frame.luma) and np.array_equal(grey[..., 1], grey[..., 2])
    with pytest.raises(UsageError), open_writer(tmp_path / "two.png", source.format) as writer:
        writer.write(frame)
        writer.write(frame)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.png", "out.png"]


def test_colliding_names_are_made_unique(tmp_path):
    save(tmp_path / "a.png", picture(0))
    save(tmp_path / "a.bmp", picture(1))
    output = tmp_path.parent / "collided"
    with open_source(tmp_path) as source, open_writer(output, source.format, names=source.names) as writer:
        for frame in source.frames():
            writer.write(frame)
    assert sorted(p.name for p in output.iterdir()) == ["a.bmp.png", "a.png.png"]


def test_a_video_becomes_numbered_pictures(tmp_path):
    from cartoonize.video import write_film

    film = tmp_path / "film.mkv"
    colors = [(200, 40, 40), (30, 160, 90), (90, 90, 220)]
    write_film(film, [np.full((32, 32, 3), c, np.uint8) for c in colors], codec="ffv1", pix_fmt="yuv444p")
    with open_source(film) as source, open_writer(tmp_path / "out", source.format) as writer:
        assert writer.plane_format.full_range and writer.plane_format.matrix == "bt709"
        for frame, color in zip(source.frames(), colors, strict=True):
            r, g, b = color
            y = 0.2126 * r + 0.7152 * g + 0.0722 * b
            cb, cr = 128 + (b - y) / 1.8556, 128 + (r - y) / 1.5748
            writer.write(frame.having(chroma=tuple(np.full((32, 32), round(c), np.uint8) for c in (cb, cr))))
    with open_source(tmp_path / "out") as pictures:
        assert pictures.names == ["000001.png", "000002.png", "000003.png"]
        for frame, color in zip(pictures.frames(rgb=True), colors, strict=True):
            assert np.abs(frame.rgb[4, 4].astype(int) - color).max() <= 2


def test_alpha_is_kept_on_request(tmp_path):
    from cartoonize.video.images import read_picture_with_alpha

    path = tmp_path / "p.png"
    bgra = np.zeros((4, 5, 4), np.uint8)
    bgra[1, 2] = (10, 20, 30, 200)
    for picture, expected in (
        (bgra, (30, 20, 10, 200)),
        (bgra.astype(np.uint16) * 257, (30, 20, 10, 200)),
        (bgra[..., :3], (30, 20, 10, 255)),
        (bgra[..., 0], (10, 10, 10, 255)),
    ):
        cv2.imwrite(str(path), picture)
        read = read_picture_with_alpha(path)
        assert read.shape == (4, 5, 4) and read.dtype == np.uint8 and tuple(read[1, 2]) == expected
    path.write_bytes(b"\x89PNG")
    with pytest.raises(SourceError, match="damaged picture"):
        read_picture_with_alpha(path)
