"""Pictures for an encoder: planes of a coloured frame, with its captions."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from av.packet import PacketSideData
from numpy.typing import NDArray

from cartoonize.frames import Frame, PlaneFormat, VideoFormat
from cartoonize.video.alpha import scaled_alpha
from cartoonize.video.full_color import color_layer, luma_share, planes_of_rgb, rgb_share
from cartoonize.video.planes import fill_plane

#: Number of FFmpeg's kind of data beside a packet: captions as in ATSC A/53.
_A53_CAPTIONS = 23


class EncoderPictures:
    """Makes pictures of one format.

    Parameters
    ----------
    format : VideoFormat
        Format of the source.
    planes : PlaneFormat
        Format of the planes of the encoder.
    pix_fmt : str
        FFmpeg name of the encoder's pixel format.
    layer : bool
        Make the layer of colour with its opacity; see `cartoonize.video.full_color.color_layer`.
    """

    def __init__(
        self, format: VideoFormat, planes: PlaneFormat, pix_fmt: str, *, layer: bool = False
    ) -> None:
        self._layer = layer
        self._format, self._planes, self._pix_fmt = format, planes, pix_fmt
        self._with_captions: av.VideoCodecContext | None = None

    def picture(self, frame: Frame, *, captions: bytes = b"") -> av.VideoFrame:
        """Return the picture of a frame with ``luma`` and ``chroma`` (None: grey).

        Parameters
        ----------
        frame : Frame
            Coloured frame.
        captions : bytes
            Captions that the encoder stores with it.
        """
        planes = self._planes
        if self._layer:
            return self._layer_of(frame)
        picture = self._captioned(captions) if captions else self._empty()
        luma = luma_in(planes, frame.luma, self._format)
        fill_plane(picture.planes[0], luma, planes.bit_depth)
        size = (planes.chroma_height, planes.chroma_width)
        for plane, chroma in zip(picture.planes[1:3], frame.chroma or (None, None), strict=True):
            values = np.full(size, 1 << (planes.bit_depth - 1)) if chroma is None else chroma
            fill_plane(plane, values, planes.bit_depth)
        if len(picture.planes) == 4:
            fill_plane(picture.planes[3], self._alpha(frame), planes.bit_depth)
        return picture

    def _layer_of(self, frame: Frame) -> av.VideoFrame:
        """Return the layer of colour of a frame, with its opacity."""
        planes, picture = self._planes, self._empty()
        rgb = rgb_share(frame, self._format, planes)
        layer, opacity = color_layer(luma_share(frame.luma, self._format), rgb)
        largest = (1 << planes.bit_depth) - 1
        for number, values in enumerate((*planes_of_rgb(layer, planes), np.rint(opacity * largest))):
            fill_plane(picture.planes[number], values, planes.bit_depth)
        return picture

    def _alpha(self, frame: Frame) -> NDArray[Any]:
        bits = self._planes.bit_depth
        if frame.alpha is None:
            return np.full(frame.luma.shape, (1 << bits) - 1)
        return scaled_alpha(frame.alpha, frame.alpha.itemsize * 8, bits)

    def _empty(self) -> av.VideoFrame:
        return av.VideoFrame(self._format.width, self._format.height, self._pix_fmt)

    def _captioned(self, captions: bytes) -> av.VideoFrame:
        """Return an empty picture with captions. Only decoders attach them, so it is a decoded one."""
        if self._with_captions is None:
            decoder: Any = av.CodecContext.create("rawvideo", "r")
            decoder.width, decoder.height = self._format.width, self._format.height
            decoder.pix_fmt = self._pix_fmt
            self._with_captions = decoder
        planes = self._planes
        n_samples = planes.height * planes.width + 2 * planes.chroma_height * planes.chroma_width
        packet = av.Packet(n_samples * (1 if planes.bit_depth == 8 else 2))
        data = PacketSideData(_A53_CAPTIONS, len(captions))  # type: ignore[call-arg]
        data.update(captions)
        packet.set_sidedata(data)
        (picture,) = self._with_captions.decode(packet)
        return picture


def luma_in(planes: PlaneFormat, luma: NDArray[Any], format: VideoFormat) -> NDArray[Any]:
    """Return luma codes in the bit depth and the range of planes.

    Parameters
    ----------
    planes : PlaneFormat
        Format of the result.
    luma : array, shape (height, width)
        Codes as stored in the source.
    format : VideoFormat
        Format of the source.
    """
    if planes.bit_depth == format.bit_depth and planes.full_range == format.full_range:
        return luma
    if not format.full_range:
        return _at_depth(luma, format.bit_depth, planes.bit_depth)
    share = luma.astype(np.float32) / ((1 << format.bit_depth) - 1)
    if planes.full_range:
        codes = share * ((1 << planes.bit_depth) - 1)
    else:  # a codec that has limited range only
        codes = (16 + 219 * share) * (1 << (planes.bit_depth - 8))
    return np.rint(codes).astype(np.uint8 if planes.bit_depth == 8 else np.uint16)


def _at_depth(luma: NDArray[Any], bit_depth: int, wanted: int) -> NDArray[Any]:
    """Convert code values from one bit depth to another."""
    if wanted == bit_depth:
        return luma
    if wanted > bit_depth:
        return luma.astype(np.uint16) << (wanted - bit_depth)
    shift = bit_depth - wanted
    rounded = (luma.astype(np.uint32) + (1 << (shift - 1))) >> shift
    return np.minimum(rounded, (1 << wanted) - 1).astype(np.uint8 if wanted == 8 else np.uint16)
