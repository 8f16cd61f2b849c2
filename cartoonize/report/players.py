"""Videos that play side by side in a page, synchronised by frame."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from cartoonize.report.html import Html, tag
from cartoonize.report.page import Section


@dataclass(frozen=True)
class Video:
    """A small copy of a film, as MP4."""

    name: str
    mp4: bytes
    width: int
    height: int
    score: str = ""


@dataclass(frozen=True)
class Excerpt:
    """The part of the episode that the videos show."""

    start: int
    """Index of the first frame."""
    n_frames: int
    frame_rate: float
    whole: bool
    """True if this is the whole episode."""
    cuts: Sequence[int] = ()
    """First frames of the shots, counted from the start of the episode."""


def videos_section(videos: Sequence[Video], excerpt: Excerpt) -> Section | None:
    """Return the section with videos in a grid, which share one set of controls."""
    if not videos:
        return None
    seconds = excerpt.n_frames / excerpt.frame_rate
    begin = excerpt.start / excerpt.frame_rate
    part = "The whole episode" if excerpt.whole else f"{seconds:.0f} s of the episode, from {begin:.0f} s"
    intro = f"{part}: {excerpt.n_frames} frames, in small copies. All videos show the same frame."
    player = tag(
        "div",
        _controls(excerpt),
        tag("div", [_figure(video) for video in videos], class_="films"),
        class_="player",
        data_rate=excerpt.frame_rate,
        data_frames=excerpt.n_frames,
        data_start=excerpt.start,
    )
    return Section("films", "Synchronised videos", player, intro)


def _figure(video: Video) -> Html:
    element = tag(
        "video",
        src="data:video/mp4;base64," + base64.b64encode(video.mp4).decode(),
        width=video.width,
        height=video.height,
        controls=True,
        muted=True,
        playsinline=True,
        preload="auto",
        aria_label=video.name,
    )
    score = tag("span", video.score, class_="score") if video.score else None
    return tag("figure", element, tag("figcaption", tag("b", video.name), score))


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
        tag("button", "▶", type="button", class_="step", data_by=1, aria_label="One frame forward"),
        tag("input", type="range", min=0, max=last, value=0, step=1, aria_label="Frame", list=shown),
        marks,
        tag("output", "frame 0"),
        tag("label", "speed ", tag("select", options, aria_label="Speed")),
        class_="controls",
    )
