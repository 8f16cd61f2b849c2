"""Pictures of annotations: read as sRGB, whatever the colour profile of the file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.errors import SourceError
from cartoonize.reporting import LOG, Reporter

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsProfile

#: Part of the keys of results. Raise it when the same files yield other known colours.
VERSION = 1

#: Modes of Pillow for the colour spaces of profiles.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def read_painting(path: Path, *, reporter: Reporter = LOG) -> NDArray[np.uint8]:
    """Read a picture that a user painted as sRGB with alpha, (height, width, 4) in 0..255.

    The ICC profile of the file is applied. A picture without a profile counts as sRGB. 16 bits are reduced
    to 8, and a picture without alpha is opaque.

    Parameters
    ----------
    path : Path
        PNG, JPEG, TIFF, WebP or BMP.
    reporter : Reporter
        Receives a warning if the colours cannot be converted exactly.

    Raises
    ------
    SourceError
        If the picture cannot be decoded or is too large.
    """
    from cartoonize.video.images import read_picture_with_alpha

    picture = read_picture_with_alpha(path)
    try:
        rgb = _in_srgb(path, picture)
    except Exception as error:  # whatever error Pillow raises for a damaged profile
        reporter.warning(
            f"{path.name}: the colour profile cannot be used ({str(error)[:80] or type(error).__name__})."
            " The colours are read as sRGB."
        )
        return picture
    if rgb is None:
        return picture
    if rgb.shape[:2] != picture.shape[:2]:
        reporter.warning(f"{path.name} is CMYK without a colour profile. Its colours are approximate.")
        return picture
    return np.dstack([rgb, picture[..., 3]])


def histogram_of_picture(path: Path, *, reporter: Reporter = LOG) -> tuple[float, ...]:
    """Return the share of each of the 313 bins in a picture, without its transparent pixels.

    Raises
    ------
    SourceError
        If the picture cannot be decoded or is too large, or all its pixels are transparent.
    """
    from cartoonize.color.histogram_transfer import histogram_of

    picture = read_painting(path, reporter=reporter)
    counts = picture[..., 3] > 127
    if not counts.any():
        raise SourceError(f"{path}: all pixels are transparent", "Use a picture with colours.")
    return histogram_of(picture[..., :3], counts)


def _in_srgb(path: Path, picture: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return the colours in sRGB, (height, width, 3); None if they are sRGB already.

    The result is empty if the picture is CMYK without a profile.
    """
    import warnings

    from PIL import Image, ImageCms

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size was checked before
        image = Image.open(path)
    with image:
        data: bytes | None = image.info.get("icc_profile")
        if data is None:
            return np.empty((0, 0, 3), np.uint8) if image.mode == "CMYK" else None
        profile = ImageCms.ImageCmsProfile(BytesIO(data))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        return _converted(image, picture, profile)


def _converted(image: Image, picture: NDArray[np.uint8], profile: ImageCmsProfile) -> NDArray[np.uint8]:
    from PIL import Image, ImageCms

    space = profile.profile.xcolor_space.strip()
    if space not in _MODES:
        raise ValueError(f"its colour space is {space}")
    mode = _MODES[space]
    if mode == "CMYK":
        source: Any = image
    else:
        source = Image.fromarray(picture[..., 0] if mode == "L" else np.ascontiguousarray(picture[..., :3]))
    to_srgb = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return np.asarray(ImageCms.applyTransform(source, to_srgb), np.uint8)
