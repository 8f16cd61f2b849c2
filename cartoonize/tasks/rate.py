"""Rate: let people judge coloured frames beside the originals, not knowing which is which, and sum up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.errors import SourceError, UsageError
from cartoonize.frames import Frame, VideoFormat
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.metrics.marks import Agreement, MethodMarks
    from cartoonize.report.rating_page import RatedPair

#: What the practice pair is of, which no method had a part in and which does not count.
PRACTICE = "practice"

#: Deviation of grey, in codes, under which a frame shows nothing: black, white, in the middle of a fade.
_EMPTY = 3.0
#: Mean chroma, in CIELAB units, up to which a film has no colour to speak of.
_GREY = 1.0

Progress = Callable[[int, int], None]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class RateOptions:
    """What people are shown."""

    pairs: int = 5
    """Of each method."""
    controls: int | None = None
    """Default: as many as pairs of a method."""
    seed: int = 0
    """Of frames, order and sides."""
    mode: str = "rating"
    """``rating``: a mark from 0 to 10. ``real-or-fake``: which of two is the original (Zhang et al. 2016)."""
    seconds: float = 1.0
    """How long a pair is shown in real-or-fake."""
    height: int = 360
    """Of a picture in pixels at most."""

    def __post_init__(self) -> None:
        if not 1 <= self.pairs <= 100:
            raise UsageError(f"{self.pairs} pairs are not in 1..100", "The default is 5.")
        if self.controls is not None and not 0 <= self.controls <= 100:
            raise UsageError(
                f"{self.controls} controls are not in 0..100", "The default is as many as pairs."
            )
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is below 0", "The default is 0.")
        if self.mode not in ("rating", "real-or-fake"):
            raise UsageError(f"unknown mode {self.mode!r}", "Known: rating, real-or-fake")
        if not 0.05 <= self.seconds <= 60:
            raise UsageError(f"{self.seconds:g} seconds are not in 0.05..60", "The default is 1.")
        if not 32 <= self.height <= 2160:
            raise UsageError(f"height {self.height} is not in 32..2160", "The default is 360.")

    @property
    def n_controls(self) -> int:
        """Number of controls."""
        return self.pairs if self.controls is None else self.controls


@dataclass(frozen=True)
class RateSummary:
    """The page that was written."""

    page: str
    id: str
    n_pairs: int
    """With the controls."""
    methods: tuple[str, ...]


@dataclass(frozen=True)
class RatedSummary:
    """What people said."""

    mode: str
    n_people: int
    agreement: Agreement
    methods: tuple[MethodMarks, ...]
    page: str | None = None


@dataclass(frozen=True)
class Showing:
    """One frame that is to be shown."""

    method: str
    frame: int


def choose_showings(
    frames: Sequence[int], counts: Mapping[str, int], rng: np.random.Generator
) -> list[Showing]:
    """Spread what is shown of each method evenly over a film.

    Each method's share of the film is cut into as many parts as it has frames, and gives one of each. No
    frame is used twice, or, where the film is too short for that, none twice for one method.

    Parameters
    ----------
    frames : sequence of int
        Indices of those that may be shown, rising.
    counts : mapping
        How many are shown of each method; none more than there are frames.
    rng : numpy.random.Generator

    Returns
    -------
    list of Showing
        In the order of the film.
    """
    total = sum(counts.values())
    if total <= len(frames):
        places = sorted(((k + rng.random()) / n, method) for method, n in counts.items() for k in range(n))
        return [Showing(m, i) for (_, m), i in zip(places, _spread(frames, total, rng), strict=True)]
    showings = [Showing(method, i) for method, n in counts.items() for i in _spread(frames, n, rng)]
    return sorted(showings, key=lambda s: s.frame)


def _spread(frames: Sequence[int], n: int, rng: np.random.Generator) -> list[int]:
    """Return one frame, by chance, of each of ``n`` equal parts."""
    edges = [k * len(frames) // n for k in range(n + 1)] if n else []
    return [frames[int(rng.integers(*part))] for part in zip(edges, edges[1:], strict=False)]


def pair_frames(
    frames: Iterable[tuple[Frame, Sequence[Frame]]],
    showings: Sequence[Showing],
    methods: Sequence[str],
    size: tuple[int, int],
    *,
    options: RateOptions,
    rng: np.random.Generator,
) -> Iterator[RatedPair]:
    """Put beside each other what is shown as a pair; looks at the whole film first.

    Parameters
    ----------
    frames : iterable of (Frame, sequence of Frame)
        With ``rgb``: a frame of the original, and the same frame of each result.
    showings : sequence of Showing
        From `choose_showings`.
    methods : sequence of str
        What the results are called, in order.
    size : (width, height)
        Of the pictures, in pixels.
    options : RateOptions
    rng : numpy.random.Generator
        Draws the sides.
    """
    from cartoonize.metrics.ratings import CONTROL
    from cartoonize.report.rating_page import RatedPair

    wanted = {showing.frame for showing in showings}
    asked = {(s.method, s.frame) for s in showings}
    originals: dict[int, Picture] = {}
    greys: dict[int, Picture] = {}
    colored: dict[tuple[str, int], Picture] = {}
    for frame, others in frames:
        if frame.index not in wanted:
            continue
        originals[frame.index] = _resized(frame.rgb, size)
        greys[frame.index] = _resized(np.repeat(frame.grey[..., None], 3, 2), size)
        for method, other in zip(methods, others, strict=True):
            if (method, frame.index) in asked:
                colored[method, frame.index] = _resized(other.rgb, size)
    indices = sorted(originals)
    for showing in showings:
        i, control = showing.frame, showing.method in (CONTROL, PRACTICE)
        if options.mode == "rating":
            right = originals[i] if control else colored[showing.method, i]
            yield RatedPair(greys[i], right, showing.method, i)
            continue
        far = indices[(indices.index(i) + len(indices) // 2) % len(indices)]
        false = with_colors_of(originals[i], originals[far]) if control else colored[showing.method, i]
        if rng.random() < 0.5:
            yield RatedPair(originals[i], false, showing.method, i, "left")
        else:
            yield RatedPair(false, originals[i], showing.method, i, "right")


def with_colors_of(picture: Picture, other: Picture) -> Picture:
    """Return a picture with the chroma of another, upside down: wrong wherever there are colours.

    After the random colours of Zhang et al. 2016: who takes these for the real ones does not look.
    """
    import cv2

    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    chroma = cv2.cvtColor(other, cv2.COLOR_RGB2YCrCb)[::-1]
    return cv2.cvtColor(np.concatenate([luma[..., :1], chroma[..., 1:]], -1), cv2.COLOR_YCrCb2RGB).astype(
        np.uint8
    )


def _resized(picture: Picture | None, size: tuple[int, int]) -> Picture:
    import cv2

    assert picture is not None
    if picture.shape[1::-1] == size:
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def rate(
    workspace: Workspace,
    results: Sequence[Path],
    reference: Path,
    output: Path,
    *,
    options: RateOptions,
    progress: Progress = lambda done, total: None,
    notify: Callable[[str], None] = lambda line: None,
) -> RateSummary:
    """Write one HTML page on which people judge coloured pictures; it needs nothing else, and sends nothing.

    Coloured pairs and controls are mixed. A control has the original's own colours; of real-or-fake, wrong
    ones beside the original's.

    Parameters
    ----------
    workspace : Workspace
        Whose episodes ``reference`` may name.
    results : sequence of Path
        Coloured videos or folders of stills, frame for frame the same film as the reference.
    reference : Path
        The coloured original, or the name of an episode of the workspace.
    output : Path
        The HTML file to write.
    options : RateOptions
    progress : callable
        Called with (frames read, frames to read or 0), over both passes.
    notify : callable
        Called with warnings.

    Raises
    ------
    SourceError
        If one cannot be read, is another film by length, shape or frame rate, or too short.
    UsageError
        If two results have one name.
    """
    from cartoonize.metrics.ratings import CONTROL
    from cartoonize.report.rating_page import rating_page
    from cartoonize.video import open_source
    from cartoonize.video.aligned import check_same_film, frames_alongside

    methods = _names(results, taken=(CONTROL, PRACTICE))
    original_path = _original(workspace, reference)
    rng = np.random.default_rng(options.seed)
    with ExitStack() as stack:
        original = stack.enter_context(open_source(original_path))
        films = [stack.enter_context(open_source(path)) for path in results]
        for film in films:
            check_same_film(film, original)
        declared, indices, n_frames = original.format.n_frames, [], 0
        for n_frames, frame in enumerate(original.frames(), 1):
            if frame.grey[::2, ::2].std() > _EMPTY:
                indices.append(frame.index)
            progress(n_frames, 2 * max(declared, n_frames) if declared else 0)
        most = max(options.pairs, options.n_controls)
        if len(indices) < most:
            raise SourceError(
                f"{original_path} has {len(indices)} frames that show anything, fewer than {most} pairs",
                "Ask for fewer with --pairs and --controls.",
            )
        counts = dict.fromkeys(methods, options.pairs) | {CONTROL: options.n_controls}
        if options.mode == "real-or-fake":
            counts[PRACTICE] = 1
        showings = choose_showings(indices, counts, rng)
        read = _told(frames_alongside(original, films), lambda n: progress(n_frames + n, 2 * n_frames))
        size = _shown_size(original.format, options.height)
        pairs = list(pair_frames(read, showings, methods, size, options=options, rng=rng))
    if _is_grey(pairs):
        notify(f"{original_path} has no colour: controls mean nothing. Name the coloured original.")
    practice = next((pair for pair in pairs if pair.method == PRACTICE), None)
    counted = [pair for pair in pairs if pair is not practice]
    mixed = [counted[k] for k in rng.permutation(len(counted))]
    key, page = rating_page(mixed, mode=options.mode, seconds=options.seconds, practice=practice)
    write_text(output, page)
    return RateSummary(str(output), key, len(mixed), tuple(methods))


def rated(paths: Sequence[Path], page: Path | None = None) -> RatedSummary:
    """Sum up what people saved from pages of `rate`, and write it as a page, too.

    Parameters
    ----------
    paths : sequence of Path
        Saved answers, a file for each person and page.
    page : Path, optional
        An HTML file to write.

    Raises
    ------
    SourceError
        If a file is damaged or has nothing to tell, or two cannot be counted side by side.
    """
    from cartoonize.metrics.marks import agreement, marks_by_method
    from cartoonize.metrics.ratings import CONTROL, read_ratings
    from cartoonize.report.rating_results_page import MethodRatings, rating_results_page

    ratings = read_ratings(paths)
    if not ratings:
        raise UsageError("no answers to sum up", "Name the files that the page of `cartoonize rate` saved.")
    methods, agreed = marks_by_method(ratings), agreement(ratings)
    n_people, mode = len({one.person for one in ratings}), ratings[0].mode
    if page is not None:
        n_pages, n_answers = len({one.page for one in ratings}), sum(len(one.answers) for one in ratings)
        about = [
            ("people", str(n_people)),
            ("answers", f"{n_answers} about {n_pages} page{'s' * (n_pages > 1)}"),
            ("agreement (Krippendorff's alpha)", _alphas(agreed)),
            ("program", f"cartoonize {__version__}"),
        ]
        rows = [MethodRatings(**asdict(method)) for method in methods]
        write_text(page, rating_results_page(rows, mode=mode, about=about, control=CONTROL))
    return RatedSummary(mode, n_people, agreed, tuple(methods), str(page) if page else None)


def _alphas(agreed: Agreement) -> str:
    both = ("–" if alpha is None else f"{alpha:.2f}" for alpha in (agreed.all, agreed.colored))
    return "{}; without controls {}".format(*both)


def _names(results: Sequence[Path], taken: Sequence[str]) -> list[str]:
    """Return what the methods are called: as their files."""
    if not results:
        raise UsageError("nothing to rate", "Name one or more coloured videos.")
    names = [path.resolve().name if path.is_dir() else path.stem for path in results]
    for path, name in zip(results, names, strict=True):
        if name in taken:
            raise UsageError(f"{path}: {name!r} is what other pairs are called", "Rename the file.")
        if names.count(name) > 1:
            raise UsageError(
                f"two results are called {name!r}, one is {path}", "Name each once, or rename one."
            )
    return names


def _original(workspace: Workspace, reference: Path) -> Path:
    """Return the file of an original, given by that or by its episode's name."""
    if reference.exists():
        return reference
    episode = workspace.load().episodes.get(str(reference))
    return Path(episode.source) if episode else reference


def _told(
    frames: Iterable[tuple[Frame, Sequence[Frame]]], progress: Callable[[int], None]
) -> Iterator[tuple[Frame, Sequence[Frame]]]:
    for n, both in enumerate(frames, 1):
        yield both
        progress(n)


def _shown_size(format: VideoFormat, height: int) -> tuple[int, int]:
    """Return (width, height) of the pictures: square pixels, no larger than the film."""
    shown = min(height, format.height)
    aspect = format.width * format.sample_aspect_ratio / format.height
    return max(1, round(shown * aspect)), shown


def _is_grey(pairs: Sequence[RatedPair]) -> bool:
    """Whether the originals among the pairs have no colour."""
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.metrics.ratings import CONTROL

    originals = [getattr(p, p.real or "right") for p in pairs if p.real or p.method == CONTROL]
    chroma = [np.linalg.norm(rgb_to_lab(picture[::4, ::4])[..., 1:], axis=-1).mean() for picture in originals]
    return bool(chroma) and float(np.mean(chroma)) < _GREY
