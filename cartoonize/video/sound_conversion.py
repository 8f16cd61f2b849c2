"""Sound that a container cannot hold as it is: decoded, and stored without loss as FLAC or PCM."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from av.stream import Stream
from numpy.typing import NDArray

from cartoonize.video.container_support import copy_description
from cartoonize.video.containers import canonical_name

#: Encoders that store sound without loss, in the order of preference, by container.
_ENCODERS = {
    "mp4": ("flac",),
    "mov": ("pcm", "flac"),
    "matroska": ("flac", "pcm"),
    "mxf": ("pcm",),
}
#: The only sample rate of MXF.
_MXF_RATE = 48000
#: Formats of decoded samples that have more than 16 significant bits. Decoders of lossy sound yield
#: floating-point numbers, too, but their noise is far above that of 16 bits.
_DEEP_FORMATS = ("s32", "s32p", "s64", "s64p", "dbl", "dblp")
#: Seconds by which the times of sound may differ from the number of its samples.
_TOLERANCE = Fraction(1, 25)
#: Samples of one packet of PCM.
_N_PCM_SAMPLES = 1024


class SoundConversion:
    """Conversion of one sound stream. Gaps in its times are filled with silence.

    Parameters
    ----------
    out : OutputContainer
        Container whose header is not written yet. The new stream is added to it.
    source : Stream
        Stream with a decoder.

    Raises
    ------
    ValueError
        If the sound cannot be decoded, or the container cannot hold it in any of these codings.
    """

    def __init__(self, out: OutputContainer, source: Stream) -> None:
        decoder: Any = source.codec_context
        if decoder is None or not decoder.sample_rate or decoder.format is None:
            raise ValueError("the sound cannot be decoded")
        self._rate = _MXF_RATE if out.format.name == "mxf" else decoder.sample_rate
        self._layout = decoder.layout.name
        self._n_channels = decoder.layout.nb_channels
        deep = canonical_name(source).startswith("pcm_f") or decoder.format.name in _DEEP_FORMATS
        self._format = "s32" if deep else "s16"
        self._decoder = decoder
        self.stream, codec = self._add_to(out)
        same_rate = self._rate == decoder.sample_rate
        self.description = f"{codec}, without loss" if same_rate else f"{codec} of {self._rate} samples/s"
        """Description of the converted sound, for messages."""
        self.is_equal = same_rate and canonical_name(source) in ("pcm_s16le", "pcm_s24le")
        """True if the sound was stored in the same way before."""
        copy_description(self.stream, source)
        self._resampler: av.AudioResampler | None = None
        self._resampled_from: tuple[str, str, int] | None = None
        self._buffer: NDArray[Any] = np.zeros(0, np.int32 if deep else np.int16)
        self._n_encoded = 0
        """Number of samples that were encoded, from the first one on."""
        self.picture_start: Fraction | None = None
        """Time of the source at which sound and picture begin together, in seconds, for containers in which
        they cannot begin at different times; None for others."""
        self._n_skipped = 0
        """Number of samples that are still to be left out, because they are before that time."""
        self._first = 0
        """Time of the first sample in the copy, in samples."""
        self._expected: Fraction | None = None
        """Time of the source at which the sound so far ends, in seconds; None before the first frame."""
        self._last_pts: int | None = None

    def packets(
        self, packet: av.Packet | None, *, begin: Fraction | None, stop: Fraction | None, shift: Fraction
    ) -> Iterator[av.Packet]:
        """Convert a packet.

        Parameters
        ----------
        packet : Packet or None
            Packet of the source; None at its end.
        begin, stop : Fraction or None
            Part that is kept, in seconds of the source.
        shift : Fraction
            Seconds by which times are earlier in the copy.
        """
        for frame in self._decoder.decode(packet):
            yield from self._frame(frame, begin, stop, shift)
        if packet is None:
            yield from self._finish()

    def _add_to(self, out: OutputContainer) -> tuple[Any, str]:
        """Add a stream to a container, and return it with the name of its coding."""
        for kind in _ENCODERS.get(out.format.name, ()):
            deep = self._format == "s32"
            encoder = ("pcm_s24le" if deep else "pcm_s16le") if kind == "pcm" else kind
            try:
                trial: Any = av.CodecContext.create(encoder, "w")
                self._set_up(trial)
                trial.open()  # fails for unusual channels; with the header it would be too late
                stream: Any = out.add_stream(encoder, rate=self._rate)
            except (ValueError, av.FFmpegError):
                continue
            self._set_up(stream.codec_context)
            stream.time_base = Fraction(1, self._rate)
            return stream, "FLAC" if kind == "flac" else "PCM"
        raise ValueError("no container for the sound")

    def _set_up(self, context: Any) -> None:
        context.sample_rate, context.layout, context.format = self._rate, self._layout, self._format
        context.time_base = Fraction(1, self._rate)
        context.flags |= av.codec.context.Flags.bitexact

    def _frame(
        self, frame: av.AudioFrame, begin: Fraction | None, stop: Fraction | None, shift: Fraction
    ) -> Iterator[av.Packet]:
        """Convert a decoded frame, if it is in the part that is kept."""
        duration = Fraction(frame.samples, frame.sample_rate)
        time = self._time(frame)
        if (begin is not None and time < begin) or (stop is not None and time >= stop):
            return
        if self._expected is None:
            start = self.picture_start if self.picture_start is not None else time
            self._first = round((start - shift) * self._rate)
            self._n_skipped = max(0, round((start - time) * self._rate))
            yield from self._silence(max(time - start, Fraction(0)))
            self._expected = time
        gap = time - self._expected
        if gap > _TOLERANCE:
            yield from self._silence(gap)
            self._expected = time
        elif gap < -_TOLERANCE:  # sound that overlaps the sound before it
            return
        self._expected += duration
        for converted in self._resampled(frame):
            yield from self._add(converted.to_ndarray().reshape(-1))

    def _time(self, frame: av.AudioFrame) -> Fraction:
        """Return the time of a frame in the source; some files repeat that of the first frame of a block."""
        pts, base = frame.pts, Fraction(frame.time_base or 1)
        is_new, self._last_pts = pts != self._last_pts, pts
        return pts * base if pts is not None and is_new else self._expected or Fraction(0)

    def _silence(self, gap: Fraction) -> Iterator[av.Packet]:
        left = round(gap * self._rate)
        while left > 0:
            n_samples = min(left, self._rate)
            yield from self._add(np.zeros(n_samples * self._n_channels, self._buffer.dtype))
            left -= n_samples

    def _resampled(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._resampled_from:
            self._resampler = av.AudioResampler(self._format, self._layout, self._rate)
            self._resampled_from = kind
        assert self._resampler is not None
        frame.pts = None
        return self._resampler.resample(frame)

    def _add(self, samples: NDArray[Any]) -> Iterator[av.Packet]:
        """Encode samples, as far as they fill whole frames of the encoder."""
        if self._n_skipped:
            n_now = min(self._n_skipped, len(samples) // self._n_channels)
            self._n_skipped -= n_now
            samples = samples[n_now * self._n_channels :]
        self._buffer = np.concatenate([self._buffer, samples])
        size = (self.stream.codec_context.frame_size or _N_PCM_SAMPLES) * self._n_channels
        while len(self._buffer) >= size:
            part, self._buffer = self._buffer[:size], self._buffer[size:]
            yield from self._encoded(part)

    def _encoded(self, samples: NDArray[Any]) -> Iterator[av.Packet]:
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), self._format, self._layout)
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts = self._first + self._n_encoded
        self._n_encoded += frame.samples
        yield from self.stream.encode(frame)

    def _finish(self) -> Iterator[av.Packet]:
        if self._resampler is not None and self._rate != self._decoder.sample_rate:
            for converted in self._resampler.resample(None):
                yield from self._add(converted.to_ndarray().reshape(-1))
        if len(self._buffer):
            yield from self._encoded(self._buffer)
        if self._n_encoded:
            yield from self.stream.encode(None)
