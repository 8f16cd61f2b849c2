"""Media of a film for an edit list: one video, a folder of clips, or a folder of pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from cartoonize.errors import SourceError
from cartoonize.video.containers import list_streams
from cartoonize.video.edit_list import Media
from cartoonize.video.frame_times import standard_rate
from cartoonize.video.images import pictures_in
from cartoonize.video.picture_codecs import PICTURE_SUFFIXES
from cartoonize.video.picture_data import picture_data
from cartoonize.video.source import open_source
from cartoonize.video.timecode import Timecode

#: Frame rate of pictures whose source is unknown, as in `cartoonize.video.open_source`.
_DEFAULT_RATE = Fraction(24)
#: End of the name of a clip of a shot.
_CLIP = re.compile(r".+\.(\d{4,})")


@dataclass(frozen=True)
class FilmMedia:
    """Media of a film."""

    name: str
    rate: Fraction
    """Frames per second."""
    start: Timecode
    """Timecode of the first frame."""
    parts: Sequence[Media]
    """One for the whole film, or one for each shot."""
    has_times: bool
    """True if frames have times, as in videos; False for pictures."""

    @property
    def n_clips(self) -> int:
        """Number of clips; 0 if the film is in one piece."""
        return len(self.parts) if len(self.parts) > 1 or self.parts[0].offset else 0

    @property
    def n_frames(self) -> int:
        """Number of frames of the film; 0 if unknown."""
        last = self.parts[-1]
        return last.offset + last.n_frames if last.n_frames else 0

    def of_shot(self, number: int) -> Media:
        """Return the media that holds a shot."""
        return self.parts[number if self.n_clips else 0]


def film_media(path: Path, source: str = "") -> FilmMedia:
    """Return the media of a film.

    Parameters
    ----------
    path : Path
        Video, folder of pictures, or folder with a clip for each shot.
    source : str
        Path of the film from which it was coloured, which tells the frame rate of pictures; "" if unknown.

    Raises
    ------
    SourceError
        If there is no film, or a clip does not tell its place in the film.
    """
    if not path.exists():
        raise SourceError(f"{path} does not exist", "Check the name.")
    clips = _clips_in(path)
    if clips and clips[0].is_dir():
        return _of_sequences(path, [_sequence(_pictures_in(clip)) for clip in clips], source)
    if clips:
        return _of_clips(path, clips)
    if path.is_dir():
        return _of_sequences(path, [_sequence(_pictures_in(path))], source)
    with open_source(path) as opened:
        form = opened.format
        if opened.names:
            return _of_sequences(path, [_sequence([path])], source)
    rate = standard_rate(Fraction(form.frame_rate or 24))
    start = Timecode.of(picture_data(path).timecode, rate) or Timecode(0, rate)
    media = Media(
        path, start.number, 0, _n_frames(form.duration, form.n_frames, rate), has_sound=_has_sound(path)
    )
    return FilmMedia(path.stem, rate, start, (media,), has_times=True)


def _clips_in(path: Path) -> list[Path]:
    """Return the clips in a folder, in order; an empty list if it is not a folder of clips."""
    if not path.is_dir():
        return []
    found = [p for p in path.iterdir() if _CLIP.fullmatch(p.name if p.is_dir() else p.stem)]
    found = [
        p for p in found if p.is_dir() or p.suffix.lower() not in (*PICTURE_SUFFIXES, ".srt", ".ass", ".mka")
    ]
    return sorted(found, key=lambda p: (len(p.name), p.name))


def _of_clips(path: Path, clips: Sequence[Path]) -> FilmMedia:
    """Return the media of a folder of clips, whose timecode tells their place in the film."""
    parts: list[Media] = []
    start: Timecode | None = None
    for clip in clips:
        with open_source(clip) as source:
            form = source.format
        rate = standard_rate(Fraction(form.frame_rate or 24)) if start is None else start.rate
        timecode = Timecode.of(picture_data(clip).timecode, rate)
        if timecode is None:
            raise SourceError(f"{clip} has no timecode", "Colour the film again with --clip-per-shot.")
        start = start or timecode
        n_frames = _n_frames(form.duration, form.n_frames, rate)
        offset = timecode.number - start.number
        parts.append(Media(clip, timecode.number, offset, n_frames, has_sound=_has_sound(clip)))
    assert start is not None
    return FilmMedia(path.resolve().name, start.rate, start, tuple(parts), has_times=True)


def _of_sequences(path: Path, sequences: Sequence[Media], source: str) -> FilmMedia:
    """Return the media of pictures, whose numbers tell their place in the film."""
    rate = _DEFAULT_RATE
    if source and Path(source).is_file():
        with suppress(SourceError), open_source(Path(source)) as opened:
            rate = standard_rate(Fraction(opened.format.frame_rate or rate))
    first = sequences[0].first
    parts = tuple(replace(part, offset=part.first - first) for part in sequences)
    name = path.resolve().name if path.is_dir() else path.stem
    return FilmMedia(name, rate, Timecode(0, rate), parts, has_times=False)


def _pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder, also those that are only written."""
    written = sorted(folder.glob("*.exr"))
    return written or pictures_in(folder)


def _sequence(pictures: Sequence[Path]) -> Media:
    """Return the media of numbered pictures."""
    digits = re.search(r"\d*$", pictures[0].stem)
    number = int(digits[0]) if digits and digits[0] else 0
    return Media(pictures[0], number, 0, len(pictures), is_sequence=True)


def _n_frames(duration: float | None, n_frames: int, rate: Fraction) -> int:
    return round(duration * rate) if duration else n_frames


def _has_sound(path: Path) -> bool:
    return any(stream.type == "audio" for stream in list_streams(path))
