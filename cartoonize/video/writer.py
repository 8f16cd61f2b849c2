"""Writer of coloured videos: the luma of the source, new chroma, and copies of all other streams."""

from __future__ import annotations

import math
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from cartoonize.atomic import FinishedHook, do_nothing
from cartoonize.errors import OutputError, UsageError
from cartoonize.frames import FieldOrder, Frame, Matrix, PlaneFormat, VideoFormat
from cartoonize.video.carried_data import carry
from cartoonize.video.codecs import Codec, Encoding, codec_named
from cartoonize.video.container_support import container_family
from cartoonize.video.containers import reason
from cartoonize.video.dnxhr import with_color_volume
from cartoonize.video.encoder import choose_pix_fmt, choose_profile, encoder_options, with_alpha
from cartoonize.video.encoder_pictures import EncoderPictures
from cartoonize.video.field_marks import FieldMarks
from cartoonize.video.finalize import finalized_container, output_errors
from cartoonize.video.frame_times import FrameTimes, SteadyTimes, standard_rate
from cartoonize.video.matroska_header import fill_reserved, reserved_name
from cartoonize.video.picture_data import NO_DATA, PictureData, picture_data
from cartoonize.video.start_encoding import start_encoding
from cartoonize.video.stream_copy import StreamCopy
from cartoonize.video.timecode import Timecode

#: AVCOL matrix numbers for sources without one.
_MATRIX_TAGS: dict[Matrix, int] = {"bt601": 6, "bt709": 1, "bt2020": 9}
#: AVCOL matrix numbers that are copied. Others (RGB, unspecified, rare ones) are replaced by the matrix of
#: the written chroma.
_KNOWN_MATRICES = (1, 5, 6, 9)
#: Share of a frame by which the start of a part may be later than its first frame.
_TIMECODE_TOLERANCE = Fraction(1, 10)
#: x265 4.2 does not initialise the decoding times of videos with fewer frames (its issue 781).
_N_FRAMES_TIMED_BY_X265 = 3
#: AVFieldOrder numbers.
_FIELD_ORDERS = {"top": 2, "bottom": 3}


class VideoWriter:
    """Writer of a coloured video; see :func:`cartoonize.video.output.open_writer`."""

    def __init__(
        self,
        path: Path,
        format: VideoFormat,
        *,
        container: str,
        encoding: Encoding,
        copy_from: Path | None,
        start: float | None,
        end: float | None,
        force: bool,
    ) -> None:
        self.path, self.suffix = path, path.suffix
        self.warnings: list[str] = []
        self.sidecars: list[Path] = []
        self.force = force
        self.is_clip = False
        """True if it is one clip of several: it ends with its last frame, has no chapters, and its timecode
        tells its place in the film even if the film has none. Set it before the ``with`` block."""
        self.on_finished: FinishedHook = do_nothing
        self._format = format
        self._container_name = container
        self._codec = codec_named(encoding.codec)
        self._data = picture_data(copy_from) if copy_from is not None else NO_DATA
        self._is_layer = encoding.chroma_only
        if self._is_layer:  # it has the times and the timecode of the film, but no sound
            copy_from, self._data = None, PictureData(timecode=self._data.timecode)
        needs_alpha = self._data.has_alpha or self._is_layer
        profile = choose_profile(format, self._codec, encoding, alpha=needs_alpha)
        self._pix_fmt = choose_pix_fmt(format, self._codec, encoding, profile)
        self._carried = carry(self._data, format, self._codec, container)
        if needs_alpha:
            self._add_alpha(required=self._is_layer)
        self._options = encoder_options(self._codec, encoding, self._carried.options, profile)
        self._copy_from, self._start, self._end = copy_from, start, end
        _check_size(format, self._codec, encoding.codec)
        if encoding.codec == "h264" and format.field_order != "progressive" and format.height % 2:
            raise UsageError("h264 cannot hold interlaced frames of odd height", "Use ffv1.")
        layout = av.VideoFormat(self._pix_fmt, format.width, format.height)
        self.plane_format = PlaneFormat(
            height=format.height,
            width=format.width,
            chroma_height=layout.chroma_height(),
            chroma_width=layout.chroma_width(),
            bit_depth=layout.components[0].bits,
            full_range=format.full_range and self._codec.has_range,
            matrix=format.matrix,
        )
        studio = bool(self._codec.profiles)
        self._times = SteadyTimes(format) if container == "mxf" else FrameTimes(format, on_grid=studio)
        self._fields = FieldMarks(format.field_order, self._codec.encoder)
        self._pictures = EncoderPictures(format, self.plane_format, self._pix_fmt, layer=self._is_layer)
        self._stack = ExitStack()
        self._n_frames = 0
        self._has_lost_captions = False
        self._durations: dict[int, int] = {}
        self._last: Frame
        self._stream_copy: StreamCopy | None = None

    def __enter__(self) -> Self:
        with self._stack as stack, output_errors(self.path):
            self._out = stack.enter_context(
                finalized_container(
                    self.path,
                    self._container_name,
                    force=self.force,
                    on_finished=self.on_finished,
                    amend=self._amend if self._carried.elements else None,
                )
            )
            self._stream = self._add_video()
            if self._copy_from is not None:
                self._stream_copy = self._add_stream_copy(self._copy_from)
                self._stream_copy.is_clip = self.is_clip
                stack.enter_context(self._stream_copy)
                self._stream.metadata.update(self._stream_copy.video_metadata)
                self.sidecars += self._stream_copy.sidecars
            if self._data.timecode or self.is_clip:
                self._set_timecode(self._data.timecode or "00:00:00:00")
            if self._carried.lost:
                self.warnings.append(f"{self.path}: not kept of the picture: {', '.join(self._carried.lost)}")
            self._title = self._stream.metadata.get("title", "")
            if self._carried.elements:
                self._stream.metadata["title"] = reserved_name()
            self._write_header()
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
                raise OutputError(f"{self.path} would have no frame", "Check --start and --end.")
            self._mux(self._stream.encode(None))
            if self._stream_copy is not None:
                if self.is_clip:
                    self._stream_copy.end_at(self._end_of_last())
                self._stream_copy.copy_until(None)
            for report in filter(None, (self._times.report(), self._fields.report())):
                self.warnings.append(f"{self.path}: {report}")

    def write(self, frame: Frame) -> None:
        """Add a frame; see :meth:`cartoonize.video.output.Writer.write`."""
        with output_errors(self.path):
            if self._n_frames == 0:
                self._shift = self._first_shift(frame)
            self._n_frames += 1
            *again, place = self._times.places(frame.pts - self._shift, frame.duration)
            for earlier in again:
                self._encode(self._last, *earlier)
            self._encode(frame, *place)
            self._last = frame

    def _end_of_last(self) -> Fraction:
        """Return the end of the last frame, in seconds of the source's clock."""
        base, usual = self._format.time_base, 1 / Fraction(self._format.frame_rate or 24)
        return self._last.pts * base + (self._last.duration * base or usual)

    def _set_timecode(self, text: str) -> None:
        """Carry the timecode of the source over; that of a part is the one of its first frame."""
        for metadata in (self._out.metadata, self._stream.metadata):
            for key in [key for key in metadata if key.lower() == "timecode"]:
                del metadata[key]
        rate = standard_rate(self._format.frame_rate)
        first = Timecode.of(text, rate)
        # The first frame of a part is the first one that does not begin earlier; times may be rounded.
        n_before = math.ceil(Fraction(self._start or 0) * rate - _TIMECODE_TOLERANCE)
        self._out.metadata["timecode"] = str(first.later(n_before)) if first else text

    def _add_alpha(self, *, required: bool) -> None:
        """Use a pixel format with opacity, if the codec has one."""
        name = with_alpha(self._pix_fmt, self._codec)
        if required and (name is None or "444" not in name):
            raise UsageError(
                f"{self.path.name}: the layer of colour needs opacity and full chroma",
                "Use --codec prores (profile 4444), png or exr.",
            )
        if name is None:
            self._carried.lost.append("the opacity of pixels (alpha)")
        else:
            self._pix_fmt = name

    def _amend(self, part: Path) -> None:
        """Add what the muxer cannot write to the header of a complete Matroska file."""
        fill_reserved(part, self._title, self._carried.elements)

    def _add_stream_copy(self, source: Path) -> StreamCopy:
        zero = self._format.start_pts * self._format.time_base
        return StreamCopy(
            source,
            self._out,
            self.path,
            begin=None if self._start is None else zero + Fraction(self._start),
            stop=None if self._end is None else zero + Fraction(self._end),
            force=self.force,
            on_finished=self.on_finished,
            warnings=self.warnings,
        )

    def _first_shift(self, frame: Frame) -> int:
        """Return how much earlier all times are in the copy, in units of the time base.

        A part starts at the time at which the whole source starts.
        """
        if self._is_layer:  # is laid above the grey film from the first frame on
            return frame.pts
        origin = self._stream_copy.origin if self._stream_copy is not None else Fraction(0)
        shift = int(origin // self._format.time_base)
        if self._start is not None:
            shift += frame.pts - self._format.start_pts
        if self._stream_copy is not None:
            base = self._format.time_base
            self._stream_copy.start_at(frame.pts * base, shift * base)
        return shift

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            assert packet.pts is not None
            if self._codec.encoder == "libx265" and self._n_frames < _N_FRAMES_TIMED_BY_X265:
                packet.dts = packet.pts  # so few frames are in order
            assert packet.dts is not None
            packet.duration = self._durations.pop(packet.pts, 0)
            if self._stream_copy is not None:
                self._stream_copy.copy_until(packet.dts * packet.time_base)
            is_vc3 = self._codec.encoder == "dnxhd"
            self._out.mux(with_color_volume(packet, self.plane_format.matrix) if is_vc3 else packet)

    def _encode(self, frame: Frame, pts: int, duration: int) -> None:
        """Encode a frame with a time and a duration in the copy."""
        picture = self._picture(frame)
        picture.pts, picture.time_base, picture.duration = pts, self._times.time_base, duration
        self._durations[pts] = duration
        picture = self._fields.marked(picture, frame.field_order)
        self._mux(self._stream.encode(picture))

    def _picture(self, frame: Frame) -> av.VideoFrame:
        """Return the picture to encode."""
        holds_captions = self._codec.holds_captions
        if frame.captions and not (holds_captions or self._data.has_captions or self._has_lost_captions):
            self.warnings.append(f"{self.path}: closed captions are not kept")
            self._has_lost_captions = True
        picture = self._pictures.picture(frame, captions=frame.captions if holds_captions else b"")
        context = self._stream.codec_context
        picture.color_primaries, picture.color_trc = context.color_primaries, context.color_trc
        picture.colorspace, picture.color_range = context.colorspace, context.color_range
        return picture

    def _write_header(self) -> None:
        """Write the header, or raise an error that says that the streams do not fit the container."""
        try:
            start_encoding(self._out)
        except (av.ArgumentError, av.PermissionError, av.PatchWelcomeError) as error:
            what = f"{container_family(self._out)} or the codec cannot hold this film ({reason(error)})"
            raise OutputError(f"{self.path}: {what}", "Use .mkv, or another --codec.") from error

    def _add_video(self) -> av.VideoStream:
        """Add the video stream to the container."""
        format = self._format
        stream = self._out.add_stream(self._codec.encoder, rate=self._times.rate, options=self._options)
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = format.width, format.height, self._pix_fmt
        context.time_base = stream.time_base = self._times.time_base
        context.sample_aspect_ratio = format.sample_aspect_ratio
        context.flags |= av.codec.context.Flags.bitexact
        primaries, transfer, matrix, _ = format.tags
        context.color_primaries, context.color_trc = primaries, transfer
        context.colorspace = matrix if matrix in _KNOWN_MATRICES else _MATRIX_TAGS[format.matrix]
        context.color_range = 2 if self.plane_format.full_range else 1
        if format.field_order != "progressive":
            self._set_field_order(context, format.field_order)
        if format.rotation or self._data.display_matrix:
            self._set_display(stream, format.rotation)
        return stream

    def _set_display(self, stream: av.VideoStream, rotation: int) -> None:
        """Set how players turn and mirror the picture."""
        if self._container_name == "mxf":
            self.warnings.append(f"{self.path}: MXF cannot hold that the picture is shown turned or mirrored")
        elif not hasattr(stream, "set_display_rotation"):
            self.warnings.append(
                f"{self.path}: the rotation by {rotation} degrees is lost; PyAV 18 can write it"
            )
        elif self._data.display_matrix:
            stream.set_display_matrix(self._data.display_matrix)
        else:
            stream.set_display_rotation(rotation)

    def _set_field_order(self, context: av.VideoCodecContext, order: FieldOrder) -> None:
        """Mark the stream as interlaced."""
        context.field_order = _FIELD_ORDERS[order]
        if self._codec.marks_fields:
            context.flags |= av.codec.context.Flags.interlaced_dct
        else:
            self.warnings.append(
                f"{self.path}: {self._codec.encoder} stores interlaced frames, but does not mark them; "
                "use h264, ffv1 or prores"
            )


def _check_size(format: VideoFormat, codec: Codec, name: str) -> None:
    """Raise `UsageError` if frames are too small for a codec."""
    width, height = codec.min_size
    if format.width < width or format.height < height:
        raise UsageError(
            f"{name} needs at least {width}x{height} pixels, got {format.width}x{format.height}",
            "Use prores.",
        )
