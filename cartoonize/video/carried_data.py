"""Data beside the pixels that a coloured copy keeps: options of encoders, elements of Matroska."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction

from cartoonize.frames import VideoFormat
from cartoonize.video import matroska_header as mkv
from cartoonize.video.codecs import Codec
from cartoonize.video.matroska_header import Element
from cartoonize.video.picture_data import (
    CUBEMAP,
    EQUIRECTANGULAR,
    EQUIRECTANGULAR_TILE,
    STEREO,
    Mastering,
    PictureData,
    Spherical,
)

#: Option that holds the parameters of an encoder's own library.
_PARAMETERS = {"libx264": "x264-params", "libx265": "x265-params", "libsvtav1": "svtav1-params"}
#: Numbers of the H.264 frame packing for each AVStereo3DType.
_FRAME_PACKING = {1: 3, 2: 4, 3: 5, 4: 0, 6: 2, 7: 1}
#: Matroska's number of the 3D mode.
_STEREO_MODE = 0x53B8
#: How often the picture of one eye fits into the frame, horizontally and vertically.
_EYES = {1: (2, 1), 2: (1, 2), 6: (1, 2), 7: (2, 1)}


@dataclass
class Carried:
    """Data that a copy keeps, and data that it loses."""

    options: dict[str, str] = field(default_factory=dict)
    """Options of the encoder."""
    elements: list[Element] = field(default_factory=list)
    """Elements of the video track, for Matroska."""
    lost: list[str] = field(default_factory=list)
    """Descriptions of what is lost."""


def carry(data: PictureData, format: VideoFormat, codec: Codec, container: str) -> Carried:
    """Return what a codec and a container keep of the data of a source.

    Parameters
    ----------
    data : PictureData
        Data of the source.
    format : VideoFormat
        Size and aspect ratio.
    codec : Codec
        Row of the table of codecs.
    container : str
        FFmpeg name.
    """
    encoder = codec.encoder
    carried = Carried(lost=list(data.others))
    parameters = _carry_brightness(carried, data, encoder, container)
    parameters += _carry_stereo(carried, data, encoder, container)
    if parameters:
        carried.options[_PARAMETERS[encoder]] = ":".join(parameters)
    _carry_projection(carried, data, container)
    _carry_geometry(carried, data, format, container)
    if data.has_captions and not codec.holds_captions:
        carried.lost.append("closed captions")
    return carried


def _carry_brightness(carried: Carried, data: PictureData, encoder: str, container: str) -> list[str]:
    """Carry the mastering display and the light level; return parameters of the encoder."""
    if not (data.mastering or data.light_level):
        return []
    parameters = _brightness(data, encoder)
    if container == "matroska":
        carried.elements.append(_colour(data))
    elif not parameters:
        carried.lost.append("the brightness of the mastering display (HDR10)")
    return parameters


def _carry_stereo(carried: Carried, data: PictureData, encoder: str, container: str) -> list[str]:
    """Carry how two views are packed into one picture; return parameters of the encoder."""
    if data.stereo is None:
        return []
    kind, is_inverted = data.stereo
    how, first, second = STEREO[kind]
    if container == "matroska":
        carried.elements.append(mkv.number(_STEREO_MODE, second if is_inverted else first))
    if encoder == "libx264" and not is_inverted:
        return [f"frame-packing={_FRAME_PACKING[kind]}"]
    if container != "matroska":
        carried.lost.append(f"3D ({how})")
    return []


def _carry_projection(carried: Carried, data: PictureData, container: str) -> None:
    if data.spherical is not None:
        projection = _projection(data.spherical) if container == "matroska" else None
        if projection is None:
            carried.lost.append("the spherical projection")
        else:
            carried.elements.append(projection)


def _carry_geometry(carried: Carried, data: PictureData, format: VideoFormat, container: str) -> None:
    """Carry the cropping and the display size."""
    if container == "matroska":
        if data.cropping:
            carried.elements += [mkv.number(*pair) for pair in zip(mkv.CROPPING, data.cropping, strict=True)]
        if data.cropping or format.sample_aspect_ratio != 1:
            carried.elements += _display_size(data, format)
    elif data.cropping:
        left, top, right, bottom = data.cropping
        carried.lost.append(f"the cropping (left {left}, top {top}, right {right}, bottom {bottom} pixels)")


def _brightness(data: PictureData, encoder: str) -> list[str]:
    """Return parameters of an encoder for the mastering display and the light level."""
    names = {
        "libx264": ("mastering-display", "cll"),
        "libx265": ("master-display", "max-cll"),
        "libsvtav1": ("mastering-display", "content-light"),
    }.get(encoder)
    if names is None:
        return []
    parameters = ["hdr10=1"] if encoder == "libx265" and data.mastering else []
    if data.mastering:
        parameters.append(f"{names[0]}={_display(data.mastering, in_units=encoder != 'libsvtav1')}")
    if data.light_level:
        parameters.append(f"{names[1]}={data.light_level[0]},{data.light_level[1]}")
    return parameters


def _display(mastering: Mastering, *, in_units: bool) -> str:
    """Return a mastering display as encoders take it: in the units of the standard, or as decimals."""

    def one(value: Fraction, per_unit: int) -> str:
        return str(round(value * per_unit)) if in_units else f"{float(value):.6g}"

    x_y = [one(value, 50000) for value in mastering.primaries]
    red, green, blue, white = (f"({x_y[at]},{x_y[at + 1]})" for at in (0, 2, 4, 6))
    luminance = f"({one(mastering.largest, 10000)},{one(mastering.smallest, 10000)})"
    return f"G{green}B{blue}R{red}WP{white}L{luminance}"


def _colour(data: PictureData) -> Element:
    """Return the element of Matroska with the mastering display and the light level."""
    inside = []
    if data.light_level:
        inside += [
            mkv.number(mkv.MAX_CLL, data.light_level[0]),
            mkv.number(mkv.MAX_FALL, data.light_level[1]),
        ]
    if data.mastering:
        values = (*data.mastering.primaries, data.mastering.largest, data.mastering.smallest)
        pairs = zip(mkv.MASTERING_VALUES, values, strict=True)
        inside.append(mkv.nested(mkv.MASTERING, [mkv.real(id, float(value)) for id, value in pairs]))
    return mkv.nested(mkv.COLOUR, inside)


def _projection(spherical: Spherical) -> Element | None:
    """Return the element of Matroska for a projection, or None if Matroska has none for it."""
    if spherical.projection in (EQUIRECTANGULAR, EQUIRECTANGULAR_TILE):
        left, top, right, bottom = spherical.bounds
        kind, private = 1, struct.pack(">5I", 0, top, bottom, left, right)
    elif spherical.projection == CUBEMAP:
        kind, private = 2, struct.pack(">3I", 0, 0, spherical.padding)
    else:
        return None
    pose = [mkv.real(id, angle) for id, angle in zip(mkv.PROJECTION_POSE, spherical.pose, strict=True)]
    parts = [mkv.number(mkv.PROJECTION_TYPE, kind), Element(mkv.PROJECTION_PRIVATE, private), *pose]
    return mkv.nested(mkv.PROJECTION, parts)


def _display_size(data: PictureData, format: VideoFormat) -> list[Element]:
    """Return the size at which players show the picture, or that of one eye."""
    left, top, right, bottom = data.cropping or (0, 0, 0, 0)
    width, height = format.width - left - right, format.height - top - bottom
    across, down = _EYES.get(data.stereo[0], (1, 1)) if data.stereo else (1, 1)
    shown = round(width * format.sample_aspect_ratio / across)
    return [mkv.number(mkv.DISPLAY_WIDTH, shown), mkv.number(mkv.DISPLAY_HEIGHT, round(height / down))]
