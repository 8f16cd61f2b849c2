"""Whole frames: places that users and files give on whole frames, and the same places in the picture area.

Methods see the picture without black bars. References, pins and confidence refer to whole frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from cartoonize.annotations.pins import Pin
from cartoonize.annotations.references import Reference, read_reference
from cartoonize.annotations.track_edits import Join, Split
from cartoonize.coloring.messages import SilentReporter
from cartoonize.errors import UsageError
from cartoonize.frames import Area, VideoFormat
from cartoonize.tracking.confidence import DoubtfulRegion, PartConfidence
from cartoonize.tracking.edits import Place, TrackEdits


def pin_in_area(pin: Pin, area: Area | None, format: VideoFormat) -> Pin:
    """Return a pin with its position as shares of the picture area.

    Raises
    ------
    UsageError
        If it is on a bar.
    """
    place = place_in_area(pin.x, pin.y, area, format)
    if place is None:
        raise UsageError(
            f"{pin} is on a black bar, which stays grey", "Remove the pin, or add --no-bars to colour bars."
        )
    return replace(pin, x=place[0], y=place[1])


def place_in_area(x: float, y: float, area: Area | None, format: VideoFormat) -> tuple[float, float] | None:
    """Return a place of a whole frame as shares of the picture area; None if it is on a bar."""
    if area is None:
        return x, y
    x = (x * format.width - area.left) / (area.right - area.left)
    y = (y * format.height - area.top) / (area.bottom - area.top)
    return (x, y) if 0 <= x < 1 and 0 <= y < 1 else None


def edits_in_areas(
    edits: Iterable[Split | Join],
    area_at: Callable[[int], Area | None],
    format: VideoFormat,
    *,
    first: int = 0,
) -> TrackEdits:
    """Return a user's edits of the tracks of a film, with places in the picture area.

    Edits with a place on a bar, where nothing is followed, are left out.

    Parameters
    ----------
    edits : iterable of Split or Join
        Edits of the film.
    area_at : callable
        Takes the index of a frame, and returns its picture area; None if all of it shows the picture.
    format : VideoFormat
        Format of the film.
    first : int
        Number of frames of the source before the one with index 0.
    """

    def placed(frame: int, x: float, y: float) -> Place | None:
        found = place_in_area(x, y, area_at(frame - first), format)
        return Place(frame - first, *found) if found is not None else None

    splits, joins = [], []
    for edit in edits:
        one = placed(edit.frame, edit.x, edit.y)
        if isinstance(edit, Split):
            splits.append(one)
        else:
            joins.append((one, placed(edit.other_frame, edit.other_x, edit.other_y)))
    return TrackEdits(
        tuple(one for one in splits if one is not None),
        tuple((one, other) for one, other in joins if one is not None and other is not None),
    )


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
