"""Open shot: a shot that a person corrects. Its colours are decided again in a fraction of a second.

Its frames are read and segmented once. After that, a correction needs no network: the predictions for the
tracks are in the cache, and so are the colours of references.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.annotations.paint_rules import PaintRule
from cartoonize.annotations.pins import Pin, are_equally_light, hints_of_pins
from cartoonize.annotations.track_edits import Join, Split
from cartoonize.color.hex import hex_of
from cartoonize.coloring.cached_shot import CachedShot, PackedChroma
from cartoonize.coloring.evidence_file import SavedEvidence
from cartoonize.coloring.film_evidence import FilmEvidence
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.shot_record import TrackRecorder
from cartoonize.coloring.whole_frames import edits_in_areas, pin_in_area
from cartoonize.errors import UsageError
from cartoonize.filters.render import chroma_planes
from cartoonize.filters.repaint import Repainter
from cartoonize.filters.segments import segmented
from cartoonize.filters.track_sources import TrackSources
from cartoonize.frames import area_average
from cartoonize.review import render
from cartoonize.review.shot_tracks import DrawingTracks, ShotTracks
from cartoonize.tracking.decision import likely_colors
from cartoonize.tracking.knots import N_KNOTS
from cartoonize.tracking.paint_changes import NO_PAINT_CHANGES, PaintChanges
from cartoonize.tracking.pooling import pool_hints

if TYPE_CHECKING:
    from cartoonize.tracking.memory import Memory
    from cartoonize.tracking.parts import Parts
    from cartoonize.video.source import Source

Planes = tuple[NDArray[Any], NDArray[Any]]

#: Number of colours that are named for a thing.
_N_COLORS = 5
#: Two things look the same if their mean CIE L differs by at most the first number, and their mean ab by at
#: most the second one. Smaller regions do not count, in pixels of the 256x256 grid.
_LIKE_LIGHTNESS, _LIKE_COLOR, _MIN_PIXELS = 12.0, 8.0, 12


@dataclass(frozen=True)
class LikelyColor:
    """A colour that a thing may have."""

    color: str
    """sRGB, ``#rrggbb``, at the lightness of the thing."""
    probability: float
    """0..1."""


@dataclass(frozen=True)
class Thing:
    """What a person has clicked: regions of a drawing, and the tracks that they belong to."""

    tracks: tuple[int, ...]
    places: tuple[tuple[float, float], ...]
    """For each region, the first of the places that are on it."""
    lightness: float
    """Mean CIE L, 0..100."""
    color: str
    """Its colour now, sRGB, ``#rrggbb``."""
    likely: tuple[LikelyColor, ...]
    """What the networks say, the likeliest first."""
    similar: tuple[int, ...]
    """Tracks of other things of the frame that look the same now: as light, and of the same colour."""
    start: int
    stop: int
    """Half-open range of frames in which it is followed."""


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
        self._splits: tuple[Split, ...] = ()
        self._paints = NO_PAINT_CHANGES
        self._predictions = cached.tracks.predictions
        self._frames = list(segmented(shot_frames(source, cached, number, options)))
        regions = [len(one.drawing.parts.means) for one in self._frames if one.drawing is not None]
        known = [len(t) for part in self._predictions for t in part.tracks[: part.n_painted]]
        if regions != known:
            raise UsageError(
                "the shot was coloured with other options, or another version",
                "Colour the film again with --refine tracks.",
            )
        self._repainter = Repainter(self._frames, self._predictions)
        self._parts = [one.drawing.parts for one in self._frames if one.drawing is not None]
        self.tracks = ShotTracks(cached, self._parts)

    @property
    def place(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the picture area, as shares of the whole frame."""
        area, format = self._cached.area, self._format
        if area is None:
            return 0.0, 0.0, 1.0, 1.0
        width, height = format.width, format.height
        return area.left / width, area.top / height, area.right / width, area.bottom / height

    def follow(self, marks: Sequence[Split | Join], rules: Sequence[PaintRule] = ()) -> None:
        """Divide and join the tracks of the shot, and change paints, as the user says, from now on.

        Parameters
        ----------
        marks : sequence of Split or Join
            All edits of the film.
        rules : sequence of PaintRule
            What is known of the paints of the series.
        """
        self._paints = PaintChanges.of(rules)
        area, start, stop = self._cached.area, self._cached.start, self._cached.stop
        edits = edits_in_areas(marks, lambda _: area, self._format).within(start, stop)
        if edits != self.tracks.edits:
            self.tracks = ShotTracks(self._cached, self._parts, edits)
        self._splits = tuple(one for one in marks if isinstance(one, Split) and start <= one.frame < stop)

    def track_at(self, index: int, place: tuple[float, float]) -> int | None:
        """Return the track at a place of a frame, as numbered in the whole shot; None on a bar."""
        found = self.region_at(Pin("", index, *place, "#000000"))
        return int(self._shown_at(index).names[found[1]]) if found is not None else None

    def splits_between(self, tracks: Sequence[int]) -> list[Split]:
        """Return the splits that made these tracks of one; none if they are of different ones."""
        of_tracks = [drawing.originals[np.isin(drawing.names, tracks)] for drawing in self.tracks.drawings]
        origin = np.unique(np.concatenate(of_tracks))
        if len(origin) != 1:
            return []
        starts = sorted(self.tracks.extent(track)[0] for track in tracks)
        return [
            split
            for split in self._splits
            if starts[0] < split.frame <= starts[-1] and self._original_at(split) == origin[0]
        ]

    def _original_at(self, split: Split) -> int | None:
        """Return the track at the place of a split before all edits; None on a bar."""
        found = self.region_at(Pin("", split.frame, split.x, split.y, "#000000"))
        return int(self._shown_at(split.frame).originals[found[1]]) if found is not None else None

    def timeline(self, pins: Sequence[Pin]) -> dict[str, Any]:
        """Return where pins count, where things are divided, and the transitions of the shot, as JSON.

        Parameters
        ----------
        pins : sequence of Pin
            All pins of the film.
        """
        start, stop = self._cached.start, self._cached.stop
        begins, ends = self._cached.n_mixed
        found = []
        for pin in pins:
            track = self.track_at(pin.frame, (pin.x, pin.y)) if start <= pin.frame < stop else None
            if track is not None:
                first, end = self.tracks.extent(track)
                place = {"frame": pin.frame, "x": pin.x, "y": pin.y}
                found.append({**place, "color": pin.color, "reach": pin.reach, "start": first, "stop": end})
        splits = [{"frame": one.frame, "x": one.x, "y": one.y} for one in self._splits]
        return {"pins": found, "splits": splits, "mixed": [start + begins, stop - ends]}

    def thing_at(self, index: int, places: Sequence[Sequence[float]]) -> Thing | None:
        """Return the thing at some places of a frame, which are on one region or several; None on a bar.

        Parameters
        ----------
        index : int
            Index of the frame.
        places : sequence of (float, float)
            Shares of the width and height of the whole frame, 0..1.
        """
        by_region: dict[int, tuple[float, float]] = {}
        for x, y in places:
            found = self.region_at(Pin("", index, x, y, "#000000"))
            if found is not None:
                by_region.setdefault(found[1], (x, y))
        if not by_region:
            return None
        drawing, regions = self._shown_at(index), list(by_region)
        parts, is_picked = drawing.parts, np.isin(drawing.parts.regions, regions)
        lightness = float(np.average(parts.means[regions], weights=parts.areas[regions]))
        votes = drawing.prediction.votes
        rows = np.isin(votes.codes // N_KNOTS, drawing.tracks[regions])
        histogram = np.asarray(votes.areas[rows] @ votes.histograms[rows].astype(np.float32), np.float32)
        likely = [
            LikelyColor(hex_of(lightness, ab), round(probability, 4))
            for ab, probability in likely_colors(histogram, _N_COLORS)
        ]
        shown = self._shown_now(index)
        blue, green, red = np.rint(shown[is_picked].mean(0)).astype(int).tolist()
        names, like = np.unique(drawing.names[regions]), drawing.names[_regions_like(regions, parts, shown)]
        start, stop = self.tracks.extent(*names.tolist())
        return Thing(
            tracks=tuple(names.tolist()),
            places=tuple(by_region.values()),
            lightness=lightness,
            color=f"#{red:02x}{green:02x}{blue:02x}",
            likely=tuple(likely),
            similar=tuple(np.setdiff1d(like, names).tolist()),
            start=start,
            stop=stop,
        )

    def pins_on_similar(self, pins: Sequence[Pin]) -> list[Pin]:
        """Return pins of the same colour on other regions of the frame that look the same now."""
        found = [at[1] for at in map(self.region_at, pins) if at is not None]
        if not found:
            return []
        parts = self._shown_at(pins[0].frame).parts
        like = np.setdiff1d(_regions_like(found, parts, self._shown_now(pins[0].frame)), found)
        places = [self._middle(region, parts) for region in like.tolist()]
        return [replace(pins[0], x=x, y=y) for x, y in places]

    def place_on(self, track: int, index: int) -> tuple[float, float] | None:
        """Return a place of a track in a frame, as shares of the whole frame; None if it is not seen."""
        drawing = self._shown_at(index)
        regions = np.flatnonzero(drawing.names == track)
        if not len(regions):
            return None
        return self._middle(int(regions[drawing.parts.areas[regions].argmax()]), drawing.parts)

    def _middle(self, region: int, parts: Parts) -> tuple[float, float]:
        """Return the place in a region that is farthest from its border, as shares of the whole frame."""
        import cv2

        inside = np.pad(((parts.regions == region) & ~parts.lines).astype(np.uint8), 1)
        depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        (left, top, right, bottom), (height, width) = self.place, depth.shape
        x = left + (right - left) * (column + 0.5) / width
        y = top + (bottom - top) * (row + 0.5) / height
        return round(float(x), 5), round(float(y), 5)

    def region_at(self, pin: Pin) -> tuple[int, int] | None:
        """Return the drawing and the region on which a pin is; None on a bar or outside of the shot."""
        place = self._placed(pin)
        if place is None or not self._cached.start <= pin.frame < self._cached.stop:
            return None
        regions = self._shown_at(pin.frame).parts.regions
        height, width = regions.shape
        region = int(regions[int(place.y * height), int(place.x * width)])
        return self._cached.drawing_at(pin.frame), region

    def part_at(self, index: int, place: tuple[float, float]) -> tuple[Parts, int] | None:
        """Return the regions of the drawing that a frame shows, and the one at a place; None on a bar."""
        found = self.region_at(Pin("", index, *place, "#000000"))
        return (self._shown_at(index).parts, found[1]) if found is not None else None

    def share_region(self, one: Pin, other: Pin) -> bool:
        """Return whether two pins are on one region of a drawing."""
        at = self.region_at(one)
        return at is not None and at == self.region_at(other)

    def contradict(self, one: Pin, other: Pin) -> bool:
        """Return whether two pins are on one region of a drawing, on equally light places of it."""
        placed, others = self._placed(one), self._placed(other)
        if not self.share_region(one, other) or placed is None or others is None:
            return False
        return are_equally_light(self._shown_at(one.frame).parts.lightness, placed, others)

    def mask(self, tracks: Collection[int], index: int) -> NDArray[np.bool_]:
        """Return where a frame shows some tracks, (256, 256) of its picture area."""
        drawing = self._shown_at(index)
        return np.asarray(np.isin(drawing.names, list(tracks))[drawing.parts.regions], np.bool_)

    def frame_with(self, index: int, pins: Sequence[Pin]) -> Planes:
        """Return the chroma of one frame with pins, at once; it may differ a little from `planes_with`."""
        frame = self._repainter.frame(index, self._sources(pins))
        return chroma_planes(frame, self._cached.planes)

    def prepare(self, pins: Sequence[Pin]) -> None:
        """Make `frame_with` quick for all frames, with these pins and others after them."""
        self.frame_with(self._cached.stop - 1, pins)

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
        known = FilmEvidence(self._hints(pins), self._evidence.memory, None, self.tracks.edits, self._paints)
        return known.gives_the_same(self._cached.tracks)

    def recolored(self, pins: Sequence[Pin]) -> CachedShot:
        """Return the shot with pins, as `colorize` would cache it. From now on, these are its colours."""
        recorder, before = TrackRecorder(), self._cached.tracks
        assert before is not None
        memory = self._memory(pins)
        sources = recorder.recording(self._sources(pins, memory))
        chroma = PackedChroma()
        for _, planes in self._planes(sources):
            chroma.add(planes)
        known = FilmEvidence(sources.hints, memory, None, self.tracks.edits, self._paints)
        tracks = known.cached(recorder, before)
        self._cached = replace(self._cached, chroma=chroma, tracks=replace(tracks, album=before.album))
        return self._cached

    def _planes(self, sources: TrackSources) -> Iterator[tuple[int, Planes]]:
        drawing = None
        for frame in self._repainter.shot(sources):
            if frame.drawing != drawing:
                drawing = frame.drawing
                yield frame.index, chroma_planes(frame, self._cached.planes)

    def _sources(self, pins: Sequence[Pin], memory: Memory | None = None) -> TrackSources:
        recall = (memory or self._memory(pins)).recall
        return TrackSources(
            hints=self._hints(pins), recall=recall, edits=self.tracks.edits, paints=self._paints
        )

    def _hints(self, pins: Sequence[Pin]) -> dict[int, ColorHints]:
        """Return the known colours of the shot: pins before references."""
        start, stop = self._cached.start, self._cached.stop
        hints = {k: known for k, known in self._evidence.painted.items() if start <= k < stop}
        by_frame: dict[int, list[Pin]] = {}
        for pin in pins:
            if start <= pin.frame < stop and (placed := self._placed(pin)) is not None:
                by_frame.setdefault(pin.frame, []).append(placed)
        for index, placed_pins in by_frame.items():
            parts = self._shown_at(index).parts
            of_pins: ColorHints = hints_of_pins(parts.regions, parts.lines, parts.lightness, placed_pins)
            hints[index] = of_pins.combined_with(hints[index]) if index in hints else of_pins
        return hints

    def _memory(self, pins: Sequence[Pin]) -> Memory:
        """Return what is remembered, with these pins of the film.

        Pins that the film was not coloured with yet are remembered by the votes of their tracks, since the
        predictions for their frames are not kept.
        """
        everywhere = {pin.number: pin for pin in pins if pin.reach == "everywhere"}
        memory = self._evidence.memory.without_pins(everywhere)
        if not self._evidence.recognises:
            return memory
        for number in everywhere.keys() - memory.pins:
            self.remember(memory, everywhere[number])
        return memory

    def remember(self, memory: Memory, pin: Pin) -> None:
        """Add a pin on this shot to a memory, by the votes of its track. Pins elsewhere add nothing."""
        found, placed = self.region_at(pin), self._placed(pin)
        if found is None or placed is None:
            return
        drawing, region = self._shown_at(pin.frame), found[1]
        parts = drawing.parts
        known = pool_hints(hints_of_pins(parts.regions, parts.lines, parts.lightness, [placed]), parts)
        film = self._evidence.memory.film
        memory.add_pooled(drawing.pooled(region), known, film=film, pins={region: pin.number})

    def _placed(self, pin: Pin) -> Pin | None:
        """Return a pin with its place in the picture area; None if it is on a bar."""
        try:
            return pin_in_area(pin, self._cached.area, self._format)
        except UsageError:
            return None

    def _shown_at(self, index: int) -> DrawingTracks:
        """Return the drawing that a frame shows."""
        return self.tracks.drawings[self._cached.drawing_at(index)]

    def _shown_now(self, index: int) -> NDArray[np.uint8]:
        """Return a frame (256, 256, 3) of the picture area in the colours of the cache, BGR 0..255."""
        k = self._cached.drawing_at(index)
        planes = next(planes for number, planes in enumerate(self._cached.chroma) if number == k)
        area = self._cached.area
        if area is not None:
            height, width = planes[0].shape
            area = area.scaled((height / self._format.height, width / self._format.width))
            planes = area.of(planes[0]), area.of(planes[1])
        grey = next(one.frame.grey for one in self._frames if one.frame.index == index)
        return area_average(render.colored(grey, planes, self._cached.planes))


def _regions_like(regions: Collection[int], parts: Parts, shown: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the regions of a drawing that look like one of some in a picture (256, 256, 3), BGR."""
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.tracking.parts import region_means

    lab = rgb_to_lab(np.ascontiguousarray(shown[..., ::-1]))
    ab = np.stack([region_means(lab[..., k], parts.regions, parts.lines) for k in (1, 2)], -1)
    is_like = np.zeros(len(ab), bool)
    for region in regions:
        is_near = np.linalg.norm(ab - ab[region], axis=1) <= _LIKE_COLOR
        is_like |= is_near & (np.abs(parts.means - parts.means[region]) <= _LIKE_LIGHTNESS)
    return np.flatnonzero(is_like & (parts.areas >= _MIN_PIXELS))
