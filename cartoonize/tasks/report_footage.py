"""Read the frames that a page shows, and make its small videos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cartoonize.errors import UsageError
from cartoonize.reporting import LOG, Reporter

if TYPE_CHECKING:
    from cartoonize.frames import Frame
    from cartoonize.report.comparisons import Comparison
    from cartoonize.report.players import Excerpt, Video
    from cartoonize.report.results import Result
    from cartoonize.report.workspace_page import Footage, ReportData

#: Largest size of one video, and of all videos of a page, in bytes. As text they take a third more.
_VIDEO_BYTES, _ALL_VIDEO_BYTES = 1_800_000, 11_000_000


@dataclass(frozen=True)
class ReportOptions:
    """Options of the videos on a page."""

    films: tuple[str, ...] = ()
    """Results to play side by side, by file name or by name on the page; default: the best of each kind."""
    seconds: float = 60.0
    """Length of the videos, from the middle of the episode; 0: no videos."""
    film_width: int = 320
    """Width of the videos in pixels."""

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= 600:
            raise UsageError(f"seconds must be 0 to 600, got {self.seconds:g}", "The default is 60.")
        if not 64 <= self.film_width <= 1280:
            raise UsageError(f"film_width must be 64 to 1280, got {self.film_width}", "The default is 320.")


def select_played(results: Sequence[Result], names: Sequence[str]) -> list[Result]:
    """Return the results to play: the named ones, or the best of each kind if ``names`` is empty.

    Raises
    ------
    UsageError
        If a name is unknown.
    """
    from cartoonize.report.results import best_of_each_kind

    if not names:
        return best_of_each_kind(results)
    known = {r.name: r for r in results} | {Path(str(r.header.get("colorized", ""))).name: r for r in results}
    missing = [name for name in names if name not in known]
    if missing:
        raise UsageError(f"unknown result {missing[0]!r}", f"Known: {', '.join(r.name for r in results)}")
    return [known[name] for name in names]


def read_footage(
    data: ReportData,
    comparisons: Sequence[Comparison],
    paths: Mapping[str | None, Path],
    played: Sequence[Result],
    *,
    options: ReportOptions,
    reporter: Reporter = LOG,
) -> Footage:
    """Read the frames of all comparisons, and make the videos. Missing films are left out.

    Parameters
    ----------
    data : ReportData
        Its results have the cuts; its frame rate is that of the videos.
    comparisons : sequence of Comparison
    paths : mapping
        Films by name of the result; None stands for the original.
    played : sequence of Result
        Results to play; from `select_played`.
    options : ReportOptions
    reporter : Reporter
        Receives progress and messages.
    """
    from cartoonize.report.comparisons import frames_to_read
    from cartoonize.report.workspace_page import Footage
    from cartoonize.video.excerpts import frame_times, frames_at

    original = paths.get(None)
    if original is None or not original.exists() or not (comparisons or played):
        return Footage()
    times = frame_times(original)
    wanted = {film: indices for film, indices in frames_to_read(comparisons).items() if film in paths}
    n_steps = len(wanted) + (len(played) + 2 if options.seconds else 0)

    def report(n_done: int) -> None:
        reporter.progress("reading films for the page", n_done, n_steps)

    frames: dict[str | None, dict[int, Frame]] = {}
    for film, indices in wanted.items():
        frames[film] = frames_at(paths[film], indices, times)
        report(len(frames))
    if not options.seconds or not times:
        return Footage(frames)
    excerpt = _excerpt(data, len(times), options.seconds)
    videos = _videos(
        paths, played, times, excerpt, options.film_width, report=lambda n: report(len(wanted) + n)
    )
    return Footage(frames, videos, excerpt)


def _excerpt(data: ReportData, n_frames: int, seconds: float) -> Excerpt:
    """Return the middle of the episode, from the nearest cut on."""
    from cartoonize.report.frame_selection import cuts_of
    from cartoonize.report.players import Excerpt

    rate, cuts = data.frame_rate, cuts_of(data.results)
    n_shown = min(n_frames, round(seconds * rate))
    middle = (n_frames - n_shown) // 2
    start = min([c for c in (0, *cuts) if c <= n_frames - n_shown], key=lambda c: abs(c - middle))
    return Excerpt(start, n_shown, rate, n_shown == n_frames, cuts)


def _videos(
    paths: Mapping[str | None, Path],
    played: Sequence[Result],
    times: Sequence[float],
    excerpt: Excerpt,
    width: int,
    *,
    report: Callable[[int], None],
) -> list[Video]:
    """Return small copies of the original, its black-and-white picture and the results to play."""
    from cartoonize.report.measures import measure_of
    from cartoonize.report.players import Video
    from cartoonize.video.excerpts import small_film

    copies: list[tuple[str, str | None, bool, str]] = [
        ("original", None, False, ""),
        ("black and white", None, True, ""),
    ]
    for result in played:
        error = measure_of("ciede2000").format(result.scores.get("ciede2000"))
        copies.append((result.name, result.name, False, f"CIEDE2000 {error}, all frames"))
    videos = []
    for number, (caption, name, grey, score) in enumerate(copies, 1):
        if name in paths:
            small = small_film(
                paths[name],
                start=excerpt.start,
                n_frames=excerpt.n_frames,
                times=times,
                frame_rate=excerpt.frame_rate,
                width=width // 2 * 2,
                grey=grey,
                most_bytes=min(_VIDEO_BYTES, _ALL_VIDEO_BYTES // len(copies)),
            )
            videos.append(Video(caption, small.mp4, small.width, small.height, score))
        report(number)
    return videos
