"""Frames that scribbles were painted on. From there, methods move the strokes along the optical flow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cartoonize.annotations.locate import locate
from cartoonize.annotations.scribbles import Scribbles, luma_for_flow, read_scribbles
from cartoonize.coloring.films import first_frame
from cartoonize.coloring.messages import SilentReporter
from cartoonize.filters.predict import lightness_of
from cartoonize.filters.render import RenderOptions
from cartoonize.frames import Frame


def scribbles_on(scribbles: Scribbles, frames: Mapping[int, Frame], luminance: str) -> Scribbles:
    """Return a copy of scribbles with the pictures that they were painted on.

    Parameters
    ----------
    scribbles : Scribbles
        Scribbles that were read from files.
    frames : mapping of int to Frame
        Frames of the film, by index.
    luminance : {"grey", "cielab"}
        Luminance that is the input of the method.
    """
    pictures = {
        n: luma_for_flow(lightness_of(frames[n], luminance) / 100) for n in scribbles.begin_at if n in frames
    }
    return scribbles.on(pictures)


def load_scribbles(path: Path, source: Path, render: RenderOptions, luminance: str) -> Scribbles:
    """Read scribbles and the frames that they were painted on, without warnings.

    Parameters
    ----------
    path : Path
        Picture of scribbles, or folder of them.
    source : Path
        Film, picture or folder of stills.
    render : RenderOptions
        Part of the source.
    luminance : {"grey", "cielab"}
        Luminance that is the input of the method.
    """
    from cartoonize.video import open_source

    with open_source(source, allow_damaged=render.allow_damaged, film=render.film) as opened:
        first = first_frame(opened, render)
        scribbles = read_scribbles(path, opened, first=first, reporter=SilentReporter())
        in_color = luminance == "cielab" and opened.format.has_color
        wanted = [n for n in scribbles.begin_at if n >= 0]
        frames = opened.frames(rgb=in_color, start=render.start, end=render.end)
        return scribbles_on(scribbles, locate(frames, wanted=wanted).frames, luminance)
