"""Unsteadiness: position and brightness of the frames of a worn print."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Unsteadiness:
    """Position and brightness of a frame, relative to another frame that shows the same picture.

    The gate of a projector or scanner shifts each frame by a little (gate weave), and the brightness goes up
    and down (flicker).
    """

    down: float = 0.0
    """Shift in pixels of the frame."""
    right: float = 0.0
    """Shift in pixels of the frame."""
    gain: float = 1.0
    """The frame has the codes of the other one times this, ..."""
    offset: float = 0.0
    """... plus this, in codes of 0..255."""

    @property
    def distance(self) -> float:
        """Length of the shift in pixels."""
        return math.hypot(self.down, self.right)

    def on(self, other: Unsteadiness) -> Unsteadiness:
        """Return position and brightness relative to the frame that ``other`` is relative to.

        Parameters
        ----------
        other : Unsteadiness
            Position and brightness of the frame that this one is relative to.
        """
        return Unsteadiness(
            self.down + other.down,
            self.right + other.right,
            self.gain * other.gain,
            self.gain * other.offset + self.offset,
        )

    def scaled(self, down: float, right: float | None = None) -> Unsteadiness:
        """Return the same for a picture whose height and width are larger by these factors.

        Parameters
        ----------
        down : float
            Factor of the height.
        right : float, optional
            Factor of the width. Default: that of the height.
        """
        return replace(self, down=down * self.down, right=(down if right is None else right) * self.right)
