"""Small films, and files that are not films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from cartoonize.video import write_film

N_FRAMES, FRAME_RATE, HEIGHT, WIDTH = 24, 12, 64, 96
_DAYS = ((130, 190, 240), (240, 220, 130), (150, 230, 150))
_NIGHTS = ((20, 30, 90), (90, 30, 60), (20, 70, 40))

#: Files that are not films, and the words that the program says about each of them.
BAD_SOURCES = {
    "missing.mkv": "does not exist",
    "empty.mkv": "is empty",
    "text.mp4": "is a text file, not a video",
    "noise.mp4": "is not a video of a known format",
    "cut.mp4": " of about 60 frames",
    "blank.mp4": "without frames",
    "sound.mkv": "no video stream, only audio",
    "no-pictures": "folder without pictures",
}


def pictures(episode: int = 0, n_frames: int = N_FRAMES, grey: bool = False) -> Iterator[np.ndarray]:
    """Draw the frames of an episode.

    A red box and a yellow box walk to and fro. Each drawing is held for two frames. The second half of the
    film shows the night, so that there is a cut in the middle.
    """
    for index in range(n_frames):
        sky = (_DAYS if index < n_frames // 2 else _NIGHTS)[episode % 3]
        at = 4 + abs((index // 2 * 3 + 33) % 66 - 33)
        picture = np.full((HEIGHT, WIDTH, 3), sky, np.uint8)
        picture[20:48, at : at + 24] = (210, 40, 50)
        picture[8:16, 78 - at : 90 - at] = (250, 230, 60)
        if grey:
            picture[:] = np.rint(picture @ np.array([0.299, 0.587, 0.114]))[..., None]
        yield picture


def film(path: Path, episode: int = 0, n_frames: int = N_FRAMES, grey: bool = False, **options: Any) -> Path:
    """Write the film of an episode with sound and a subtitle in colour; return its path.

    MP4 cannot hold the colour of the subtitle, so that the coloured copy is an MKV.
    """
    seconds = n_frames / FRAME_RATE
    time = np.arange(round(44100 * seconds)) / 44100
    tone = np.stack([np.sin(2 * np.pi * 330 * time) / 4] * 2, 1).astype(np.float32)
    text = f'<font color="yellow">Episode {episode}</font>'
    settings: dict[str, Any] = {"sound": tone, "subtitles": [(0.2, 0.9, text)], **options}
    write_film(path, pictures(episode, n_frames, grey), frame_rate=FRAME_RATE, **settings)
    return path


def write_bad_sources(folder: Path) -> None:
    """Write the files of `BAD_SOURCES` into a folder."""
    whole = folder / "whole.mp4"
    _copy_with_index_first(film(folder / "whole.mkv", n_frames=60, gop=6), whole)
    data = whole.read_bytes()
    frames = data.index(b"mdat") + 4
    (folder / "empty.mkv").touch()
    (folder / "text.mp4").write_text("dear reader,\n" * 100)
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    (folder / "cut.mp4").write_bytes(data[: int(len(data) * 0.6)])
    (folder / "blank.mp4").write_bytes(data[:frames] + bytes(len(data) - frames))
    (folder / "no-pictures").mkdir()
    (folder / "no-pictures" / "notes.txt").write_text("none")
    with av.open(str(folder / "sound.mkv"), "w") as out:
        stream = out.add_stream("flac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8192), np.int16), "s16", "stereo")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _copy_with_index_first(source: Path, target: Path) -> None:
    """Copy the video into an MP4 file that opens even if its end is cut off."""
    with (
        av.open(str(source)) as one,
        av.open(str(target), "w", options={"movflags": "faststart"}) as two,
    ):
        stream = two.add_stream_from_template(one.streams.video[0], opaque=True)
        for packet in one.demux(video=0):
            if packet.size:
                packet.stream = stream
                two.mux(packet)
