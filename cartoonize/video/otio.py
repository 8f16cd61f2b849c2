"""OpenTimelineIO: an edit list as JSON, which DaVinci Resolve, Premiere, Avid, Blender and others read.

The JSON is written here and not by the package ``opentimelineio``: it is a few nested objects, and their
schemas are stable. Clips have the first version of their schema, which all versions of the package read.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from cartoonize.video.edit_list import EditedShot, EditList, Marker, Media


def otio_text(edit: EditList) -> str:
    """Return an edit list as a file of OpenTimelineIO.

    It has one video track with a clip for each shot, and an audio track with the same clips if the media have
    sound. Markers are on the clips of the video.
    """
    tracks = [_track("Video", edit)]
    if any(shot.media.has_sound for shot in edit.shots):
        tracks.append(_track("Audio", edit))
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": edit.name,
        "global_start_time": _time(edit.start.number, edit.rate),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "metadata": {},
            "name": "tracks",
            "source_range": None,
            "effects": [],
            "markers": [],
            "children": tracks,
        },
    }
    return json.dumps(timeline, indent=2) + "\n"


def _track(kind: str, edit: EditList) -> dict[str, Any]:
    with_markers = kind == "Video"
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": "V1" if with_markers else "A1",
        "kind": kind,
        "source_range": None,
        "effects": [],
        "markers": [],
        "children": [_clip(shot, edit, with_markers) for shot in edit.shots],
    }


def _clip(shot: EditedShot, edit: EditList, with_markers: bool) -> dict[str, Any]:
    known = {"shot_start": shot.start, "shot_stop": shot.stop, "confidence": shot.confidence}
    markers = [_marker(marker, shot.media, edit.rate) for marker in shot.markers] if with_markers else []
    return {
        "OTIO_SCHEMA": "Clip.1",
        "metadata": {"cartoonize": {key: value for key, value in known.items() if value is not None}},
        "name": shot.name,
        "source_range": _range(shot.media.number_of(shot.start), shot.stop - shot.start, edit.rate),
        "effects": [],
        "markers": markers,
        "media_reference": _reference(shot.media, edit.rate),
    }


def _marker(marker: Marker, media: Media, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {},
        "name": marker.name,
        "color": marker.color,
        "comment": marker.comment,
        "marked_range": _range(media.number_of(marker.frame), 1, rate),
    }


def _reference(media: Media, rate: Fraction) -> dict[str, Any]:
    common = {
        "metadata": {},
        "name": media.path.name,
        "available_range": _range(media.first, media.n_frames, rate),
    }
    if not media.is_sequence:
        return {"OTIO_SCHEMA": "ExternalReference.1", **common, "target_url": media.path.resolve().as_uri()}
    prefix, digits = _number_in(media.path)
    return {
        "OTIO_SCHEMA": "ImageSequenceReference.1",
        **common,
        "target_url_base": media.path.resolve().parent.as_uri() + "/",
        "name_prefix": prefix,
        "name_suffix": media.path.suffix,
        "start_frame": media.first,
        "frame_step": 1,
        "rate": float(rate),
        "frame_zero_padding": len(digits),
        "missing_frame_policy": "error",
    }


def _number_in(picture: Path) -> tuple[str, str]:
    """Return what is before the number at the end of the name of a picture, and its digits."""
    prefix = picture.stem.rstrip("0123456789")
    return prefix, picture.stem[len(prefix) :]


def _range(start: int, n_frames: int, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(n_frames, rate),
    }


def _time(n_frames: int, rate: Fraction) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(n_frames)}
