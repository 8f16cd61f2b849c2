"""Write: the coloured copy of one film, its summary, and its record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartoonize.atomic import make_folder
from cartoonize.coloring.film_confidence import begun_confidence, finished_confidence
from cartoonize.coloring.plan import ColorizePlan, FilmPlan
from cartoonize.errors import OutputError
from cartoonize.filters.gate_weave import moved_chroma
from cartoonize.filters.render import confidence_planes
from cartoonize.frames import Frame
from cartoonize.reporting import Reporter
from cartoonize.tracking.confidence_file import FilmConfidence, confidence_path, write_confidence
from cartoonize.video.damage_report import write_damage_report
from cartoonize.video.decoding import seconds
from cartoonize.workspace import fingerprint

if TYPE_CHECKING:
    from cartoonize.video.output import Writer


@dataclass(frozen=True)
class ColorizeSummary:
    """Summary of the result for one source."""

    source: str
    """Path of the source."""
    output: str
    """Path of the output."""
    n_frames: int
    """Number of frames."""
    n_unique: int
    """Number of unique drawings."""
    n_shots: int
    """Number of shots."""
    n_kept_shots: int
    """Number of shots that were taken from the cache."""
    as_before: bool
    """True if the output was up to date and was not written again."""
    seconds: float
    """Time that the film took."""
    members: list[str]
    """Names of the members."""
    refine: str
    """Refinement."""
    sidecars: list[str]
    """Files with streams that the container of the output cannot hold."""
    holes: str | None
    """File that lists the parts of a damaged source that could not be decoded; None if there are none."""
    confidence: str | None
    """File with the confidence of the colours of each shot; None without tracks."""
    warnings: list[str]
    """Warnings about the source and the output."""

    @classmethod
    def of_earlier(cls, summary: dict[str, Any]) -> ColorizeSummary:
        """Return the summary of a result that is up to date, from its record."""
        return cls(**{**summary, "as_before": True, "seconds": 0.0})


class Result:
    """The coloured copy of one film while it is written.

    Parameters
    ----------
    plan : ColorizePlan
        Plan of the call.
    work : FilmPlan
        Plan for the film.
    reporter : Reporter
        Receives progress.
    """

    def __init__(self, plan: ColorizePlan, work: FilmPlan, reporter: Reporter) -> None:
        self._plan, self._work, self._reporter = plan, work, reporter
        self._film, self._writer = work.film, work.film.writer
        self._confidence_writer: Writer | None = None
        self._confidence: FilmConfidence | None = None
        self._started = time.perf_counter()
        self._n_frames = self._n_unique = self._n_shots = 0
        self._content: dict[Path, str] = {}
        self._new_beside: list[Path] = []
        """Files beside the output that did not exist before."""
        self.summary: ColorizeSummary | None = None
        """Set when the output is complete."""

    def write(self, frame: Frame) -> None:
        """Write the next frame."""
        self._writer.write(frame)
        if self._confidence_writer is not None:
            planes = self._confidence_writer.plane_format
            doubt = frame.having(chroma=confidence_planes(frame, planes))
            for placed in moved_chroma([doubt], planes=planes):
                self._confidence_writer.write(placed)
        if self._confidence is not None:
            self._work.doubts.add_frame(seconds(frame.pts, self._film.source.format))
        self._n_frames += 1
        self._n_unique, self._n_shots = frame.drawing + 1, frame.shot + 1
        self._report()

    def _report(self) -> None:
        label = f"colouring {self._film.path.name}"
        self._reporter.progress(label, self._n_frames, self._film.n_expected, unit="frames")

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open the writers; at the end of the block the output gets its final name."""
        self._writer.on_finished = self._record
        if self._plan.options.uses_tracks:
            self._confidence = begun_confidence(self._plan, self._work, output=self._writer.path.name)
        make_folder(self._writer.path.parent)
        try:
            with self._writer, self._film.confidence_writer or nullcontext() as confidence_writer:
                self._confidence_writer = confidence_writer
                self._report()
                yield
        except BaseException:  # the output has not got its final name
            for path in self._new_beside:
                path.unlink(missing_ok=True)
            raise

    def _record(self, final: Path, part: Path) -> None:
        """Record the content of a file that is complete, before it gets its final name."""
        if final == self._writer.path:  # the last file
            self.summary = self._summarize()
        if self._work.key:
            self._content[final] = fingerprint(part)
            summary = asdict(self.summary) if self.summary is not None else None
            with suppress(OutputError):  # a missing record only costs time
                self._plan.results.record(self._writer.path, self._work.key, self._content, summary)

    def _summarize(self) -> ColorizeSummary:
        film, writer, refine = self._film, self._writer, self._plan.options.refine.refine or "none"
        damage = write_damage_report(writer.path, film.path, film.source.damage)
        told = [*film.source.remarks, *film.source.damage]
        confidence = self._write_confidence()
        if self._work.key:
            self._content.update({path: fingerprint(path) for path in (damage, confidence) if path})
        return ColorizeSummary(
            source=str(film.path),
            output=str(writer.path),
            n_frames=self._n_frames,
            n_unique=self._n_unique,
            n_shots=self._n_shots,
            n_kept_shots=self._work.cache.n_reused if self._work.cache else 0,
            as_before=False,
            seconds=round(time.perf_counter() - self._started, 2),
            members=[member.name for member in self._plan.members],
            refine=refine,
            sidecars=[str(path) for path in writer.sidecars],
            holes=str(damage) if damage else None,
            confidence=str(confidence) if confidence else None,
            warnings=[*writer.warnings, *(f"{film.path.name} {line}" for line in told)],
        )

    def _write_confidence(self) -> Path | None:
        """Write the confidence file if the film is coloured along tracks; return its path."""
        if self._confidence is None:
            return None
        path = confidence_path(self._writer.path)
        self._new_beside += [] if path.exists() else [path]
        write_confidence(path, finished_confidence(self._confidence, self._work))
        return path


@contextmanager
def open_result(plan: ColorizePlan, work: FilmPlan, reporter: Reporter) -> Iterator[Result]:
    """Open the output of a film. It gets its final name if the block ends without an error."""
    result = Result(plan, work, reporter)
    with result.opened():
        plan.begin()
        yield result
    assert result.summary is not None
    for line in result.summary.warnings:
        reporter.warning(line)
    if work.cache is not None and not plan.options.uses_tracks:
        work.cache.remove()
