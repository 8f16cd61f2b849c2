"""Writer of one clip for each shot: a folder of videos, or of folders of pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cartoonize.atomic import FinishedHook, do_nothing
from cartoonize.errors import OutputError, UsageError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.video.container_support import streams_mp4_cannot_hold
from cartoonize.video.finalize import finalized_output
from cartoonize.video.output import Writer, open_writer
from cartoonize.video.picture_codecs import PICTURE_CODECS, PICTURE_SUFFIXES
from cartoonize.video.stills_writer import StillsWriter
from cartoonize.video.writer import VideoWriter

#: Suffix of the clips for codecs that are not for MP4.
_SUFFIXES = {"ffv1": ".mkv", "prores": ".mov", "dnxhr": ".mov"}
#: Suffixes of files beside clips, with streams that their container cannot hold.
_SIDECARS = (".srt", ".ass", ".vtt", ".sup", ".mka", ".mks", ".mkv")


@dataclass
class _Clip:
    """A clip that is being written."""

    shot: int
    writer: Writer
    n_left: int | None = None
    """Number of frames that are still missing after its shot; None as long as the shot goes on."""


class ShotClips:
    """Writer of a folder with one clip for each shot; see :func:`open_clips`.

    Parameters
    ----------
    path : Path
        Folder.
    format : VideoFormat
        Format of the source.
    handles : int
        Number of frames before and after each shot.
    copy_from : Path or None
        Source of sound and other streams.
    names : sequence of str
        File names of the source's stills.
    force : bool
        Replace an existing folder.
    coding : mapping
        Codec and its options.
    """

    def __init__(
        self,
        path: Path,
        format: VideoFormat,
        *,
        handles: int,
        copy_from: Path | None,
        names: Sequence[str],
        force: bool,
        **coding: Any,
    ) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.sidecars: list[Path] = []
        self.force = force
        self.on_finished: FinishedHook = do_nothing
        self._format, self._handles = format, handles
        self.suffix = _suffix(coding["codec"], copy_from, has_names=bool(names))
        self._options: dict[str, Any] = {"copy_from": copy_from, "names": names, **coding}
        self.plane_format = self._open(path / f"x{self.suffix}").plane_format  # checks all options, too
        self._earlier: deque[Frame] = deque(maxlen=handles)
        self._clips: list[_Clip] = []
        """Clips that are being written; all but the last are in the frames after their shots."""
        self._lines: dict[str, int] = {}
        self._n_clips = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        suffixes = (self.suffix, *_SIDECARS) if self.suffix else PICTURE_SUFFIXES
        output = finalized_output(
            self.path, folder=True, suffixes=suffixes, force=self.force, on_finished=self.on_finished
        )
        self._part = self._stack.enter_context(output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        clips, self._clips = self._clips, []
        if error is not None:
            for clip in clips:
                clip.writer.__exit__(kind, error, trace)
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            if not self._n_clips:
                raise OutputError(f"{self.path} would have no frame", "Check --start and --end.")
            self._clips = clips
            while self._clips:
                self._finish(self._clips[0])
            self.warnings = [self._line(text, n_clips) for text, n_clips in self._lines.items()]

    def write(self, frame: Frame) -> None:
        """Add a frame to the clip of its shot, and to those of which it is a handle."""
        if not self._clips or frame.shot != self._clips[-1].shot:
            self._begin(frame)
        for clip in list(self._clips):
            if clip.n_left == 0:
                self._finish(clip)
                continue
            with self._final_names():
                clip.writer.write(frame)
            if clip.n_left is not None:
                clip.n_left -= 1
        self._earlier.append(frame)

    def _line(self, text: str, n_clips: int) -> str:
        """Return a line about something that was not kept in some of the clips."""
        return f"{self.path}: {text}" + (
            f" ({n_clips} of {self._n_clips} clips)" if self._n_clips > n_clips else ""
        )

    def _open(self, path: Path, *, start: float | None = None) -> Writer:
        writer = open_writer(path, self._format, start=start, **self._options)
        if isinstance(writer, VideoWriter):
            writer.is_clip = True
        return writer

    def _begin(self, frame: Frame) -> None:
        """Begin a clip with the frames before its shot."""
        if self._clips:
            self._clips[-1].n_left = self._handles
        self._n_clips += 1
        first = self._earlier[0] if self._earlier else frame
        start = float((first.pts - self._format.start_pts) * self._format.time_base)
        name = f"{self.path.name}.{self._n_clips:04d}{self.suffix}"
        with self._final_names():
            writer = self._open(self._part / name, start=start)
            if isinstance(writer, StillsWriter):  # so that pictures tell their place in the film, too
                writer.first_number = first.index + 1
            writer.__enter__()
        self._clips.append(_Clip(frame.shot, writer))
        with self._final_names():
            for earlier in self._earlier:
                writer.write(earlier)

    def _finish(self, clip: _Clip) -> None:
        """Complete a clip, and take over what it has to say."""
        self._clips.remove(clip)
        with self._final_names():
            clip.writer.__exit__(None, None, None)
        for line in clip.writer.warnings:
            text = line.replace(str(clip.writer.path), clip.writer.path.name).partition(": ")[2]
            self._lines[text] = self._lines.get(text, 0) + 1

    @contextmanager
    def _final_names(self) -> Iterator[None]:
        """Name the folder by its final path in errors."""
        try:
            yield
        except OutputError as error:
            raise OutputError(error.message.replace(str(self._part), str(self.path)), error.hint) from error


def open_clips(
    path: Path,
    format: VideoFormat,
    *,
    handles: int = 0,
    copy_from: Path | None = None,
    names: Sequence[str] = (),
    force: bool = False,
    **coding: Any,
) -> Writer:
    """Open a folder for one clip of each shot. Use it in a ``with`` block.

    Each clip has the name of the folder and a number. Its sound and its timecode, or the numbers of its
    pictures, are those of its frames.

    Parameters
    ----------
    path : Path
        Folder to write.
    format : VideoFormat
        Format of the source.
    handles : int
        Number of frames before and after each shot, as far as there are so many.
    copy_from : Path, optional
        Source of sound and other streams.
    names : sequence of str
        File names of the source's stills.
    force : bool
        Replace an existing folder of clips.
    **coding
        ``codec`` and the other options of `cartoonize.video.open_writer` for the coding.

    Raises
    ------
    UsageError, OutputError
        As for `cartoonize.video.open_writer`.
    """
    if path.suffix:
        raise UsageError(f"{path} is the name of a file, but clips of shots need a folder", "Give a folder.")
    return ShotClips(path, format, handles=handles, copy_from=copy_from, names=names, force=force, **coding)


def _suffix(codec: str, copy_from: Path | None, *, has_names: bool) -> str:
    """Return the suffix of the clips: that of the container for the codec; "" for folders of pictures."""
    if has_names or codec in PICTURE_CODECS:
        return ""
    if codec in _SUFFIXES:
        return _SUFFIXES[codec]
    return ".mkv" if copy_from is not None and streams_mp4_cannot_hold(copy_from) else ".mp4"
