"""Coloured videos: the source's luma, new chroma, and everything else as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import WhenWhole, nothing
from cartoonize.errors import OutputError, UnknownNameError, UsageError
from cartoonize.frames import Frame, Matrix, PlaneFormat, VideoFormat
from cartoonize.video.codecs import Codec
from cartoonize.video.fields import field_marker
from cartoonize.video.finalize import container_appearing, output_errors
from cartoonize.video.planes import fill_plane, is_rgb
from cartoonize.video.stream_copy import Tracks

#: AVCOL matrix numbers for sources that do not say theirs.
_MATRIX_TAGS: dict[Matrix, int] = {"bt601": 6, "bt709": 1, "bt2020": 9}
#: Numbers that a copy keeps; others (RGB, none, rare ones) give way to what the chroma is written in.
_KNOWN_MATRICES = (1, 5, 6, 9)
#: AVFieldOrder
_FIELD_ORDERS = {"top": 2, "bottom": 3}


class VideoWriter:
    """A coloured video under way; see :func:`cartoonize.video.output.open_writer`."""

    def __init__(
        self,
        path: Path,
        format: VideoFormat,
        *,
        container: str,
        codec: Codec,
        codec_name: str,
        crf: int | None,
        pix_fmt: str | None,
        copy_from: Path | None,
        start: float | None,
        end: float | None,
        force: bool,
    ) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.sidecars: list[Path] = []
        self.force = force
        self.when_whole: WhenWhole = nothing
        self._format = format
        self._container_name = container
        self._codec, self._options = codec, _encoder_options(codec, codec_name, crf)
        self._pix_fmt = _pix_fmt(format, codec, codec_name, pix_fmt)
        self._copy_from, self._start, self._end = copy_from, start, end
        if codec_name == "h264" and format.field_order != "progressive" and format.height % 2:
            raise UsageError("h264 cannot hold interlaced frames of odd height", "Use ffv1")
        layout = av.VideoFormat(self._pix_fmt, format.width, format.height)
        self.plane_format = PlaneFormat(
            height=format.height,
            width=format.width,
            chroma_height=layout.chroma_height(),
            chroma_width=layout.chroma_width(),
            bit_depth=layout.components[0].bits,
            full_range=format.full_range,
            matrix=format.matrix,
        )
        self._stack = ExitStack()
        self._n_frames = 0
        self._durations: dict[int, int] = {}

    def __enter__(self) -> Self:
        with self._stack as stack, output_errors(self.path):
            self._out = stack.enter_context(
                container_appearing(
                    self.path, self._container_name, force=self.force, when_whole=self.when_whole
                )
            )
            self._stream = self._add_video()
            self._tracks: Tracks | None = None
            if self._copy_from is not None:
                zero = self._format.start_pts * self._format.time_base
                self._tracks = Tracks(
                    self._copy_from,
                    self._out,
                    self.path,
                    zero,
                    self._start,
                    self._end,
                    force=self.force,
                    when_whole=self.when_whole,
                    warnings=self.warnings,
                )
                stack.enter_context(self._tracks)
                self._stream.metadata.update(self._tracks.video_metadata)
                self.sidecars += self._tracks.sidecars
            self._out.start_encoding()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with output_errors(self.path), self._stack:
            if self._n_frames == 0:
                raise OutputError(f"{self.path} would have no frame", "Look at --start and --end")
            self._mux(self._stream.encode(None))
            if self._tracks is not None:
                self._tracks.copy_until(None)

    def write(self, frame: Frame) -> None:
        """Add a frame; see :meth:`cartoonize.video.output.Writer.write`."""
        with output_errors(self.path):
            if self._n_frames == 0:
                self._shift = self._first_shift(frame)
            self._n_frames += 1
            self._mux(self._stream.encode(self._picture(frame)))

    def _first_shift(self, frame: Frame) -> int:
        """How much earlier everything is in the copy: a part begins where the whole began."""
        origin = self._tracks.origin if self._tracks is not None else Fraction(0)
        shift = int(origin // self._format.time_base)
        if self._start is not None:
            shift += frame.pts - self._format.start_pts
        if self._tracks is not None:
            base = self._format.time_base
            self._tracks.begin(frame.pts * base, shift * base)
        return shift

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            assert packet.pts is not None and packet.dts is not None
            packet.duration = self._durations.pop(packet.pts, 0)
            if self._tracks is not None:
                self._tracks.copy_until(packet.dts * packet.time_base)
            self._out.mux(packet)

    def _picture(self, frame: Frame) -> av.VideoFrame:
        form, wanted = self._format, self.plane_format
        picture = av.VideoFrame(form.width, form.height, self._pix_fmt)
        luma = _at_depth(frame.luma, form.bit_depth, wanted.bit_depth)
        fill_plane(picture.planes[0], luma, wanted.bit_depth)
        size = (wanted.chroma_height, wanted.chroma_width)
        for plane, values in zip(picture.planes[1:], frame.chroma or (None, None), strict=True):
            if values is None:
                values = np.full(size, 1 << (wanted.bit_depth - 1))
            fill_plane(plane, values, wanted.bit_depth)
        context = self._stream.codec_context
        picture.color_primaries, picture.color_trc = context.color_primaries, context.color_trc
        picture.colorspace, picture.color_range = context.colorspace, context.color_range
        picture.pts, picture.time_base = frame.pts - self._shift, form.time_base
        picture.duration = frame.duration or round(1 / form.frame_rate / form.time_base)
        self._durations[picture.pts] = picture.duration
        return picture if form.field_order == "progressive" else self._mark_fields(picture)

    def _add_video(self) -> av.VideoStream:
        form = self._format
        stream = self._out.add_stream(self._codec.encoder, rate=form.frame_rate, options=self._options)
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = form.width, form.height, self._pix_fmt
        context.time_base = stream.time_base = form.time_base
        context.sample_aspect_ratio = form.sample_aspect_ratio
        context.flags |= av.codec.context.Flags.bitexact
        primaries, transfer, matrix, _ = form.tags
        context.color_primaries, context.color_trc = primaries, transfer
        context.colorspace = matrix if matrix in _KNOWN_MATRICES else _MATRIX_TAGS[form.matrix]
        context.color_range = 2 if form.full_range else 1
        if form.field_order != "progressive":
            self._mark_fields: Callable[[av.VideoFrame], av.VideoFrame] = field_marker(form.field_order)
            context.field_order = _FIELD_ORDERS[form.field_order]
            if self._codec.marks_fields:
                context.flags |= av.codec.context.Flags.interlaced_dct
            else:
                self.warnings.append(
                    f"{self.path}: {self._codec.encoder} stores interlaced frames, but does not mark them; "
                    "use h264 or ffv1"
                )
        if form.rotation:
            if hasattr(stream, "set_display_rotation"):
                stream.set_display_rotation(form.rotation)
            else:
                self.warnings.append(f"{self.path}: the rotation by {form.rotation} degrees needs PyAV 18")
        return stream


def _encoder_options(codec: Codec, name: str, crf: int | None) -> dict[str, str]:
    options = dict(codec.options)
    if codec.crf is None:
        if crf is not None:
            raise UsageError(f"{name} is lossless and takes no crf", "Leave it out, or use h264")
        return options
    if crf is not None and not 0 <= crf <= codec.max_crf:
        raise UsageError(f"crf {crf} is out of range for {name}", f"Give 0 (best) to {codec.max_crf}")
    quality = codec.crf if crf is None else crf
    if codec.qmax_above_crf is not None:
        options["qmax"] = str(max(0, quality + codec.qmax_above_crf))
    return options | {"crf": str(quality)}


def _pix_fmt(form: VideoFormat, codec: Codec, codec_name: str, asked: str | None) -> str:
    """Return the pixel format asked for, or the nearest to the source's that the codec takes."""
    odd = form.height % 2 or form.width % 2
    if asked is not None:
        name = next((n for n in (asked, f"{asked}le") if n in codec.pix_fmts), None)
        if name is None:
            raise UnknownNameError(f"pixel format for {codec_name}", asked, codec.pix_fmts)
        if odd and "444" not in name and codec_name != "ffv1":
            raise UsageError(
                f"{name} needs an even size, and this is {form.width}x{form.height}", "Use yuv444p or ffv1"
            )
        return name
    sampling = "yuv420p"
    if odd or is_rgb(form.pix_fmt) or "444" in form.pix_fmt:
        sampling = "yuv444p"
    elif "422" in form.pix_fmt or (form.field_order != "progressive" and form.height % 4):
        sampling = "yuv422p"
    deepest_first = (sampling + suffix for suffix in _depth_suffixes(form.bit_depth))
    name = next((n for n in deepest_first if n in codec.pix_fmts), None)
    if name is None and odd:
        size = f"{form.width}x{form.height}"
        raise UsageError(f"{codec_name} needs an even size, and this is {size}", "Use h264, h265 or ffv1")
    plain = ("yuv420p" + suffix for suffix in _depth_suffixes(form.bit_depth))
    return name or next(n for n in plain if n in codec.pix_fmts)


def _depth_suffixes(bit_depth: int) -> list[str]:
    """Least depth that holds all bits first, then the deepest that there is."""
    holding = [bits for bits in (8, 10, 12, 16) if bits >= bit_depth]
    lesser = [bits for bits in (12, 10, 8) if bits < bit_depth]
    return ["" if bits == 8 else f"{bits}le" for bits in holding + lesser]


def _at_depth(luma: NDArray[Any], bit_depth: int, wanted: int) -> NDArray[Any]:
    """Shift code values from one depth to another; nothing changes where they agree."""
    if wanted == bit_depth:
        return luma
    if wanted > bit_depth:
        return luma.astype(np.uint16) << (wanted - bit_depth)
    shift = bit_depth - wanted
    rounded = (luma.astype(np.uint32) + (1 << (shift - 1))) >> shift
    return np.minimum(rounded, (1 << wanted) - 1).astype(np.uint8 if wanted == 8 else np.uint16)
