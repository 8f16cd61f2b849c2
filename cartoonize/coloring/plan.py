"""Plan: the decisions and checks of a call of `colorize` before the first frame is coloured."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from cartoonize.annotations.annotations import Annotations
from cartoonize.coloring.ensemble import (
    Choice,
    EnsembleSpec,
    MemberInfo,
    accepted_by,
    choose_ensemble,
    default_refinement,
)
from cartoonize.coloring.films import Film, open_film
from cartoonize.coloring.messages import WaitingReporter
from cartoonize.coloring.options import ColorizeOptions, RunOptions
from cartoonize.coloring.outputs import check_free, in_the_way, output_paths
from cartoonize.coloring.read_annotations import (
    AnnotationFiles,
    films_with_cuts,
    films_with_scribbles,
    read_evidence,
    with_workspace_files,
)
from cartoonize.coloring.results import ResultKey, Results
from cartoonize.coloring.sources import held_out_sources
from cartoonize.errors import UsageError
from cartoonize.film_parts import whole_disc
from cartoonize.filters.predict import check_members
from cartoonize.methods.member import Member
from cartoonize.methods.variant import Variant
from cartoonize.reporting import Reporter
from cartoonize.workspace import Workspace, fingerprint_of

if TYPE_CHECKING:
    from cartoonize.annotations.scribbles import Scribbles
    from cartoonize.coloring.accepted import AcceptedShots
    from cartoonize.coloring.evidence import Evidence
    from cartoonize.coloring.film_evidence import FilmEvidence
    from cartoonize.coloring.shot_cache import ShotCache
    from cartoonize.tracking.confidence import Doubts, PartConfidence


class Ensemble:
    """The members of a call, loaded when they are used first.

    Parameters
    ----------
    spec : EnsembleSpec
        Specification of the members.
    options : ColorizeOptions
        Device and precision.
    reporter : Reporter
        Receives warnings.
    """

    def __init__(self, spec: EnsembleSpec, options: ColorizeOptions, reporter: Reporter) -> None:
        self.spec = spec
        self.scribbles: Scribbles | None = None
        """Scribbles for the members; set them before the first `load`."""
        self._how, self._reporter = options.predict, reporter
        self._members: list[Member] = []
        self._lock = Lock()

    def load(self) -> list[Member]:
        """Return the members. Any thread may call this."""
        with self._lock:
            if not self._members:
                self._members = self.spec.load(
                    device=self._how.device,
                    precision=self._how.precision,
                    compiled=self._how.compile,
                    scribbles=self.scribbles,
                    reporter=self._reporter,
                )
            return self._members


def _no_evidence() -> Evidence:
    from cartoonize.coloring.evidence import Evidence

    return Evidence()


def _no_film_evidence() -> FilmEvidence:
    from cartoonize.coloring.film_evidence import NO_EVIDENCE

    return NO_EVIDENCE


@dataclass
class FilmPlan:
    """Plan for one film."""

    film: Film
    """Source and writers."""
    doubts: Doubts
    """Sum of the confidence of its shots."""
    accepted: AcceptedShots
    """Shots whose colours a person has accepted; none without tracks."""
    evidence: FilmEvidence = field(default_factory=_no_film_evidence)
    """Known colours of the film, in addition to predictions."""
    shot_key: str = ""
    """Fingerprint of everything on which all its shots depend; "" for parts of films."""
    key: ResultKey | None = None
    """Fingerprints of everything on which the result depends; None if the result is not recorded, which is so
    for parts of films and with a confidence video."""
    up_to_date: dict[str, Any] | None = None
    """Summary of the existing result if it is up to date, or None."""
    cache: ShotCache | None = None
    """Cached shots of the film; None if shots are not cached."""

    @property
    def needs_networks(self) -> bool:
        """True if the film is not up to date and has no cached shots, so that networks have to run."""
        return self.up_to_date is None and (self.cache is None or self.cache.is_empty)

    def add_confidence(self, number: int, parts: Iterable[PartConfidence]) -> None:
        """Add the confidence of the next shot, in the order of the film.

        Parameters
        ----------
        number : int
            Number of the shot. Before cuts were corrected, it may have had another one.
        parts : iterable of PartConfidence
            Confidence of its parts.
        """
        from cartoonize.coloring.whole_frames import on_whole_frame

        for part in parts:
            part = replace(part, shot=number)
            self.doubts.add(on_whole_frame(part, self.film.cropped_to(part.start), self.film.source.format))


@dataclass
class ColorizePlan:
    """Plan of a call of `colorize`."""

    workspace: Workspace
    options: ColorizeOptions
    run: RunOptions
    spec: EnsembleSpec
    members: list[MemberInfo]
    ensemble: Ensemble
    films: list[FilmPlan]
    results: Results
    messages: WaitingReporter
    evidence: Evidence = field(default_factory=_no_evidence)
    """Known colours of all films, in addition to predictions; none if all films are up to date."""
    _begun: bool = field(default=False, init=False)

    @property
    def is_up_to_date(self) -> bool:
        """True if no film has to be coloured."""
        return all(work.up_to_date is not None for work in self.films)

    @property
    def variants(self) -> list[Variant]:
        """Variants of the members."""
        return [member.variant for member in self.members]

    def begin(self) -> None:
        """Report the plan and all messages that were held back. Only the first call has an effect."""
        if self._begun:
            return
        self._begun = True
        from cartoonize.coloring.estimate import describe_work

        self.messages.release(describe_work(self))


@contextmanager
def plan_colorize(
    workspace: Workspace,
    sources: Sequence[Path],
    *,
    choice: Choice,
    annotations: Annotations,
    options: ColorizeOptions,
    output: Path | None,
    run: RunOptions,
    reporter: Reporter,
) -> Iterator[ColorizePlan]:
    """Check all inputs, open the sources, find the frames of annotations, and yield the plan.

    See `cartoonize.tasks.colorize.colorize` for the parameters. Sources are closed at the end of the block.
    """
    sources = list(map(whole_disc, sources)) or held_out_sources(workspace)
    messages = WaitingReporter(reporter)
    options = _with_refinement(options, choice, annotations, messages)
    spec, members, followed = _choose(workspace, choice, annotations, options, messages)
    _check_run(run, options)
    check_members([member.variant for member in members], options.predict)
    if annotations.scribbles and len(sources) > 1:
        raise UsageError(
            f"scribbles {annotations.scribbles} are given for {len(sources)} sources",
            "Colour the sources one by one, each with its own scribbles.",
        )
    results = Results(workspace)
    targets = _targets(workspace, sources, output, options, run, results, messages)
    with ExitStack() as stack:
        films = _open_films(stack, sources, targets, members, options, workspace.cache, messages)
        ensemble = Ensemble(spec, options, messages)
        films, scribbles = films_with_scribbles(films, ensemble, messages)
        films = films_with_cuts(workspace, films, messages)
        plan = ColorizePlan(workspace, options, run, spec, members, ensemble, [], results, messages)
        files = AnnotationFiles(followed, annotations.grey_is_known)
        if options.uses_tracks:
            files = with_workspace_files(workspace, films, files, messages)
        plan.films = _film_plans(plan, films, files)
        if not plan.is_up_to_date:
            plan.evidence = read_evidence(
                workspace, films, files, scribbles, members, ensemble, options, messages
            )
            _use_evidence(plan, files)
            if plan.is_up_to_date:
                messages.release_warnings()
        _check_outputs(plan)
        if not run.scheduler and any(work.needs_networks for work in plan.films):
            ensemble.load()  # so that damaged weights are an error before the work begins
        yield plan


def _with_refinement(
    options: ColorizeOptions, choice: Choice, annotations: Annotations, reporter: Reporter
) -> ColorizeOptions:
    """Return the options with the default refinement if they have none."""
    if options.refine.refine is None:
        refine = default_refinement(choice, annotations)
        options = replace(options, refine=replace(options.refine, refine=refine))
    if options.uses_tracks and (ignored := options.ignored_by_tracks()):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in ignored)
        reporter.warning(f"{names}: no effect with tracks. Use --refine none or grow for that.")
    return options


def _choose(
    workspace: Workspace,
    choice: Choice,
    annotations: Annotations,
    options: ColorizeOptions,
    reporter: Reporter,
) -> tuple[EnsembleSpec, list[MemberInfo], tuple[Path, ...]]:
    """Return the specification of the ensemble, its members, and the references that follow tracks."""
    from cartoonize.annotations.references import reference_files
    from cartoonize.methods.registry import find_variant

    accepted = accepted_by(annotations, [find_variant(name) for name in choice.variants])
    followed = annotations.references if not accepted.references else ()
    if followed and not options.uses_tracks:
        raise UsageError(
            f"references require --refine tracks: {', '.join(map(str, followed))}", "Add --refine tracks."
        )
    reference_files(annotations.references)  # fails here if one does not exist
    spec = choose_ensemble(workspace, choice, accepted, reporter=reporter)
    return spec, spec.members(), followed


def _check_run(run: RunOptions, options: ColorizeOptions) -> None:
    """Raise `UsageError` if a confidence video is requested that cannot be made."""
    if run.confidence_video and not options.uses_tracks:
        raise UsageError("--confidence-video requires --refine tracks", "Add --refine tracks.")
    if run.confidence_video and run.scheduler is not None:
        raise UsageError("workers do not send what --confidence-video shows", "Remove --scheduler.")


def _targets(
    workspace: Workspace,
    sources: Sequence[Path],
    output: Path | None,
    options: ColorizeOptions,
    run: RunOptions,
    results: Results,
    reporter: Reporter,
) -> list[tuple[Path, Path | None]]:
    """Return the paths of the output and the confidence video of each source, after checking them."""
    outputs = output_paths(workspace, sources, output, options.render, reporter)
    confidence = [_confidence_output(path) if run.confidence_video else None for path in outputs]
    check_free(
        sources,
        [*outputs, *filter(None, confidence)],
        force=options.render.force,
        is_ours=lambda path: not run.again and results.is_ours(path),
    )
    return list(zip(outputs, confidence, strict=True))


def _confidence_output(output: Path) -> Path:
    # Of pictures, the same kind of output; of videos, Matroska, which holds all codecs.
    suffix = output.suffix if output.suffix in ("", ".png") else ".mkv"
    return output.with_name(f"{output.stem}.confidence{suffix}")


def _open_films(
    stack: ExitStack,
    sources: Sequence[Path],
    targets: Sequence[tuple[Path, Path | None]],
    members: Sequence[MemberInfo],
    options: ColorizeOptions,
    cache: Path,
    reporter: Reporter,
) -> list[Film]:
    from cartoonize.coloring.disk_space import check_disk_space
    from cartoonize.video import open_source

    films = []
    render = options.render
    for path, (target, confidence) in zip(sources, targets, strict=True):
        opened = open_source(path, allow_damaged=render.allow_damaged, film=render.film)
        source = stack.enter_context(opened)
        films.append(
            open_film(
                source,
                target,
                members,
                options.render,
                confidence_output=confidence,
                splits_transitions=options.uses_tracks,
                cache=cache,
                reporter=reporter,
            )
        )
    check_disk_space([film for film in films if not film.writer.path.exists()])
    return films


def _film_plans(plan: ColorizePlan, films: Sequence[Film], files: AnnotationFiles) -> list[FilmPlan]:
    """Return the plan for each film, with its result if none of the inputs has changed since."""
    from cartoonize.coloring.accepted import accepted_shots
    from cartoonize.coloring.keys import film_key, input_key
    from cartoonize.tracking.confidence import Doubts

    works = []
    for film in films:
        rate = float(film.source.format.frame_rate or 24)
        doubts = Doubts(frame_rate=rate, first=film.first)
        works.append(FilmPlan(film, doubts, accepted_shots(plan.workspace, film, plan.options)))
    if plan.options.render.is_part or plan.run.confidence_video:
        return works
    for work in works:
        work.shot_key = film_key(work.film, plan.spec, plan.members, plan.options)
    keys, on = [work.shot_key for work in works], _device_and_precision(plan)
    inputs = input_key(plan.workspace, films, keys, files, plan.options, on)
    for number, work in enumerate(works):
        work.key = ResultKey(inputs=fingerprint_of([inputs, number, work.accepted.fingerprint]))
        work.up_to_date = _earlier_result(plan, work)
    return works


def _earlier_result(plan: ColorizePlan, work: FilmPlan) -> dict[str, Any] | None:
    """Return the summary of the result of a film if it is up to date, or None."""
    if plan.run.again or work.key is None:
        return None
    found = plan.results.find(work.film.writer.path, work.key)
    return found and {**found, "source": str(work.film.path)}


def _use_evidence(plan: ColorizePlan, files: AnnotationFiles) -> None:
    """Add the evidence to the plan for each film: its key, its cache, and its result if it is up to date."""
    from cartoonize.coloring.evidence_file import SavedEvidence, write_evidence
    from cartoonize.coloring.film_evidence import FilmEvidence
    from cartoonize.coloring.film_folders import film_folder, remove_earlier_content
    from cartoonize.coloring.keys import result_key
    from cartoonize.coloring.shot_cache import ShotCache
    from cartoonize.coloring.whole_frames import edits_in_areas
    from cartoonize.tracking.paint_changes import PaintChanges

    evidence = plan.evidence
    keys, on = [work.shot_key for work in plan.films], _device_and_precision(plan)
    for number, work in enumerate(plan.films):
        memory = evidence.memory.for_film(number)
        film = work.film
        own = [edit for edit in files.track_edits if edit.episode == film.path.stem]
        edits = edits_in_areas(own, film.cropped_to, film.source.format, first=film.first)
        paints = PaintChanges.of(files.paint_rules)
        album = evidence.album_or_none
        work.evidence = FilmEvidence(evidence.hints_of(number), memory, album, edits, paints)
        if work.key is None:
            continue
        known = result_key(film, work.shot_key, keys, evidence, on)
        rules = [rule.change for rule in paints.rules]
        content = [known, edits.fingerprint(0, sys.maxsize), rules, work.accepted.fingerprint]
        work.key = replace(work.key, content=fingerprint_of(content))
        work.up_to_date = _earlier_result(plan, work)
        tracked = plan.options.uses_tracks
        folder = film_folder(plan.workspace, work.film, tracked=tracked)
        if tracked:
            write_evidence(folder, SavedEvidence(evidence.painted_on(number), memory, _has_network(plan)))
        if tracked and work.up_to_date is None:
            remove_earlier_content(folder, work.film)
        work.cache = ShotCache(
            folder,
            work.shot_key,
            work.film.writer.plane_format,
            evidence=work.evidence if tracked else None,
            known_cuts=work.film.known_cuts,
            ignore_cached=plan.run.again,
            reporter=plan.messages,
        )
        if not plan.run.scheduler:
            work.cache.depend_on(on)


def _check_outputs(plan: ColorizePlan) -> None:
    """Raise an error if an output exists and may not be replaced."""
    for work in plan.films:
        writer = work.film.writer
        # Files that an interrupted run of the same call left may be replaced.
        unfinished = work.key is not None and plan.results.may_replace(writer.path, work.key)
        writer.force = writer.force or unfinished
        if writer.path.exists() and not (writer.force or work.up_to_date):
            raise in_the_way(writer.path)


def _has_network(plan: ColorizePlan) -> bool:
    return any(member.variant.kind == "network" for member in plan.members)


def _device_and_precision(plan: ColorizePlan) -> str:
    """Return the device and precision on which colours depend; for workers, those that the user chose."""
    from cartoonize.devices import name_of, pick_device, pick_dtype

    how = plan.options.predict
    if plan.run.scheduler:
        return f"{how.device} {how.precision}"
    device = pick_device(how.device)
    precision = name_of(pick_dtype(how.precision, device)) if _has_network(plan) else "float32"
    return f"{device.type} {precision}"
