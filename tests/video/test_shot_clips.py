"""One clip for each shot, with handles, and the sound and the timecode of its frames."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from cartoonize.errors import OutputError, UsageError
from cartoonize.video import Sound, open_source, write_film
from cartoonize.video.picture_data import picture_data
from cartoonize.video.shot_clips import open_clips

pytestmark = pytest.mark.video

#: Number of the shot of each frame.
SHOTS = [0] * 10 + [1] * 2 + [2] * 13


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Write 25 frames, of which each has another grey, with a sound whose level grows, and two chapters."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    ramp = np.linspace(0, 0.9, 48000, dtype=np.float32)[:, None]
    pictures = (np.full((128, 256, 3), 40 + 6 * i, np.uint8) for i in range(len(SHOTS)))
    write_film(
        path,
        pictures,
        sound=[Sound(ramp, 48000, codec="flac")],
        frame_rate=25,
        codec="ffv1",
        chapters=[(0, 0.5, "One"), (0.5, 1, "Two")],
    )
    return path


def clips(source_path, folder, *, shots=SHOTS, copy=True, **options):
    with (
        open_source(source_path) as source,
        open_clips(
            folder, source.format, copy_from=source_path if copy else None, names=source.names, **options
        ) as writer,
    ):
        for frame, shot in zip(source.frames(), shots, strict=True):
            writer.write(frame.having(shot=shot))
    return writer


def greys(path):
    """Return the numbers of the frames of a clip in the film."""
    with open_source(path) as source:
        return [round((int(frame.grey[9, 9]) - 40) / 6) for frame in source.frames()]


@pytest.mark.parametrize(
    "codec, suffix", [("ffv1", "mkv"), ("prores", "mov"), ("h264", "mp4"), ("dnxhr", "mov")]
)
@pytest.mark.parametrize("handles", [0, 3])
def test_every_shot_has_a_clip(film, tmp_path, codec, suffix, handles):
    writer = clips(film, tmp_path / "out", codec=codec, handles=handles)
    paths = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in paths] == [f"out.{k:04d}.{suffix}" for k in (1, 2, 3)]
    ranges = {0: [(0, 10), (10, 12), (12, 25)], 3: [(0, 13), (7, 15), (9, 25)]}[handles]
    assert [greys(path) for path in paths] == [list(range(*part)) for part in ranges]
    assert all(str(tmp_path / "out") in line and ".part" not in line for line in writer.warnings)
    assert len(writer.warnings) <= 1


def test_clips_have_the_sound_of_their_frames(film, tmp_path):
    clips(film, tmp_path / "out", codec="ffv1", handles=2)
    for path, (start, stop) in zip(
        sorted((tmp_path / "out").iterdir()), [(0, 12), (8, 14), (10, 25)], strict=True
    ):
        with av.open(str(path)) as container:
            assert container.chapters() == []
            frames = list(container.decode(audio=0))
        level = [abs(float(frame.to_ndarray().mean())) / 32768 for frame in (frames[0], frames[-1])]
        assert abs(float(frames[0].pts * frames[0].time_base)) < 0.1
        n_samples = sum(frame.samples for frame in frames)
        assert abs(n_samples / 48000 - (stop - start) / 25) < 0.1
        assert abs(level[0] / 0.9 - start / 25) < 0.15 and abs(level[1] / 0.9 - stop / 25) < 0.15


def test_timecode_tells_the_place_in_the_film(film, tmp_path):
    clips(film, tmp_path / "out", codec="prores", handles=1)
    found = [picture_data(path).timecode for path in sorted((tmp_path / "out").iterdir())]
    assert found == ["00:00:00:00", "00:00:00:09", "00:00:00:11"]


def test_shots_of_pictures_are_folders(film, tmp_path):
    clips(film, tmp_path / "out", codec="png", handles=1)
    folders = sorted((tmp_path / "out").iterdir())
    assert [folder.name for folder in folders] == ["out.0001", "out.0002", "out.0003"]
    assert [len(list(folder.iterdir())) for folder in folders] == [11, 4, 14]
    first = cv2.imread(str(folders[1] / "000010.png"))  # numbers tell the place in the film
    assert abs(int(first[9, 9, 0]) - (40 + 6 * 9)) <= 1


def test_names_of_stills_stay(tmp_path):
    (tmp_path / "in").mkdir()
    for k in range(4):
        cv2.imwrite(str(tmp_path / "in" / f"x{k}.png"), np.full((48, 64, 3), 50 * k, np.uint8))
    clips(tmp_path / "in", tmp_path / "out", shots=[0, 0, 1, 1], copy=False, codec="tiff", handles=1)
    names = {f.name: sorted(p.name for p in f.iterdir()) for f in (tmp_path / "out").iterdir()}
    assert names == {"out.0001": ["x0.tif", "x1.tif", "x2.tif"], "out.0002": ["x1.tif", "x2.tif", "x3.tif"]}


def test_a_folder_appears_when_all_clips_are_complete(film, tmp_path):
    with (
        open_source(film) as source,
        pytest.raises(RuntimeError),
        open_clips(tmp_path / "out", source.format, codec="ffv1", copy_from=film) as writer,
    ):
        for frame, shot in zip(source.frames(), SHOTS, strict=True):
            if frame.index == 15:
                raise RuntimeError
            writer.write(frame.having(shot=shot))
    assert list(tmp_path.iterdir()) == []


def test_only_clips_are_replaced(film, tmp_path):
    clips(film, tmp_path / "out", codec="ffv1")
    with pytest.raises(OutputError, match="exists already"):
        clips(film, tmp_path / "out", codec="ffv1")
    clips(film, tmp_path / "out", codec="ffv1", force=True)
    (tmp_path / "out" / "notes.txt").write_text("keep")
    with pytest.raises(OutputError, match="holds more"):
        clips(film, tmp_path / "out", codec="ffv1", force=True)
    with pytest.raises(UsageError, match="need a folder"):
        clips(film, tmp_path / "out.mov", codec="prores")


def test_what_is_lost_is_said_once(tmp_path):
    source = tmp_path / "film.mkv"
    with av.open(str(source), "w") as out:
        video = out.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = 256, 128, "yuva420p"
        for _ in range(25):
            out.mux(video.encode(av.VideoFrame(256, 128, "yuva420p")))
        out.mux(video.encode(None))
    (line,) = clips(source, tmp_path / "out", codec="h264").warnings
    assert line.startswith(f"{tmp_path / 'out'}: ") and "opacity" in line and "of 3" not in line


def test_irregular_times_of_a_clip_stay(tmp_path):
    source = tmp_path / "film.mkv"
    pts = [0, 40, 200, 240, 400]
    pictures = (np.full((128, 256, 3), 40 + 6 * i, np.uint8) for i in range(5))
    write_film(source, pictures, codec="ffv1", frame_rate=25, pts=pts, time_base=Fraction(1, 1000))
    clips(source, tmp_path / "out", shots=[0, 0, 1, 1, 1], codec="ffv1")
    with open_source(tmp_path / "out" / "out.0002.mkv") as result:
        times = [frame.pts * result.format.time_base for frame in result.frames()]
    assert times == [0, Fraction(40, 1000), Fraction(200, 1000)]
