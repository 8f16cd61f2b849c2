"""Reading and writing of videos, pictures and folders of stills. Only this package imports ``av``.

The names in ``__all__`` are imported on first use, so that importing the package does not load FFmpeg.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cartoonize.video.codecs import missing_encoders as missing_encoders
    from cartoonize.video.container_support import streams_mp4_cannot_hold as streams_mp4_cannot_hold
    from cartoonize.video.containers import list_streams as list_streams
    from cartoonize.video.film import write_film as write_film
    from cartoonize.video.output import open_writer as open_writer
    from cartoonize.video.sound import Sound as Sound
    from cartoonize.video.source import open_source as open_source

_MODULES = {
    "Sound": "sound",
    "list_streams": "containers",
    "missing_encoders": "codecs",
    "open_source": "source",
    "open_writer": "output",
    "streams_mp4_cannot_hold": "container_support",
    "write_film": "film",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'cartoonize.video' has no attribute {name!r}")
    return getattr(import_module(f"cartoonize.video.{_MODULES[name]}"), name)
