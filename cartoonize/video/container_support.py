"""Support of containers for streams: add a stream of the same kind, or find a container that can hold it."""

from __future__ import annotations

import os
from pathlib import Path

import av
from av.container import OutputContainer
from av.stream import Stream

from cartoonize.video.containers import canonical_name, open_container, stream_info
from cartoonize.video.timed_text import fits_timed_text

#: (container, suffix) of the sidecar file for subtitles that the output cannot hold, by codec.
_SIDECARS = {
    "subrip": ("srt", ".srt"),
    "ass": ("ass", ".ass"),
    "webvtt": ("webvtt", ".vtt"),
    "hdmv_pgs_subtitle": ("sup", ".sup"),
}
#: The same for other streams, by type.
_OTHER_SIDECARS = {"audio": ("matroska", ".mka"), "subtitle": ("matroska", ".mks")}
#: Metadata that describes the container itself and does not apply to a copy.
_CONTAINER_KEYS = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration", "vendor_id"}


def streams_mp4_cannot_hold(path: Path) -> list[str]:
    """Return the descriptions of the streams that MP4 cannot hold, such as ``audio vorbis (eng)``.

    Text subtitles become timed text; see `fits_timed_text`. Sound that no container can hold as it is counts
    for none: it is converted.

    Parameters
    ----------
    path : Path
        A video file.

    Raises
    ------
    SourceError
        If it is not a video.
    """
    with open_container(path) as container:
        return [
            str(stream_info(stream))
            for stream in container.streams
            if stream.type == "attachment"
            or (
                stream.type in ("audio", "subtitle")
                and not can_hold("mp4", stream)
                and (stream.type != "audio" or can_hold("matroska", stream))
                and not fits_timed_text(path, stream.index)
            )
        ]


def can_hold(container: str, stream: Stream) -> bool:
    """Return whether a container can hold a stream. Some muxers know that only when they write the header."""
    if container == "mxf":  # its sound has to be converted, to begin together with the picture
        return False
    options = {"strict": "experimental"}
    try:
        with av.open(os.devnull, "w", format=container, container_options=options) as empty:
            if add_like(empty, stream) is None:
                return False
            empty.start_encoding()
    except av.FFmpegError:
        return False
    return True


def sidecar_format(stream: Stream) -> tuple[str, str]:
    """Return the container and the suffix of a sidecar file for a stream."""
    by_codec = _SIDECARS.get(canonical_name(stream))
    return by_codec or _OTHER_SIDECARS.get(stream.type, ("matroska", ".mkv"))


def add_like(out: OutputContainer, stream: Stream) -> Stream | None:
    """Add a stream of the same kind and return it, or return None if the container cannot hold it."""
    try:
        target = out.add_stream_from_template(stream, opaque=True)
    except ValueError:
        return None
    copy_description(target, stream)
    return target


def copy_description(target: Stream, stream: Stream) -> None:
    """Copy the metadata and the dispositions of a stream."""
    target.metadata.update(copied_metadata(stream.metadata))
    target.disposition = stream.disposition


def copied_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """Return metadata without entries that describe the container or its muxer, such as statistics."""
    return {
        key: value
        for key, value in metadata.items()
        if key.lower() not in _CONTAINER_KEYS
        and not key.startswith(("_STATISTICS", "BPS", "NUMBER_OF_"))
        and not (key == "handler_name" and value.endswith("Handler"))
    }


def container_family(out: OutputContainer) -> str:
    """Return the usual name of a container format."""
    return {"matroska": "Matroska", "mov": "QuickTime", "mxf": "MXF"}.get(out.format.name, "MP4")
