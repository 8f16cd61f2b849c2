"""Detection of near-duplicate frames, which add nothing to training data (thesis, 4.1.2)."""

from __future__ import annotations

from cartoonize.frames import ColorPicture

#: Default threshold of the mean squared error, in squared code values 0..255 (thesis, equation 4.1).
MSE_THRESHOLD = 20.0


class Dedup:
    """Filter that accepts pictures whose mean squared difference from the last accepted one is large enough.

    This is equation 4.1 of the thesis. Since a picture is compared with the last *accepted* one, small
    changes add up. Equation 4.1 divides by the number of pixels; here the squared difference of a pixel is
    the mean over its three channels, each in 0..255.

    Parameters
    ----------
    threshold : float
        Largest mean squared difference of a duplicate, in squared code values; 20 in the thesis.
    """

    def __init__(self, threshold: float = MSE_THRESHOLD) -> None:
        self.threshold = threshold
        self._accepted: ColorPicture | None = None

    def accepts(self, picture: ColorPicture) -> bool:
        """Return whether the next picture, at source size, is accepted. The first one is."""
        last = self._accepted
        if last is not None and last.shape == picture.shape and picture.is_near(last, self.threshold):
            return False
        self._accepted = picture
        return True
