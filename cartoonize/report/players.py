"""Films that play side by side in the page, frame by frame in step."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.html import Html, tag
from cartoonize.report.page import Section


@dataclass(frozen=True)
class Film:
    """A small film."""

    name: str
    mp4: bytes
    width: int
    height: int
    score: str = ""


@dataclass(frozen=True)
class Excerpt:
    """The stretch of the episode that the films show."""

    start: int
    """First frame."""
    n_frames: int
    frame_rate: float
    whole: bool
    """Whether it is all of the episode."""
    cuts: Sequence[int] = ()
    """Frames at which shots begin, counted from the episode's first."""


def films_section(films: Sequence[Film], excerpt: Excerpt) -> Section | None:
    """Show films in a grid; one set of controls moves them all."""
    if not films:
        return None
    seconds = excerpt.n_frames / excerpt.frame_rate
    begin = excerpt.start / excerpt.frame_rate
    part = "The whole episode" if excerpt.whole else f"{seconds:.0f} s of the episode, from {begin:.0f} s on"
    intro = f"{part}, {excerpt.n_frames} frames, small copies; all films show the same frame."
    player = tag(
        "div",
        _controls(excerpt),
        tag("div", [_film(film) for film in films], class_="films"),
        class_="player",
        data_rate=excerpt.frame_rate,
        data_frames=excerpt.n_frames,
        data_start=excerpt.start,
    )
    return Section("films", "Films in step", player, intro)


def _film(film: Film) -> Html:
    video = tag(
        "video",
        src="data:video/mp4;base64," + base64.b64encode(film.mp4).decode(),
        width=film.width,
        height=film.height,
        controls=True,
        muted=True,
        playsinline=True,
        preload="auto",
        aria_label=film.name,
    )
    score = tag("span", film.score, class_="score") if film.score else None
    return tag("figure", video, tag("figcaption", tag("b", film.name), score))


def _controls(excerpt: Excerpt) -> Html:
    last = excerpt.n_frames - 1
    inside = [cut - excerpt.start for cut in excerpt.cuts if 0 < cut - excerpt.start < excerpt.n_frames]
    marks = tag("datalist", [tag("option", value=cut) for cut in inside], id="cuts") if inside else None
    speeds = (("⅛", 0.125), ("¼", 0.25), ("½", 0.5), ("1", 1), ("2", 2))
    options = [tag("option", name, value=value, selected=value == 1) for name, value in speeds]
    shown = "cuts" if inside else None
    return tag(
        "div",
        tag("button", "▶ Play", type="button", class_="play"),
        tag("button", "◀", type="button", class_="step", data_by=-1, aria_label="One frame back"),
        tag("button", "▶", type="button", class_="step", data_by=1, aria_label="One frame on"),
        tag("input", type="range", min=0, max=last, value=0, step=1, aria_label="Frame", list=shown),
        marks,
        tag("output", "frame 0"),
        tag("label", "speed ", tag("select", options, aria_label="Speed")),
        class_="controls",
    )
