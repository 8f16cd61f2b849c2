"""Report: gather what a workspace or a scoring has to show, and write it as one HTML page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize import __version__
from cartoonize.atomic import write_text
from cartoonize.errors import CheckpointError, OutputError, UsageError, WorkspaceError
from cartoonize.methods.registry import VARIANTS
from cartoonize.workspace import Workspace

if TYPE_CHECKING:
    from cartoonize.report.comparisons import Comparison
    from cartoonize.report.players import Excerpt, Video
    from cartoonize.report.results import Group, Result
    from cartoonize.report.workspace_page import Footage, ReportData
    from cartoonize.workspace import Manifest

SCORES = "scores.json"
#: Folder in ``out/`` with the test episode as another print, ``print.mkv``, and what was coloured from that.
SECONDARY = "secondary"
#: What the page is made of, beside the scores by frame and the curves.
FILES = (SCORES, "prior.json", "times.json", "prints.json", "trials.json")

#: All films of a page together; as text they take a third more.
_FILM_BYTES = 11_000_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ReportOptions:
    """What to show."""

    films: tuple[str, ...] = ()
    """Results to play side by side, by file name or the page's name; default: the best of each kind."""
    seconds: float = 60.0
    """Length of the stretch that is played, from the middle of the episode; 0: no films."""
    film_width: int = 320
    """Of the small films in pixels."""

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= 600:
            raise UsageError(f"{self.seconds:g} seconds are not in 0..600", "The default is 60.")
        if not 64 <= self.film_width <= 1280:
            raise UsageError(f"film width {self.film_width} is not in 64..1280", "The default is 320.")


@dataclass(frozen=True)
class ReportSummary:
    """What was written."""

    page: str


def report(
    workspace: Workspace,
    *,
    options: ReportOptions,
    progress: Progress = lambda label, done, total: None,
) -> ReportSummary:
    """Write ``reports/report.html`` from the workspace's scores, curves and coloured videos.

    No score is computed. What is not there is left out: a workspace that was only trained in has a page
    with its training curves.

    Parameters
    ----------
    workspace : Workspace
    options : ReportOptions
    progress : callable
        Called with ("report", films read, all films).

    Raises
    ------
    WorkspaceError
        If the workspace has nothing to show yet, or a file of it is damaged.
    """
    from cartoonize.report.workspace_page import Comparisons, workspace_page

    manifest = workspace.load()
    material = _material(workspace, manifest)
    if not manifest.episodes or not (material.results or material.curves):
        raise WorkspaceError(
            f"{workspace.root}: nothing to report yet", "Train and score first, or run a recipe."
        )
    comparisons = Comparisons.select(material)
    footage = _footage(
        comparisons.all,
        _films_of(workspace, manifest, material.results) | _secondary(workspace),
        _chosen(material.results, options.films),
        material,
        options,
        progress,
    )
    path = workspace.reports / "report.html"
    write_text(path, workspace_page(material, comparisons, footage))
    return ReportSummary(str(path))


def report_results(
    scores: Path,
    page: Path,
    *,
    options: ReportOptions = ReportOptions(),
    progress: Progress = lambda label, done, total: None,
) -> ReportSummary:
    """Write a page of a user's own results: what changed from the first to the others, frame by frame.

    Parameters
    ----------
    scores : Path
        What `evaluate` wrote as its output; the scores by frame lie beside it.
    page : Path
        The HTML file to write; see `check_page`.
    options : ReportOptions
    progress : callable
        As in `report`.
    """
    from cartoonize.report.results import read_results
    from cartoonize.report.results_page import results_comparisons, results_page
    from cartoonize.report.workspace_page import ReportData

    results = read_results(scores, lambda file: (file, "other", file, "none"))
    header = results[0].header
    rate = float(header.get("frame_rate") or 24)
    reference = Path(str(header.get("reference", "")))
    comparisons = results_comparisons(results, rate)
    paths: dict[str | None, Path] = {r.name: Path(str(r.header["colorized"])) for r in results}
    material = ReportData("", results=results, frame_rate=rate)
    chosen = _chosen(results, options.films) or results
    footage = _footage(
        [m for some in comparisons.values() for m in some],
        {None: reference, **paths},
        chosen,
        material,
        options,
        progress,
    )
    about = [
        ("original", reference.name),
        ("frames", f"{header.get('n_frames', '?')}, {rate:.4g} a second"),
        ("compared at", str(header.get("protocol", "256x256"))),
        ("program", f"cartoonize {__version__}"),
    ]
    write_text(
        page,
        results_page(results, comparisons, footage, reference=reference.name, about=about, frame_rate=rate),
    )
    return ReportSummary(str(page))


def check_page(page: Path, inputs: Iterable[Path] = (), *, fast: bool = False, force: bool = False) -> None:
    """Refuse a page that could not be written, before hours are spent on what goes into it.

    Parameters
    ----------
    page : Path
    inputs : iterable of Path
        What it must not replace.
    fast : bool
        Whether CIEDE2000 is to be left out, without which no frame is better than another.
    force : bool
        Replace a page that exists.

    Raises
    ------
    UsageError
        If it is not called like a page, or would have no scores to show.
    OutputError
        If it is a folder, one of the inputs, or exists (without ``force``).
    """
    if fast:
        raise UsageError("a page needs CIEDE2000, which --fast leaves out", "Leave out --fast.")
    if page.is_dir():
        raise OutputError(f"{page}: is a folder", "Name a file in it, such as page.html.")
    if page.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{page}: a page is written as HTML", "Give it a name that ends in .html.")
    if any(page.resolve() == path.resolve() for path in inputs):
        raise OutputError(f"{page}: is one of the inputs", "Choose another name.")
    if page.exists() and not force:
        raise OutputError(f"{page}: exists already", "Choose another name, or --force to replace it.")
    if not page.resolve().parent.is_dir():
        raise OutputError(
            f"{page}: there is no folder {page.resolve().parent}", "Make it first, or choose another place."
        )


def describe_result(file: str) -> tuple[str, Group, str, str]:
    """Tell from the file name of a recipe's result what it is: ``plain-grow.mkv``, ``mean-none.mkv``."""
    from cartoonize.report.results import REFINEMENTS

    stem = Path(file).stem or file
    base, refinement = stem, "none"
    for known in REFINEMENTS:
        if stem.endswith(f"-{known}"):
            base, refinement = stem.removesuffix(f"-{known}"), known
    fitting = [name for name in VARIANTS if base == name or base.startswith((f"{name}-", f"{name}+"))]
    group: Group = "other"
    if fitting:
        variant = VARIANTS[max(fitting, key=len)]
        group = "network" if variant.kind == "network" else "floor" if variant.source == "floor" else "rival"
    elif base.startswith(("mean", "histogram", "ensemble")):
        group = "ensemble"
    return base if refinement == "none" else f"{base} + {refinement}", group, base, refinement


def _material(workspace: Workspace, manifest: Manifest) -> ReportData:
    from cartoonize.report.results import read_json, read_results
    from cartoonize.report.loading import read_curves, read_pictures, read_prior
    from cartoonize.report.trial_tables import prints_tables, times_section, trials_tables
    from cartoonize.report.workspace_page import ReportData

    def saved(name: str, draw: Callable[[Any], Any]) -> Any:
        """Read a file that another stage wrote; what cannot be drawn is damaged."""
        path = workspace.reports / name
        if not path.exists():
            return None
        data = read_json(path)
        try:
            draw(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WorkspaceError(
                f"{path}: damaged ({type(error).__name__}: {error})", "Make it again, or remove it."
            ) from error
        return data

    results = sorted(read_results(workspace.reports / SCORES, describe_result), key=_place)
    tests = workspace.set_of(manifest, "test")
    own_rate = _number_of(tests[0].frame_rate) if tests else 24.0
    headers = [r.header for r in results if r.header]
    rate = float(headers[0].get("frame_rate") or own_rate) if headers else own_rate
    trainings = _trainings(workspace)
    times = saved("times.json", times_section)
    return ReportData(
        title=f"{workspace.root.resolve().name}: coloured by cartoonize",
        facts=_facts(manifest, headers, rate, times),
        results=results,
        trainings=trainings,
        curves=read_curves(sorted(workspace.runs.glob("*/curves.json"))),
        prior=read_prior(workspace.reports / "prior.json"),
        times=times,
        prints=saved("prints.json", prints_tables),
        trials=saved("trials.json", trials_tables),
        damage=_holes(workspace, manifest),
        strips=read_pictures(sorted(workspace.reports.glob("trials/*.png"))),
        secondary=[name for name in _secondary(workspace) if name],
        frame_rate=rate,
    )


def _holes(workspace: Workspace, manifest: Manifest) -> list[tuple[str, str]]:
    """Return what of damaged films is missing, as (film, what)."""
    from cartoonize.video.damage_report import read_damage_reports

    missing = [(episode.name, line) for episode in manifest.episodes.values() for line in episode.damage]
    return [*missing, *read_damage_reports(workspace.out)]


def _place(result: Result) -> tuple[int, str, int]:
    """Order results as the table of variants has them, each before its refinements."""
    from cartoonize.report.results import REFINEMENTS

    known = list(VARIANTS)
    place = known.index(result.base) if result.base in known else len(known)
    return place, result.base, REFINEMENTS.index(result.refinement)


def _facts(
    manifest: Manifest, headers: Sequence[Mapping[str, Any]], rate: float, times: Any
) -> list[tuple[str, str]]:
    facts = []
    for part, names in manifest.split.items():
        listed = ", ".join(f"{n} ({len(manifest.episode(n).pictures)} drawings)" for n in names)
        facts.append((part, listed or "none"))
    if headers:
        header = headers[0]
        scored = f"{header.get('n_frames', '?')} frames of {Path(str(header.get('reference', ''))).name}"
        facts.append(("scored", f"{scored}, {rate:.4g} a second"))
        facts.append(("compared at", str(header.get("protocol", "256x256"))))
    if isinstance(times, dict) and times.get("hardware"):
        facts.append(("hardware", str(times["hardware"])))
    return [*facts, ("program", f"cartoonize {__version__}")]


def _trainings(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the headers of the checkpoints; one that cannot be read is not the page's concern."""
    from cartoonize.methods.checkpoint import read_header

    headers = []
    for path in workspace.trained():
        with suppress(CheckpointError):
            headers.append({**read_header(path), "name": path.parent.name})
    return headers


def _number_of(fraction: str) -> float:
    from fractions import Fraction

    return float(Fraction(fraction)) or 24.0


def _films_of(workspace: Workspace, manifest: Manifest, results: Sequence[Result]) -> dict[str | None, Path]:
    """Find the films that scores tell of; None stands for the original."""
    references = [Path(str(r.header["reference"])) for r in results if r.header.get("reference")]
    references += [Path(e.source) for e in workspace.set_of(manifest, "test")]
    found: dict[str | None, Path] = {}
    for path in references:
        if path.exists():
            found.setdefault(None, path)
    for result in results:
        told = Path(str(result.header.get("colorized") or result.name))
        inside = [workspace.root / told, *sorted(workspace.out.rglob(told.name or "?"))]
        there = next((path for path in (told, *inside) if path.exists()), None)
        if result.header and there:
            found[result.name] = there
    return found


def _secondary(workspace: Workspace) -> dict[str | None, Path]:
    """Find the films of another print, itself first; none without its print."""
    folder = workspace.out / SECONDARY
    films = sorted(folder.glob("*.mkv"), key=lambda path: (path.stem != "print", path.stem))
    if not films or films[0].stem != "print":
        return {}
    return {f"{SECONDARY}/{path.stem}": path for path in films}


def _chosen(results: Sequence[Result], names: Sequence[str]) -> list[Result]:
    """Return the results to play: those named, or the best of each kind."""
    from cartoonize.report.results import best_of_each_kind

    if not names:
        return best_of_each_kind(results)
    known = {r.name: r for r in results} | {Path(str(r.header.get("colorized", ""))).name: r for r in results}
    missing = [name for name in names if name not in known]
    if missing:
        raise UsageError(
            f"no result is called {missing[0]!r}", f"Known: {', '.join(r.name for r in results)}"
        )
    return [known[name] for name in names]


def _footage(
    comparisons: Sequence[Comparison],
    paths: Mapping[str | None, Path],
    played: Sequence[Result],
    material: ReportData,
    options: ReportOptions,
    progress: Progress,
) -> Footage:
    """Read the pictures of all comparisons, and make the small films; films that are gone are left out."""
    from cartoonize.report.comparisons import frames_to_read
    from cartoonize.report.workspace_page import Footage
    from cartoonize.video.excerpts import frame_times, frames_at

    original = paths.get(None)
    if original is None or not original.exists() or not (comparisons or played):
        return Footage()
    times = frame_times(original)
    chosen = {film: indices for film, indices in frames_to_read(comparisons).items() if film in paths}
    n_steps = len(chosen) + (len(played) + 2 if options.seconds else 0)
    looked: dict[str | None, Any] = {}
    for film, indices in chosen.items():
        looked[film] = frames_at(paths[film], indices, times)
        progress("report", len(looked), n_steps)
    if not options.seconds or not times:
        return Footage(looked)
    excerpt = _excerpt(material, len(times), options.seconds)

    def move(n: int) -> None:
        progress("report", len(chosen) + n, n_steps)

    return Footage(looked, _films(paths, played, times, excerpt, options.film_width, move), excerpt)


def _excerpt(material: ReportData, n_frames: int, seconds: float) -> Excerpt:
    """Choose the middle of the episode, begun at the cut nearest to that."""
    from cartoonize.report.frame_selection import cuts_of
    from cartoonize.report.players import Excerpt

    rate, cuts = material.frame_rate, cuts_of(material.results)
    n_shown = min(n_frames, round(seconds * rate))
    middle = (n_frames - n_shown) // 2
    start = min([c for c in (0, *cuts) if c <= n_frames - n_shown], key=lambda c: abs(c - middle))
    return Excerpt(start, n_shown, rate, n_shown == n_frames, cuts)


def _films(
    paths: Mapping[str | None, Path],
    played: Sequence[Result],
    times: Sequence[float],
    excerpt: Excerpt,
    width: int,
    progress: Callable[[int], None],
) -> list[Video]:
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
    films = []
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
                most_bytes=min(1_800_000, _FILM_BYTES // len(copies)),
            )
            films.append(Video(caption, small.mp4, small.width, small.height, score))
        progress(number)
    return films
