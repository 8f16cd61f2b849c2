"""CMX3600: an edit list as text, which every editing program reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cartoonize.video.edit_list import EditedShot, EditList
from cartoonize.video.timecode import Timecode

#: Largest number of events that the format provides for.
MAX_EVENTS = 999
#: Colours of locators, by the colour of a marker.
_COLORS = {"RED": "RED", "ORANGE": "YELLOW", "GREEN": "GREEN", "CYAN": "CYAN"}


def edl_text(edit: EditList) -> str:
    """Return an edit list as CMX3600: one event for each shot, and markers as locators (``* LOC:``)."""
    mode = "DROP FRAME" if edit.start.drops else "NON-DROP FRAME"
    lines = [f"TITLE: {_plain(edit.name)[:70]}", f"FCM: {mode}", ""]
    for number, shot in enumerate(edit.shots, 1):
        lines += _event(number, shot, edit)
    return "\n".join(lines) + "\n"


def _event(number: int, shot: EditedShot, edit: EditList) -> Iterator[str]:
    channels = "B" if shot.media.has_sound else "V"
    media = replace(edit.start, number=0)
    source = [_at(media, shot.media.number_of(frame)) for frame in (shot.start, shot.stop)]
    record = [edit.start.later(frame) for frame in (shot.start, shot.stop)]
    yield f"{number:03d}  AX       {channels:5} C        {source[0]} {source[1]} {record[0]} {record[1]}"
    yield f"* FROM CLIP NAME: {_plain(shot.media.path.name)}"
    for marker in shot.markers:
        comment = f": {marker.comment}" if marker.comment else ""
        color = f"{_COLORS[marker.color]:7}"
        yield f"* LOC: {edit.start.later(marker.frame)} {color} {_plain(marker.name + comment)}"
    yield ""


def _at(zero: Timecode, number: int) -> Timecode:
    return zero.later(number)


def _plain(text: str) -> str:
    """Return text in one line."""
    return " ".join(text.split())
