"""Writer of coloured pictures: PNG, TIFF or OpenEXR, one file or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.atomic import FinishedHook, do_nothing
from cartoonize.errors import OutputError, UsageError
from cartoonize.frames import Frame, PlaneFormat, VideoFormat
from cartoonize.video.alpha import scaled_alpha
from cartoonize.video.finalize import finalized_output, output_errors
from cartoonize.video.full_color import color_layer, light_of, luma_share, rgb_share
from cartoonize.video.picture_codecs import (
    PICTURE_SUFFIXES,
    codec_of_suffix,
    encoded_light,
    encoded_picture,
    picture_codec,
)
from cartoonize.video.planes import grey_of_luma, rgb_of_planes

#: AVCOL numbers of the transfer functions of HDR: PQ and HLG.
_HDR_TRANSFERS = (16, 18)


class StillsWriter:
    """Writer of coloured pictures; see :func:`cartoonize.video.output.open_writer`.

    Parameters
    ----------
    path : Path
        Path of one picture if it ends in the suffix of a picture, else of a folder.
    format : VideoFormat
        Format of the source.
    codec : str
        ``png``, ``tiff`` or ``exr``, for a folder. One picture has the format of its suffix.
    chroma_only : bool
        Write the layer of colour with its opacity; see `cartoonize.video.full_color.color_layer`.
    names : sequence of str
        File names of the source's pictures in order, whose suffix is replaced. Other pictures are named
        000001.png and so on.
    force : bool
        Replace existing output.
    """

    def __init__(
        self,
        path: Path,
        format: VideoFormat,
        *,
        codec: str = "png",
        chroma_only: bool = False,
        names: Sequence[str] = (),
        force: bool = False,
    ) -> None:
        self.path, self.suffix = path, path.suffix
        self.warnings: list[str] = []
        self.sidecars: list[Path] = []
        self.force = force
        self.first_number = 1
        """Number in the name of the first picture, unless the pictures of the source have names."""
        self.on_finished: FinishedHook = do_nothing
        self._is_folder = path.suffix.lower() not in PICTURE_SUFFIXES
        name = codec if self._is_folder else codec_of_suffix(path.suffix) or codec
        self._codec, self._chroma_only = picture_codec(name), chroma_only
        if chroma_only and not self._codec.holds_alpha:
            raise UsageError(f"{name} cannot hold a layer with opacity", "Use --codec png, exr or prores.")
        suffix = self._codec.suffix
        self._names = [f"{Path(name).stem}{suffix}" for name in names]
        if len(set(self._names)) < len(self._names):  # such as a.png and a.jpg
            self._names = [f"{name}{suffix}" for name in names]
        self._format = format
        self._n_frames = 0
        self._has_lost_alpha = False
        self._stack = ExitStack()
        depths = self._codec.bit_depths[-1:] if chroma_only else self._codec.bit_depths
        self.plane_format = PlaneFormat(
            height=format.height,
            width=format.width,
            chroma_height=format.height,
            chroma_width=format.width,
            bit_depth=next((bits for bits in depths if bits >= format.bit_depth), depths[-1]),
            full_range=True,
            matrix=format.matrix,
        )
        if format.rotation:
            self.warnings.append(f"{path}: pictures do not say that they are shown turned")
        if format.tags[1] in _HDR_TRANSFERS:
            what = "hold light by the curve of sRGB" if self._codec.is_linear else "do not say so"
            self.warnings.append(f"{path}: the film is HDR, and pictures {what}")

    def __enter__(self) -> Self:
        output = finalized_output(
            self.path,
            folder=self._is_folder,
            suffixes=self._codec.suffixes,
            force=self.force,
            on_finished=self.on_finished,
        )
        self._part = self._stack.enter_context(output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            if self._n_frames == 0:
                raise OutputError(f"{self.path} would have no frame", "Check --start and --end.")

    def write(self, frame: Frame) -> None:
        """Add a picture; see :meth:`cartoonize.video.output.Writer.write`."""
        if frame.alpha is not None and not (self._codec.holds_alpha or self._has_lost_alpha):
            self._has_lost_alpha = True
            self.warnings.append(f"{self.path}: the opacity of pixels (alpha) is not kept; use png or exr")
        data = self._encoded(frame)
        with output_errors(self.path):
            self._path_of(frame.index).write_bytes(data)
        self._n_frames += 1

    def _encoded(self, frame: Frame) -> bytes:
        """Return the file of a frame."""
        if self.plane_format.bit_depth == 8:
            return self._picture(self._with_alpha(self._rgb(frame), frame))
        rgb = rgb_share(frame, self._format, self.plane_format)
        if self._codec.is_linear:
            return self._light(frame, rgb)
        if self._chroma_only:
            layer, opacity = color_layer(luma_share(frame.luma, self._format), rgb)
            return self._picture(_codes(np.dstack([layer, opacity])))
        return self._picture(self._with_alpha(_codes(rgb), frame))

    def _picture(self, picture: NDArray[Any]) -> bytes:
        return encoded_picture(self._codec, picture, self._format.sample_aspect_ratio)

    def _rgb(self, frame: Frame) -> NDArray[np.uint8]:
        """Return the picture of a frame with 8 bits, (height, width, 3)."""
        luma = grey_of_luma(frame.luma, self._format.bit_depth, self._format.full_range)
        neutral = np.full(luma.shape, 128, np.uint8)
        cb, cr = frame.chroma or (neutral, neutral)
        return rgb_of_planes(luma, cb, cr, self._format.matrix)

    def _light(self, frame: Frame, rgb: NDArray[np.float32]) -> bytes:
        """Return the file of a frame with linear light."""
        light, aspect = light_of(rgb), self._format.sample_aspect_ratio
        if self._chroma_only:
            layer, opacity = color_layer(light_of(luma_share(frame.luma, self._format)), light)
            return encoded_light(layer * opacity[..., None], opacity, aspect)
        if frame.alpha is None:
            return encoded_light(light, None, aspect)
        opacity = frame.alpha.astype(np.float32) / np.float32(np.iinfo(frame.alpha.dtype).max)
        return encoded_light(light * opacity[..., None], opacity, aspect)

    def _with_alpha(self, rgb: NDArray[Any], frame: Frame) -> NDArray[Any]:
        """Return a picture with the opacity of its frame, if it has one."""
        if frame.alpha is None or not self._codec.holds_alpha:
            return rgb
        return np.dstack([rgb, scaled_alpha(frame.alpha, 8 * frame.alpha.itemsize, 8 * rgb.itemsize)])

    def _path_of(self, index: int) -> Path:
        """Return the temporary path of the picture of the source's frame ``index``."""
        if not self._is_folder:
            if self._n_frames:
                raise UsageError(
                    f"{self.path} is one picture, but the source has more frames", "Use the name of a folder."
                )
            return self._part
        if index < len(self._names):
            return self._part / self._names[index]
        return self._part / f"{self._n_frames + self.first_number:06d}{self._codec.suffix}"


def _codes(shares: NDArray[Any]) -> NDArray[np.uint16]:
    """Return numbers in 0..1 as 16 bits."""
    return np.rint(65535 * np.clip(shares, 0, 1)).astype(np.uint16)
