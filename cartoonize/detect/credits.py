"""Credits: white text on blue, found by clustering a frame's colours (thesis, 4.1.3); fades beside them."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import UsageError

# How far outside a window the confidence reaches 0.
_HUE_SLACK = 10.0
_SATURATION_SLACK = 50.0
_SHARE_SLACK = 0.2


@dataclass(frozen=True, slots=True)
class CreditColors:
    """What a series' credits look like; the defaults are the thesis's series. The HSV value never matters."""

    background_hue: tuple[float, float] = (190.0, 260.0)
    """Lowest and highest, in degrees."""
    background_saturation: float = 250.0
    """At least this, of 255."""
    background_share: float = 0.8
    """More than this share of the pixels."""
    text_hue: tuple[float, float] = (190.0, 250.0)
    """Lowest and highest, in degrees."""
    text_saturation: float = 120.0
    """At most this, of 255."""
    achromatic_saturation: float = 5.0
    """Text of less saturation, of 255, is grey: it has no hue and passes the test of hue."""

    def __post_init__(self) -> None:
        saturations = (self.background_saturation, self.text_saturation, self.achromatic_saturation)
        for what, most, values in (
            ("hue", 360, (*self.background_hue, *self.text_hue)),
            ("saturation", 255, saturations),
            ("share", 1, (self.background_share,)),
        ):
            for value in values:
                if not 0 <= value <= most:  # true of what is no number, too
                    raise UsageError(f"a {what} of {value:g} is not in 0..{most}", "Leave it out.")


def credit_confidence(rgb: NDArray[np.uint8], colors: CreditColors | None = None) -> float:
    """Tell how surely a frame shows credits, by the thesis's conditions on two colour clusters (4.1.3).

    The frame's RGB values are clustered by k-means with k = 2. The larger cluster is the background, the
    other the text. Each condition on the centroids' hue and saturation and on the background's share has a
    margin: inside its window from 0 at the edge to 1 at the middle (or the far end); outside falling from 0
    to -1 where the hue is off by 10 degrees, the saturation by 50 of 255, the share by 0.2. The confidence
    is (1 + the least margin) / 2: monotone in each, and at least 0.5 exactly where all of the thesis's
    conditions hold.

    Parameters
    ----------
    rgb : uint8 array, shape (height, width, 3)
        sRGB 0..255; the thesis uses 256x256.
    colors : CreditColors, optional
        What to look for.

    Returns
    -------
    float
        0..1; at least 0.5 means credits. 0 for a frame of one colour.
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
    """Extend marks over the fades beside them: frames that only are darker copies (thesis, 4.1.3).

    From both ends of each marked run the marks grow outwards, frame by frame, as long as a frame is black
    or a darker copy of the frame before or after it: the credits' own fade, the black between, and the
    picture's fade out before and in after. They stop at the first frame at full brightness, or after
    ``n_frames``.

    Parameters
    ----------
    thumbnails : iterable of uint8 arrays, shape (height, width)
        One small luminance picture for each frame, 0..255, 32x32 or so, all of one size.
    marked : sequence of bool
        Whether each frame is credits.
    n_frames : int
        At most so many further frames at each end of a run.

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
    """Tell, without clustering, that no background cluster could have any confidence.

    Whatever the clusters are: summed over a background's pixels, the excess of each pixel's least channel
    over the share of its greatest that the saturation allows is at most 0; and it is no less than the sum
    of the same number of the frame's least excesses.
    """
    greatest_share = 1 - (colors.background_saturation - _SATURATION_SLACK) / 255
    n_least = int(rgb.size // 3 * max(colors.background_share - _SHARE_SLACK, 0))
    low, high = colors.background_hue
    always_blue = low - _HUE_SLACK >= 180 and high + _HUE_SLACK <= 300  # the centroid's greatest channel
    greatest = rgb[..., 2] if always_blue else rgb.max(-1)
    excess = rgb.min(-1) - np.float32(greatest_share) * greatest
    return n_least > 0 and bool(np.partition(excess.ravel(), n_least - 1)[:n_least].sum() > 0)


def _two_clusters(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64], float] | None:
    """Return the larger cluster's centroid, the other's, and the larger's share; None for a single colour."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    packed = rgb.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    codes, counts = np.unique(packed, return_counts=True)
    if len(codes) < 2:
        return None
    colors = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], -1).astype(np.float64)
    # Clustering the distinct colours, weighted by how often they occur, is clustering the pixels.
    with threadpool_limits(1, "openmp"):  # little work: threads only wait for each other, and add up anew
        model = KMeans(2, n_init=3, random_state=0).fit(colors, sample_weight=counts)
    share = float(counts[model.labels_ == 0].sum() / counts.sum())
    first, second = model.cluster_centers_
    return (first, second, share) if share >= 0.5 else (second, first, 1 - share)


def _hue_saturation(rgb: NDArray[np.float64]) -> tuple[float, float]:
    """Return the HSV hue in degrees and saturation in 0..255."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*(float(v) for v in rgb))
    return hue * 360, saturation * 255


def _window_margin(hue: float, window: tuple[float, float]) -> float:
    low, high = window
    return _margin(min(hue - low, high - hue), (high - low) / 2, _HUE_SLACK)


def _margin(inside: float, depth: float, slack: float) -> float:
    """Scale a distance: 1 at ``depth`` inside the window, -1 at ``slack`` outside."""
    return min(inside / depth, 1.0) if inside >= 0 and depth > 0 else max(min(inside, 0.0) / slack, -1.0)


def _is_faded(pictures: list[NDArray[np.float32]], i: int) -> bool:
    """Tell whether frame i is black or a darker copy of a neighbour."""
    if pictures[i].max() < 12:
        return True
    return any(_is_darker_copy(pictures[i], pictures[j]) for j in (i - 1, i + 1) if 0 <= j < len(pictures))


def _is_darker_copy(picture: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Tell whether a picture is another one times a gain under 0.98, up to rounding and a little motion."""
    gain = float((picture * other).sum() / max((other * other).sum(), 1e-9))
    residual = np.sqrt(np.square(picture - gain * other).mean())
    return gain < 0.98 and bool(residual < 1.5 + 0.05 * np.sqrt(np.square(picture).mean()))
