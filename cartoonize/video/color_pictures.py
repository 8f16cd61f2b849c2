"""Coloured pictures of a source, compared and made smaller without a conversion to RGB at full size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Area, ColorPicture, Matrix, area_average
from cartoonize.video.planes import ACCURATE, LUMA_WEIGHTS, SWSCALE_MATRIX, plane_rows, rgb_picture

#: Formats whose planes are Y', Cb and Cr of 8 bits.
_PLANAR = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p")
_SWS_AREA, _SWS_BILINEAR = 0x20, 0x2


@dataclass(frozen=True, eq=False)
class RgbPicture:
    """A picture that is stored as RGB; see :class:`cartoonize.frames.ColorPicture`."""

    rgb: NDArray[np.uint8]
    """(height, width, 3) 0..255, sRGB."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.rgb.shape[0], self.rgb.shape[1]

    def cropped(self, area: Area) -> RgbPicture:
        """Return the picture in an area, continued into its corners."""
        return RgbPicture(area.continued(self.rgb))

    def is_near(self, other: ColorPicture, threshold: float) -> bool:
        """Return whether the mean squared difference is at most a threshold."""
        assert isinstance(other, RgbPicture)
        return bool(cv2.norm(self.rgb, other.rgb, cv2.NORM_L2SQR) <= threshold * self.rgb.size)

    def small(self, size: int) -> NDArray[np.uint8]:
        """Return the means over areas as sRGB, (size, size, 3)."""
        return area_average(self.rgb, size)


class PlanarPicture:
    """A decoded picture with Y', Cb and Cr in planes; see :class:`cartoonize.frames.ColorPicture`.

    Differences are those of R'G'B' as it follows from the codes, without clipping, where each chroma code
    holds for all its pixels. The squared length of a difference is then a quadratic form of the differences
    of the codes, and is mostly decided by its bounds (Minkowski inequality).

    Parameters
    ----------
    picture : VideoFrame
        Decoded picture in one of the formats `_PLANAR`. It is kept.
    matrix : {"bt601", "bt709", "bt2020"}
        Luma weights.
    full_range : bool
        True if Y' spans 0..255.
    area : Area, optional
        Part of the picture; default: all of it.
    """

    def __init__(
        self, picture: av.VideoFrame, matrix: Matrix, full_range: bool, area: Area | None = None
    ) -> None:
        self._picture, self._matrix, self._full_range = picture, matrix, full_range
        self._area = area or Area(0, picture.height, 0, picture.width)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._area.bottom - self._area.top, self._area.right - self._area.left

    def cropped(self, area: Area) -> PlanarPicture:
        """Return the picture in an area."""
        return PlanarPicture(self._picture, self._matrix, self._full_range, area)

    @cached_property
    def _planes(self) -> list[NDArray[np.uint8]]:
        """Y', Cb and Cr in the area; views."""
        whole = _planes_of(self._picture)
        height, width = self._picture.height, self._picture.width
        return [self._area.scaled((len(p) / height, p.shape[1] / width)).of(p) for p in whole]

    def is_near(self, other: ColorPicture, threshold: float) -> bool:
        """Return whether the mean squared difference of R'G'B' is at most a threshold."""
        assert isinstance(other, PlanarPicture)
        ours, theirs = self._planes, other._planes
        form = _form(self._matrix, self._full_range)
        limit = threshold * 3 * ours[0].size
        n_covered = ours[0].size / ours[1].size
        squares = [cv2.norm(a, b, cv2.NORM_L2SQR) for a, b in zip(ours, theirs, strict=True)]
        counts = (1.0, n_covered, n_covered)
        lengths = [(form[k, k] * counts[k] * squares[k]) ** 0.5 for k in range(3)]
        chroma = lengths[1] + lengths[2]
        if (lengths[0] + chroma) ** 2 <= limit:
            return True
        if max(lengths[0] - chroma, 0.0) ** 2 > limit:
            return False
        y, u, v = (
            cv2.subtract(_reduced(a, ours[1]), _reduced(b, theirs[1]), dtype=cv2.CV_32F).ravel()
            for a, b in zip(ours, theirs, strict=True)
        )
        mixed = form[0, 1] * np.dot(y, u) + form[0, 2] * np.dot(y, v) + form[1, 2] * np.dot(u, v)
        return bool(sum(length**2 for length in lengths) + 2 * n_covered * float(mixed) <= limit)

    def small(self, size: int) -> NDArray[np.uint8]:
        """Return the means over areas as sRGB, (size, size, 3)."""
        if any(self._area.radii) or size > min(self.shape):
            rgb = rgb_picture(self._picture, self._matrix, self._full_range)
            return area_average(self._area.continued(rgb), size)
        picture = self._picture
        if self.shape != (picture.height, picture.width):
            picture = self._alone()
        return np.asarray(
            picture.to_ndarray(
                format="rgb24",
                width=size,
                height=size,
                src_colorspace=SWSCALE_MATRIX[self._matrix],
                dst_colorspace=SWSCALE_MATRIX[self._matrix],
                src_color_range=2 if self._full_range else 1,
                dst_color_range=2,
                interpolation=ACCURATE & ~_SWS_BILINEAR | _SWS_AREA,
            ),
            np.uint8,
        )

    def _alone(self) -> av.VideoFrame:
        """Return a copy of the area."""
        height, width = self.shape
        alone = av.VideoFrame(width, height, self._picture.format.name)
        for plane, values in zip(_planes_of(alone), self._planes, strict=True):
            plane[:] = values
        return alone


def color_picture(picture: av.VideoFrame, matrix: Matrix, full_range: bool) -> ColorPicture:
    """Return a decoded picture in a form that is compared and made smaller quickly, if its format has one."""
    if picture.format.name in _PLANAR:
        return PlanarPicture(picture, matrix, full_range)
    return RgbPicture(rgb_picture(picture, matrix, full_range))


def _planes_of(picture: av.VideoFrame) -> list[NDArray[np.uint8]]:
    """Return views of the planes of a picture, without the padding of their lines."""
    byte = np.dtype(np.uint8)
    return [plane_rows(plane, byte, plane.height, plane.width) for plane in picture.planes]


def _reduced(plane: NDArray[np.uint8], like: NDArray[Any]) -> NDArray[Any]:
    """Return a plane in the size of another one."""
    size = like.shape[1], like.shape[0]
    return plane if plane.shape == like.shape else cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


@lru_cache
def _form(matrix: Matrix, full_range: bool) -> NDArray[np.float64]:
    """Return G of the squared length d' G d of a difference in R'G'B', for a difference d of codes."""
    red, blue = LUMA_WEIGHTS[matrix]
    green = 1 - red - blue
    luma, chroma = (1.0, 1.0) if full_range else (255 / 219, 255 / 224)
    rgb_of_codes = np.array(
        [
            [luma, 0, 2 * (1 - red) * chroma],
            [luma, -2 * blue * (1 - blue) / green * chroma, -2 * red * (1 - red) / green * chroma],
            [luma, 2 * (1 - blue) * chroma, 0],
        ]
    )
    return np.asarray(rgb_of_codes.T @ rgb_of_codes)
