"""Whole frames: places that users and files give on whole frames, and the same places in the picture area.

Methods see the picture without black bars. References, pins and confidence refer to whole frames.
"""

from __future__ import annotations

from dataclasses import replace

from cartoonize.annotations.pins import Pin
from cartoonize.annotations.references import Reference, read_reference
from cartoonize.coloring.messages import SilentReporter
from cartoonize.errors import UsageError
from cartoonize.frames import Area, VideoFormat
from cartoonize.tracking.confidence import DoubtfulRegion, PartConfidence


def pin_in_area(pin: Pin, area: Area | None, format: VideoFormat) -> Pin:
    """Return a pin with its position as shares of the picture area.

    Raises
    ------
    UsageError
        If it is on a bar.
    """
    if area is None:
        return pin
    x = (pin.x * format.width - area.left) / (area.right - area.left)
    y = (pin.y * format.height - area.top) / (area.bottom - area.top)
    if not (0 <= x < 1 and 0 <= y < 1):
        raise UsageError(
            f"{pin} is on a black bar, which stays grey", "Remove the pin, or add --no-bars to colour bars."
        )
    return replace(pin, x=x, y=y)


def reference_in_area(reference: Reference, area: Area | None, format: VideoFormat) -> Reference:
    """Return the picture area of a reference that was read from a file and shows a whole frame."""
    if area is None:
        return reference
    width, height = reference.size
    scaled = area.scaled((height / format.height, width / format.width))
    return read_reference(reference.path, scaled, reporter=SilentReporter())


def on_whole_frame(part: PartConfidence, area: Area | None, format: VideoFormat) -> PartConfidence:
    """Return the confidence of a shot with places as shares of the whole frame."""
    if area is None:
        return part
    return replace(part, regions=tuple(_on_whole_frame(region, area, format) for region in part.regions))


def _on_whole_frame(region: DoubtfulRegion, area: Area, format: VideoFormat) -> DoubtfulRegion:
    def x_of(x: float) -> float:
        return round((area.left + x * (area.right - area.left)) / format.width, 4)

    def y_of(y: float) -> float:
        return round((area.top + y * (area.bottom - area.top)) / format.height, 4)

    box = region.box
    if box is not None:
        box = (x_of(box[0]), y_of(box[1]), x_of(box[2]), y_of(box[3]))
    return replace(region, x=x_of(region.x), y=y_of(region.y), box=box)
