"""Detection of credits, white text on blue, by clustering colours (thesis, 4.1.3), and of adjacent fades."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError

# Distance outside a window at which the confidence reaches 0.
_HUE_SLACK = 10.0
_SATURATION_SLACK = 50.0
_SHARE_SLACK = 0.2


@dataclass(frozen=True, slots=True)
class CreditColors:
    """Colours of a series' credits, in HSV without the value. The defaults are those of the thesis."""

    background_hue: tuple[float, float] = (190.0, 260.0)
    """Lowest and highest hue of the background, in degrees."""
    background_saturation: float = 250.0
    """Lowest saturation of the background, 0..255."""
    background_share: float = 0.8
    """The background covers more than this share of the pixels, 0..1."""
    text_hue: tuple[float, float] = (190.0, 250.0)
    """Lowest and highest hue of the text, in degrees."""
    text_saturation: float = 120.0
    """Highest saturation of the text, 0..255."""
    achromatic_saturation: float = 5.0
    """Text with a lower saturation, 0..255, is grey and passes the test of its hue."""

    def __post_init__(self) -> None:
        saturations = (self.background_saturation, self.text_saturation, self.achromatic_saturation)
        for what, most, values in (
            ("hue", 360, (*self.background_hue, *self.text_hue)),
            ("saturation", 255, saturations),
            ("share", 1, (self.background_share,)),
        ):
            for value in values:
                if not 0 <= value <= most:  # also true for NaN
                    raise UsageError(
                        f"{what} of credits must be 0 to {most}, got {value:g}", "Omit it to use the default."
                    )


def credit_confidence(rgb: NDArray[np.uint8], colors: CreditColors | None = None) -> float:
    """Return the confidence that a frame shows credits, from the conditions of the thesis (4.1.3).

    The RGB values of the frame are clustered by k-means with k = 2. The larger cluster is the background, the
    other one the text. Each condition on the hue and saturation of the centroids and on the share of the
    background has a margin. Inside the window the margin rises from 0 at the edge to 1 at the middle (or the
    far end). Outside it falls from 0 to -1, where the hue is off by 10 degrees, the saturation by 50 of 255,
    or the share by 0.2. The confidence is (1 + the smallest margin) / 2. It is at least 0.5 exactly if all
    conditions of the thesis hold.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        sRGB 0..255; the thesis uses 256x256.
    colors : CreditColors, optional
        Colours of the credits; default: those of the thesis.

    Returns
    -------
    float
        Confidence in 0..1; at least 0.5 means credits. A frame of one colour has 0.
    """
    colors = colors or CreditColors()
    if _too_grey(rgb, colors):
        return 0.0
    clusters = _two_clusters(rgb)
    if clusters is None:
        return 0.0
    background, text, share = clusters
    background_hue, background_saturation = _hue_saturation(background)
    text_hue, text_saturation = _hue_saturation(text)
    margins = [
        _window_margin(background_hue, colors.background_hue),
        _margin(
            background_saturation - colors.background_saturation,
            255 - colors.background_saturation,
            _SATURATION_SLACK,
        ),
        _margin(colors.text_saturation - text_saturation, colors.text_saturation, _SATURATION_SLACK),
        # "More than", not "at least": a share on the very edge is outside.
        _margin(share - np.nextafter(colors.background_share, 1), 1 - colors.background_share, _SHARE_SLACK),
    ]
    if text_saturation >= colors.achromatic_saturation:
        margins.append(_window_margin(text_hue, colors.text_hue))
    return (1 + min(margins)) / 2


def faded_neighbours(
    thumbnails: Iterable[NDArray[np.uint8]], marked: Sequence[bool], *, n_frames: int = 25
) -> list[bool]:
    """Extend the marks of credits over adjacent fades (thesis, 4.1.3).

    The marks grow outwards from both ends of each marked run, frame by frame, as long as a frame is black or
    a darker copy of the frame before or after it. So they cover the fades of the credits, the black between,
    and the fades of the pictures before and after. They stop at the first frame at full brightness, or after
    ``n_frames``.

    Parameters
    ----------
    thumbnails : iterable of uint8 arrays, shape (height, width)
        One small luminance picture per frame, 0..255, about 32x32, all of one size.
    marked : sequence of bool
        Whether each frame is credits.
    n_frames : int
        Largest number of frames that are added at each end of a run.

    Returns
    -------
    list of bool
        The extended marks.
    """
    pictures = [np.asarray(thumbnail, np.float32) for thumbnail in thumbnails]
    extended = list(marked)
    for start in range(len(pictures)):
        for step in (-1, 1):
            beside = start + step
            if not marked[start] or not 0 <= beside < len(pictures) or marked[beside]:
                continue
            for i in range(beside, beside + step * n_frames, step):
                if not 0 <= i < len(pictures) or marked[i] or not _is_faded(pictures, i):
                    break
                extended[i] = True
    return extended


def _too_grey(rgb: NDArray[np.uint8], colors: CreditColors) -> bool:
    """Return whether the frame is too grey for any clustering to have a confidence above 0.

    The excess of a pixel is its smallest channel minus the share of its largest channel that the saturation
    allows. For any clustering with a confidence above 0, the sum of the excess over the background's pixels
    is at most 0. That sum is at least the sum of the same number of smallest excesses in the frame. If the
    latter is above 0, no such clustering exists.
    """
    greatest_share = 1 - (colors.background_saturation - _SATURATION_SLACK) / 255
    n_least = int(rgb.size // 3 * max(colors.background_share - _SHARE_SLACK, 0))
    low, high = colors.background_hue
    # If so, blue is the largest channel of the centroid.
    always_blue = low - _HUE_SLACK >= 180 and high + _HUE_SLACK <= 300
    greatest = rgb[..., 2] if always_blue else rgb.max(-1)
    excess = rgb.min(-1) - np.float32(greatest_share) * greatest
    return n_least > 0 and bool(np.partition(excess.ravel(), n_least - 1)[:n_least].sum() > 0)


def _two_clusters(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64], float] | None:
    """Return the centroids of the larger and the smaller cluster, and the share of the larger one.

    Return None for a frame of a single colour.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    packed = rgb.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    codes, counts = np.unique(packed, return_counts=True)
    if len(codes) < 2:
        return None
    colors = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], -1).astype(np.float64)
    # Clustering the distinct colours, weighted by their counts, is equivalent to clustering the pixels.
    with threadpool_limits(1):  # threads only slow it down, and change the order of sums
        model = KMeans(2, n_init=3, random_state=0).fit(colors, sample_weight=counts)
    share = float(counts[model.labels_ == 0].sum() / counts.sum())
    first, second = model.cluster_centers_
    return (first, second, share) if share >= 0.5 else (second, first, 1 - share)


def _hue_saturation(rgb: NDArray[np.float64]) -> tuple[float, float]:
    """Return the HSV hue in degrees and the saturation in 0..255."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(float(v) for v in rgb))
    return hue * 360, saturation * 255


def _window_margin(hue: float, window: tuple[float, float]) -> float:
    low, high = window
    return _margin(min(hue - low, high - hue), (high - low) / 2, _HUE_SLACK)


def _margin(inside: float, depth: float, slack: float) -> float:
    """Scale a distance to a margin: 1 at ``depth`` inside the window, -1 at ``slack`` outside."""
    return min(inside / depth, 1.0) if inside >= 0 and depth > 0 else max(min(inside, 0.0) / slack, -1.0)


def _is_faded(pictures: list[NDArray[np.float32]], i: int) -> bool:
    """Return whether frame i is black or a darker copy of a neighbour."""
    if pictures[i].max() < 12:
        return True
    return any(_is_darker_copy(pictures[i], pictures[j]) for j in (i - 1, i + 1) if 0 <= j < len(pictures))


def _is_darker_copy(picture: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Return whether a picture is another one times a gain below 0.98, up to rounding and a little motion."""
    gain = float((picture * other).sum() / max((other * other).sum(), 1e-9))
    residual = np.sqrt(np.square(picture - gain * other).mean())
    return gain < 0.98 and bool(residual < 1.5 + 0.05 * np.sqrt(np.square(picture).mean()))
