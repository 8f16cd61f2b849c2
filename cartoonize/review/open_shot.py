"""Open shot: a shot that a person corrects. Its colours are decided again in a fraction of a second.

Its frames are read and segmented once. After that, a correction needs no network: the predictions for the
tracks are in the cache, and so are the colours of references.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints, fingerprint_of_hints
from cartoonize.annotations.pins import Pin, hints_of_pins
from cartoonize.coloring.cached_shot import CachedShot, PackedChroma
from cartoonize.coloring.evidence_file import SavedEvidence
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.shot_cache import FilmEvidence, TrackRecorder
from cartoonize.coloring.whole_frames import pin_in_area
from cartoonize.errors import UsageError
from cartoonize.filters.render import chroma_planes
from cartoonize.filters.track import TrackSources, repaint_frame, repaint_shot, segmented
from cartoonize.frames import area_average
from cartoonize.review import render
from cartoonize.tracking.decision import likely_colors
from cartoonize.tracking.knots import N_KNOTS

if TYPE_CHECKING:
    from cartoonize.tracking.parts import Parts
    from cartoonize.tracking.tracked import PartPrediction
    from cartoonize.video.source import Source

Planes = tuple[NDArray[Any], NDArray[Any]]

#: Number of colours that are named for a thing.
_N_COLORS = 5


@dataclass(frozen=True)
class LikelyColor:
    """A colour that a thing may have."""

    color: str
    """sRGB, ``#rrggbb``, at the lightness of the thing."""
    probability: float
    """0..1."""


@dataclass(frozen=True)
class Thing:
    """What a person has clicked: a region of a drawing, and the track that it belongs to."""

    track: int
    lightness: float
    """Mean CIE L, 0..100."""
    color: str
    """Its colour now, sRGB, ``#rrggbb``."""
    likely: tuple[LikelyColor, ...]
    """What the networks say, the likeliest first."""


@dataclass(frozen=True, eq=False)
class _DrawingTracks:
    """A drawing, and what its regions belong to."""

    parts: Parts
    prediction: PartPrediction
    """Prediction of the part of the shot that paints it."""
    tracks: NDArray[np.int64]
    """(regions,) track of each region, as numbered in that part."""
    names: NDArray[np.int64]
    """(regions,) the same, as numbered in the whole shot."""


class OpenShot:
    """A cached shot that is open for corrections.

    Parameters
    ----------
    source : Source
        Opened source of the film. It is read once, here.
    cached : CachedShot
        The shot, with its tracks.
    number : int
        Number of the shot.
    evidence : SavedEvidence
        Colours of references, and the memory.
    options : ColorizeOptions
        Options with which the film was coloured.

    Raises
    ------
    UsageError
        If the shot was not coloured along tracks.
    SourceError
        If the source does not have the frames of the shot any more.
    """

    def __init__(
        self,
        source: Source,
        cached: CachedShot,
        number: int,
        evidence: SavedEvidence,
        options: ColorizeOptions,
    ) -> None:
        from cartoonize.coloring.cached_frames import shot_frames

        if cached.tracks is None:
            raise UsageError(
                "the shot was not coloured along tracks", "Colour the film with --refine tracks."
            )
        self._cached, self._evidence, self._format = cached, evidence, source.format
        self._predictions = cached.tracks.predictions
        self._frames = list(segmented(shot_frames(source, cached, number, options)))
        regions = [len(one.drawing.parts.means) for one in self._frames if one.drawing is not None]
        known = [len(t) for part in self._predictions for t in part.tracks[: part.n_painted]]
        if regions != known:
            raise UsageError(
                "the shot was coloured with other options, or another version",
                "Colour the film again with --refine tracks.",
            )

    @property
    def firsts(self) -> list[int]:
        """Index of the first frame of each drawing."""
        n_held = self._cached.n_held
        return [int(n) for n in self._cached.start + np.cumsum(n_held) - n_held]

    @property
    def place(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the picture area, as shares of the whole frame."""
        area, format = self._cached.area, self._format
        if area is None:
            return 0.0, 0.0, 1.0, 1.0
        width, height = format.width, format.height
        return area.left / width, area.top / height, area.right / width, area.bottom / height

    @cached_property
    def _drawings(self) -> list[_DrawingTracks]:
        """The drawings of the shot in order."""
        segments = [one.drawing for one in self._frames if one.drawing is not None]
        found: list[_DrawingTracks] = []
        continued: NDArray[np.int64] | None = None
        n_names = 0
        for prediction in self._predictions:
            # A long shot has several parts. The first drawing of a part is also the last one that the part
            # before has followed, which tells the tracks that continue.
            names = np.arange(prediction.votes.n_tracks) + n_names
            if continued is not None:
                names[prediction.tracks[0]] = continued
            n_names += prediction.votes.n_tracks
            for tracks in prediction.tracks[: prediction.n_painted]:
                parts = segments[len(found)].parts
                found.append(_DrawingTracks(parts, prediction, tracks, names[tracks]))
            following = prediction.tracks[prediction.n_painted :]
            continued = names[following[0]] if following else None
        return found

    def thing_at(self, index: int, x: float, y: float) -> Thing | None:
        """Return the thing at a place of a frame; None on a bar.

        Parameters
        ----------
        index : int
            Index of the frame.
        x, y : float
            Shares of the width and height of the whole frame, 0..1.
        """
        found = self.region_at(Pin("", index, x, y, "#000000"))
        if found is None:
            return None
        drawing, region = self._shown_at(index), found[1]
        parts = drawing.parts
        lightness = float(parts.means[region])
        votes = drawing.prediction.votes
        rows = votes.codes // N_KNOTS == drawing.tracks[region]
        histogram = np.asarray(votes.areas[rows] @ votes.histograms[rows].astype(np.float32), np.float32)
        likely = [
            LikelyColor(_hex(lightness, ab), round(probability, 4))
            for ab, probability in likely_colors(histogram, _N_COLORS)
        ]
        name = int(drawing.names[region])
        return Thing(name, lightness, self._color_now(index, parts.regions == region), tuple(likely))

    def region_at(self, pin: Pin) -> tuple[int, int] | None:
        """Return the drawing and the region on which a pin is; None on a bar or outside of the shot."""
        place = self._placed(pin)
        if place is None or not self._cached.start <= pin.frame < self._cached.stop:
            return None
        regions = self._shown_at(pin.frame).parts.regions
        height, width = regions.shape
        region = int(regions[int(place.y * height), int(place.x * width)])
        return self._cached.drawing_at(pin.frame), region

    def mask(self, track: int, index: int) -> NDArray[np.bool_]:
        """Return where a frame shows a track, (256, 256) of its picture area."""
        drawing = self._shown_at(index)
        return np.asarray((drawing.names == track)[drawing.parts.regions], np.bool_)

    def frame_with(self, index: int, pins: Sequence[Pin]) -> Planes:
        """Return the chroma of one frame with pins, at once; it may differ a little from `planes_with`."""
        frame = repaint_frame(self._frames, self._predictions, index, sources=self._sources(pins))
        return chroma_planes(frame, self._cached.planes)

    def grey(self, index: int) -> NDArray[np.uint8] | None:
        """Return the black-and-white picture of a whole frame; None if only its picture area is kept."""
        if self._cached.area is not None:
            return None
        return self._frames[index - self._cached.start].frame.shown

    def planes_with(self, pins: Sequence[Pin]) -> Iterator[tuple[int, Planes]]:
        """Yield the index of the first frame of each drawing, and its chroma with pins."""
        yield from self._planes(self._sources(pins))

    def has_colors_of(self, pins: Sequence[Pin]) -> bool:
        """Return whether the cached colours are those of these pins."""
        assert self._cached.tracks is not None
        hints, (start, stop) = self._sources(pins).hints, (self._cached.start, self._cached.stop)
        return fingerprint_of_hints(hints, start, stop) == self._cached.tracks.hints

    def recolored(self, pins: Sequence[Pin]) -> CachedShot:
        """Return the shot with pins, as `colorize` would cache it. From now on, these are its colours."""
        recorder, before = TrackRecorder(), self._cached.tracks
        assert before is not None
        sources = recorder.recording(self._sources(pins))
        chroma = PackedChroma()
        for _, planes in self._planes(sources):
            chroma.add(planes)
        tracks = FilmEvidence(sources.hints, self._evidence.memory, None).cached(recorder, before)
        self._cached = replace(self._cached, chroma=chroma, tracks=replace(tracks, album=before.album))
        return self._cached

    def _planes(self, sources: TrackSources) -> Iterator[tuple[int, Planes]]:
        drawing = None
        for frame in repaint_shot(self._frames, self._predictions, sources=sources):
            if frame.drawing != drawing:
                drawing = frame.drawing
                yield frame.index, chroma_planes(frame, self._cached.planes)

    def _sources(self, pins: Sequence[Pin]) -> TrackSources:
        """Return the known colours of the shot: pins before references."""
        start, stop = self._cached.start, self._cached.stop
        hints = {k: known for k, known in self._evidence.painted.items() if start <= k < stop}
        by_frame: dict[int, list[Pin]] = {}
        for pin in pins:
            if start <= pin.frame < stop and (placed := self._placed(pin)) is not None:
                by_frame.setdefault(pin.frame, []).append(placed)
        for index, placed_pins in by_frame.items():
            parts = self._shown_at(index).parts
            of_pins: ColorHints = hints_of_pins(parts.regions, parts.lines, placed_pins)
            hints[index] = of_pins.combined_with(hints[index]) if index in hints else of_pins
        return TrackSources(hints=hints, recall=self._evidence.memory.recall)

    def _placed(self, pin: Pin) -> Pin | None:
        """Return a pin with its place in the picture area; None if it is on a bar."""
        try:
            return pin_in_area(pin, self._cached.area, self._format)
        except UsageError:
            return None

    def _shown_at(self, index: int) -> _DrawingTracks:
        """Return the drawing that a frame shows."""
        return self._drawings[self._cached.drawing_at(index)]

    def _color_now(self, index: int, shown: NDArray[np.bool_]) -> str:
        """Return the mean colour, as the cache has it, of the pixels (256, 256) of a frame."""
        k = self._cached.drawing_at(index)
        planes = next(planes for number, planes in enumerate(self._cached.chroma) if number == k)
        area = self._cached.area
        if area is not None:
            height, width = planes[0].shape
            area = area.scaled((height / self._format.height, width / self._format.width))
            planes = area.of(planes[0]), area.of(planes[1])
        grey = next(one.frame.grey for one in self._frames if one.frame.index == index)
        picture = area_average(render.colored(grey, planes, self._cached.planes))
        blue, green, red = np.rint(picture[shown].mean(0)).astype(int).tolist()
        return f"#{red:02x}{green:02x}{blue:02x}"


def _hex(lightness: float, ab: NDArray[np.floating[Any]]) -> str:
    """Return a CIELAB colour as ``#rrggbb``."""
    from cartoonize.color.lab import lab_to_rgb, quantize

    lab = np.array([[[lightness, float(ab[0]), float(ab[1])]]])
    red, green, blue = quantize(lab_to_rgb(lab))[0, 0].tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"
