"""From an episode to its coloured copy: the stages between a source and a writer, composed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, nullcontext, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cartoonize.atomic import make_folder
from cartoonize.cluster.scheduler import color_elsewhere
from cartoonize.cluster.workers import check_scheduler
from cartoonize.coloring.disk_space import check_disk_space
from cartoonize.coloring.ensemble import BEST, Choice, EnsembleSpec, choose_ensemble
from cartoonize.coloring.evidence import NO_EVIDENCE, Evidence, gather_evidence
from cartoonize.coloring.films import Film, first_frame, looks_at_shots, luminance_of_shots, open_film
from cartoonize.coloring.outputs import check_free, in_the_way, output_paths
from cartoonize.coloring.pipeline import ColorizeOptions, color_frames
from cartoonize.coloring.results import Finished
from cartoonize.coloring.shot_cache import ShotCache, TrackRecorder, film_folder, film_key, result_key
from cartoonize.errors import OutputError, UsageError
from cartoonize.filters.backgrounds import backgrounds, with_backgrounds
from cartoonize.filters.predict import batches_at_once, check_members
from cartoonize.filters.render import doubt_planes
from cartoonize.filters.track import track_frames
from cartoonize.frames import COLOR_SIZE, Frame
from cartoonize.methods.member import Member
from cartoonize.prefetch import prefetch
from cartoonize.tracking.confidence import Doubts, write_doubts
from cartoonize.video.damage_report import write_damage_report
from cartoonize.workspace import Workspace, fingerprint

_DEFAULTS = ColorizeOptions()


@dataclass(frozen=True)
class ColorizeSummary:
    """What came of one source."""

    source: str
    output: str
    n_frames: int
    n_unique: int
    n_shots: int
    n_kept_shots: int
    """Of these, those that were coloured just so before, and were not coloured again."""
    as_before: bool
    """Whether the output was there, whole, and made from just the same: then it was left as it is."""
    seconds: float
    members: list[str]
    refine: str
    sidecars: list[str]
    holes: str | None
    """File that lists what of a damaged source could not be coloured; only where something could not."""
    confidence: str | None
    """File that says how sure the colours are, shot by shot; only with tracks."""
    warnings: list[str]


def held_out_sources(workspace: Workspace) -> list[Path]:
    """Return the files of the workspace's test episodes.

    Raises
    ------
    UsageError
        If there are none.
    """
    manifest = workspace.load()
    episodes = workspace.set_of(manifest, "test")
    if not episodes:
        raise UsageError(
            "no SOURCE was given and the workspace has no test episode",
            "Name a video, or hold an episode out with `cartoonize split --test NAME`.",
        )
    return [Path(episode.source) for episode in episodes]


def colorize(
    workspace: Workspace,
    sources: Sequence[Path],
    *,
    choice: Choice = BEST,
    options: ColorizeOptions = _DEFAULTS,
    references: Sequence[Path] = (),
    output: Path | None = None,
    scheduler: str | None = None,
    confidence_video: bool = False,
    again: bool = False,
    progress: Callable[[str, int, int], None] = lambda source, done, total: None,
    announce: Callable[[str], None] = lambda line: None,
    notify: Callable[[str], None] = lambda line: None,
) -> list[ColorizeSummary]:
    """Colour videos, pictures or folders of stills.

    Parameters
    ----------
    workspace : Workspace
        Where trained variants are, and ``out/``.
    sources : sequence of Path
        None means the workspace's test episodes. Their colour, if any, is ignored (but for members trained
        on CIE L of the coloured picture).
    choice : Choice
    options : ColorizeOptions
    references : sequence of Path
        Coloured frames of the sources, or folders of them, for ``tracks``: any number, any frames, any size,
        also partly coloured (elsewhere transparent). With tracks the workspace's ``pins.json`` counts, too.
    output : Path, optional
        A file or folder for one source, a folder for several; default: ``out/<episode>.mp4`` in the
        workspace where MP4 holds every stream, else ``.mkv``.
    scheduler : str, optional
        Let workers of dask.distributed do it: ``local[N]`` for N of them on this machine, else the address
        of a scheduler. The result is the same.
    confidence_video : bool
        Also write ``NAME.confidence.mkv`` beside every output: grey where the colours are sure, red where
        they are not.
    again : bool
        Shots are kept in the workspace's cache, with tracks for good, else until their film is whole: one
        that would be coloured just as before, since neither the film nor options, networks, references nor
        pins that matter to it have changed, is not coloured again. And an output that is there, whole, and
        was made from just the same, is left as it is. True colours all of them again. Parts of films, and
        such with a confidence video, are always coloured.
    progress : callable
        Called with (source, frames written, frames expected or 0).
    announce : callable
        Called with lines before the work begins: how much it is, and who does it.
    notify : callable
        Called with lines that the user should read.

    Returns
    -------
    list of ColorizeSummary
    """
    sources = list(sources) or held_out_sources(workspace)
    notices: list[str] = []  # told once it is sure that the work begins
    if references and not options.uses_tracks:
        raise UsageError(
            f"references {', '.join(map(str, references))} without tracks, along which their colours go",
            "Add --refine tracks.",
        )
    if confidence_video and not options.uses_tracks:
        raise UsageError("only tracks know how sure they are", "Add --refine tracks.")
    if scheduler:
        check_scheduler(scheduler)
        if options.uses_tracks:
            raise UsageError(
                "--refine tracks decides over whole shots, and workers are sent parts of them",
                "Leave out --scheduler, or take --refine grow.",
            )
    cast = choose_ensemble(workspace, choice, sources=sources, render=options.render, notify=notices.append)
    members = _load(cast, options, scheduler, notices.append)
    check_members(members, options.colorize)
    if scheduler and looks_at_shots(members):
        raise UsageError(
            "a chosen method looks at whole shots, and workers are sent parts of them",
            "Leave out --scheduler.",
        )
    names = [member.name for member in members]
    outputs = output_paths(workspace, sources, output, options.render, notices.append)
    doubt_outputs = [_doubt_output(path, confidence_video) for path in outputs]
    finished = Finished(workspace)
    check_free(
        sources,
        [*outputs, *filter(None, doubt_outputs)],
        force=options.render.force,
        is_ours=lambda path: not again and finished.is_ours(path),
    )
    from cartoonize.devices import pick_device
    from cartoonize.video import open_source

    who: list[str] = []
    with ExitStack() as stack:
        films = []
        for path, target, shown in zip(sources, outputs, doubt_outputs, strict=True):
            source = stack.enter_context(open_source(path, allow_damaged=options.render.allow_damaged))
            film = open_film(source, target, members, options.render, notices.append, doubt_output=shown)
            films.append(film)

        check_disk_space([film for film in films if not film.writer.path.exists()])
        evidence = NO_EVIDENCE
        if options.uses_tracks:
            evidence = gather_evidence(
                workspace, films, members, references, options, progress=progress,
                announce=who.append, notify=notices.append,
            )  # fmt: skip
        works = [_Work(film, _doubts(film)) for film in films]
        if not options.render.is_part and not confidence_video:
            how = options.colorize
            on = f"{how.device} {how.precision}"  # what workers make of that, only they know
            if not scheduler:
                bfloat16 = any(member.bfloat16 for member in members)
                on = f"{pick_device(how.device).type} {'bfloat16' if bfloat16 else 'float32'}"
            keys = [film_key(film, cast, members, options, evidence) for film in films]
            for number, (work, shots) in enumerate(zip(works, keys, strict=True)):
                work.key = result_key(work.film, shots, keys, evidence, on)
                work.told_before = None if again else finished.find(work.film.writer.path, work.key)
                folder = film_folder(workspace, work.film, tracked=options.uses_tracks)
                listener = work.listener(evidence, number) if options.uses_tracks else None
                work.keeper = ShotCache(folder, shots, listener=listener, afresh=again, notify=notify)
                if not scheduler:
                    work.keeper.depend_on(on)
        for work in works:
            writer = work.film.writer
            # What a killed run of the same has left may go.
            writer.force = writer.force or bool(work.key) and finished.may_replace(writer.path, work.key)
            if writer.path.exists() and not (writer.force or work.told_before):
                raise in_the_way(writer.path)
        undone = [work for work in works if not work.told_before]
        left = [work.film for work in undone]

        def begin() -> None:
            how_long = "workers colour them" if scheduler else _estimate(left, members, options)
            announce(f"{_frames_of(left, names)}: {how_long}; {_size_of(left)}")
            for line in who:
                announce(line)
            for line in notices:
                notify(line)

        if scheduler:
            members.clear()  # only workers need their weights
            kept = [(work.film, work.keeper) for work in undone]
            colored = color_elsewhere(scheduler, kept, cast, options, announce=who.append, notify=notify)
        else:
            colored = _color_here(works, members, options, evidence)
        stack.enter_context(closing(colored))
        summaries = []
        for work in works:
            if work.told_before:
                summaries.append(ColorizeSummary(**{**work.told_before, "as_before": True, "seconds": 0.0}))
                continue
            summaries.append(_write(work, next(colored), names, options, progress, notify, begin, finished))
            begin = _nothing
            if work.keeper and not options.uses_tracks:
                work.keeper.forget()
    return summaries


@dataclass
class _Work:
    """A film, and what is to be done for it."""

    film: Film
    doubts: Doubts
    key: str = ""
    """Fingerprint of all that the result depends on; empty if nobody will ask."""
    told_before: dict[str, Any] | None = None
    """The summary of the result that is there already."""
    keeper: ShotCache | None = None
    """None if its shots are not kept."""

    def listener(self, evidence: Evidence, number: int) -> TrackRecorder:
        """Return what stands between its tracks and the memory."""
        return TrackRecorder(evidence.given_of(number), evidence.memory, self.doubts.add)


def _load(
    cast: EnsembleSpec, options: ColorizeOptions, scheduler: str | None, notify: Callable[[str], None]
) -> list[Member]:
    """Load the members that colour here; where others do, only to know what they look at."""
    if scheduler:
        return cast.load(device="cpu", precision="float32", notify=notify)
    how = options.colorize
    return cast.load(device=how.device, precision=how.precision, compiled=how.compile, notify=notify)


def _color_here(
    works: Sequence[_Work], members: Sequence[Member], options: ColorizeOptions, evidence: Evidence
) -> Generator[Generator[Frame]]:
    """Yield the coloured frames of one film after the other."""
    for number, work in enumerate(works):
        if work.told_before:
            continue
        track = partial(track_frames, given=evidence.given_of(number), find=evidence.find)
        frames, planes, keeper = work.film.numbered(), work.film.writer.plane_format, work.keeper
        if looks_at_shots(members):
            plates = backgrounds(work.film.numbered(), luminance=luminance_of_shots(members))
            frames = with_backgrounds(frames, prefetch(plates))
        if keeper is None:
            track = partial(track, memory=evidence.memory, tell=work.doubts.add)
            yield color_frames(frames, members, planes=planes, options=options, track=track)
            continue
        if keeper.listener is not None:
            track = partial(track, memory=keeper.listener, tell=keeper.listener.hear)
        colored = color_frames(keeper.kept(frames), members, planes=planes, options=options, track=track)
        yield keeper.keeping(colored)


def _doubts(film: Film) -> Doubts:
    rate = float(film.source.format.frame_rate or 24)
    return Doubts(frame_rate=rate, first=first_frame(film.source, film.render))


def _doubt_output(output: Path, wanted: bool) -> Path | None:
    # A picture stays one, and a folder of pictures; a video is Matroska, which holds all codecs.
    suffix = output.suffix if output.suffix in ("", ".png") else ".mkv"
    return output.with_name(f"{output.stem}.confidence{suffix}") if wanted else None


def _nothing() -> None:
    return None


def _write(
    work: _Work,
    frames: Generator[Frame],
    names: list[str],
    options: ColorizeOptions,
    progress: Callable[[str, int, int], None],
    notify: Callable[[str], None],
    begin: Callable[[], None],
    finished: Finished,
) -> ColorizeSummary:
    started = time.perf_counter()
    film, writer = work.film, work.film.writer
    n_frames = n_unique = n_shots = 0
    content: dict[Path, str] = {}
    summaries: list[ColorizeSummary] = []

    def summary() -> ColorizeSummary:
        holes = write_damage_report(writer.path, film.path, film.source.damage)
        confidence = write_doubts(writer.path, work.doubts.shots()) if options.uses_tracks else None
        content.update({path: fingerprint(path) for path in (holes, confidence) if path and work.key})
        return ColorizeSummary(
            source=str(film.path),
            output=str(writer.path),
            n_frames=n_frames,
            n_unique=n_unique,
            n_shots=n_shots,
            n_kept_shots=work.keeper.n_kept if work.keeper else 0,
            as_before=False,
            seconds=round(time.perf_counter() - started, 2),
            members=names,
            refine=options.refine.refine,
            sidecars=[str(path) for path in writer.sidecars],
            holes=str(holes) if holes else None,
            confidence=str(confidence) if confidence else None,
            warnings=[*writer.warnings, *_damage(film)],
        )

    def remember(final: Path, part: Path) -> None:
        if final == writer.path:  # the last
            summaries.append(summary())
        if work.key:
            content[final] = fingerprint(part)
            with suppress(OutputError):  # it would only have saved time
                told = asdict(summaries[0]) if summaries else None
                finished.enter(writer.path, work.key, content, told)

    writer.on_finished = remember
    make_folder(writer.path.parent)
    with writer, film.doubt_writer or nullcontext() as doubt_writer:
        begin()
        with closing(frames):
            for n_frames, frame in enumerate(frames, 1):  # noqa: B007
                writer.write(frame)
                if doubt_writer:
                    doubt_writer.write(frame.having(chroma=doubt_planes(frame, doubt_writer.plane_format)))
                n_unique, n_shots = frame.drawing + 1, frame.shot + 1
                progress(film.path.name, n_frames, film.n_expected)
    for line in summaries[0].warnings:
        notify(line)
    return summaries[0]


def _damage(film: Film) -> list[str]:
    return [f"{film.path.name} {line}" for line in film.source.damage]


def _size_of(films: Sequence[Film]) -> str:
    paths = [film.path for film in films]
    size = sum(p.stat().st_size if p.is_file() else sum(f.stat().st_size for f in p.iterdir()) for p in paths)
    return f"the input is {size / 1e6:.1f} MB, the output up to a few times as much."


def _frames_of(films: Sequence[Film], names: Sequence[str]) -> str:
    return f"About {sum(film.n_expected for film in films)} frames, {len(names)} member(s)"


def _estimate(films: Sequence[Film], members: Sequence[Member], options: ColorizeOptions) -> str:
    """Say how long the networks may take, from one drawing timed here."""
    import torch

    from cartoonize.devices import one_thread, pick_device

    device = pick_device(options.colorize.device)
    drawing = torch.full((1, COLOR_SIZE, COLOR_SIZE), 50.0, device=device)
    seconds = 0.0
    for member in members:
        times = []
        for _ in range(3):  # the first call prepares what later ones find ready
            started = time.perf_counter()
            with one_thread():
                member.predict(drawing).sum().item()
            times.append(time.perf_counter() - started)
        seconds += min(times)
    seconds /= batches_at_once(options.colorize.device)
    minutes = sum(film.n_expected for film in films) * seconds / 60
    return f"networks take up to {minutes:.1f} min, less for held drawings"
