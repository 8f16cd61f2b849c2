"""Keys: fingerprints of everything that shots and results depend on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from functools import cache
from importlib import import_module
from importlib.metadata import version

from cartoonize.annotations.hints import fingerprint_of_hints
from cartoonize.annotations.locate import frame_number
from cartoonize.annotations.references import reference_files
from cartoonize.coloring.album import WorkspaceAlbum
from cartoonize.coloring.ensemble import EnsembleSpec, MemberInfo
from cartoonize.coloring.evidence import Evidence
from cartoonize.coloring.films import Film
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.coloring.read_annotations import AnnotationFiles
from cartoonize.workspace import Workspace, fingerprint, fingerprint_of

#: Modules on which colours depend. Each has a constant ``VERSION``, which is raised when the same input
#: yields other colours. Versions of methods are in the table of variants.
ALGORITHMS = (
    "annotations.scribbles",
    "color.bins",
    "color.histogram_transfer",
    "color.lab",
    "color.luma",
    "coloring.cached_shot",
    "detect.bars",
    "detect.cuts",
    "detect.held_drawings",
    "detect.print_steadiness",
    "detect.registration",
    "detect.telecine",
    "detect.transition_choice",
    "detect.transitions",
    "detect.unsteady_drawings",
    "detect.wipe_checks",
    "detect.wipe_path",
    "detect.wipe_shapes",
    "detect.wipes",
    "filters.areas",
    "filters.backgrounds",
    "filters.clean",
    "filters.combine",
    "filters.gate_weave",
    "filters.predict",
    "filters.refine",
    "filters.render",
    "filters.track",
    "filters.transitions",
    "frames",
    "optical_flow",
    "refine.fill",
    "refine.grain",
    "refine.regions",
    "refine.upsample",
    "tracking.album",
    "tracking.borders",
    "tracking.carry",
    "tracking.decision",
    "tracking.edits",
    "tracking.features",
    "tracking.ink",
    "tracking.knots",
    "tracking.memory",
    "tracking.paint_changes",
    "tracking.paints",
    "tracking.parts",
    "tracking.patches",
    "tracking.plate",
    "tracking.pooling",
    "tracking.recognition",
    "tracking.steady",
    "tracking.tracks",
    "video.planes",
    "wipe_front",
)
#: Modules that turn the files of annotations into known colours. Each has a constant ``VERSION``, too.
ANNOTATION_ALGORITHMS = (
    "annotations.locate",
    "annotations.picture",
    "annotations.pins",
    "annotations.references",
    "annotations.unpainted",
    "coloring.grey_shares",
)
#: The method `region-knn` finds regions without tracks, too.
_WITHOUT_TRACKS = ("tracking.parts",)
#: Packages on which colours depend, because another version may round differently.
PACKAGES = ("torch", "numpy", "opencv-python", "numba", "scipy", "scikit-image", "scikit-learn", "av")


def film_key(film: Film, spec: EnsembleSpec, members: Sequence[MemberInfo], options: ColorizeOptions) -> str:
    """Return a fingerprint of everything that all shots of a film depend on.

    Hints, memory and album are not included, because each cached shot has fingerprints of those that it used.
    Device and precision are not included, because workers may determine them later.

    Parameters
    ----------
    film : Film
        Source and plane format.
    spec : EnsembleSpec
        Weights, and annotations that methods accept.
    members : sequence of MemberInfo
        Properties of the members.
    options : ColorizeOptions
        Prediction and refinement.
    """
    from cartoonize.methods.checkpoint import read_header

    predict = asdict(replace(options.predict, device="auto", precision="auto"))
    how = {name: value for name, value in predict.items() if value != ()}  # this option came later
    accepted = spec.annotations
    return fingerprint_of(
        {
            "film": [
                film.fingerprint,
                film.render.allow_damaged,
                sorted(film.new_at),
                [film.render.bars, film.crops, film.render.film],
            ],
            "planes": asdict(film.writer.plane_format),
            "options": [how, asdict(options.refine), options.refine_order],
            "members": [(m.name, m.luminance, m.variant.version) for m in members],
            "weights": [read_header(path)["sha256"] for path in spec.files],
            "annotations": [accepted.swatches, accepted.hints_from, *map(fingerprint, accepted.files)],
            "versions": [_versions(options), _package_versions()],
        }
    )


def input_key(
    workspace: Workspace,
    films: Sequence[Film],
    keys: Sequence[str],
    files: AnnotationFiles,
    options: ColorizeOptions,
    on: str,
) -> str:
    """Return a fingerprint of all inputs of a call, from files and options alone. No frame is read.

    Files count by content, in any order. Of names, only the number at the end of that of a reference counts,
    because it may say which frame it is.

    Parameters
    ----------
    workspace : Workspace
        Its training episodes are the album, and say how much of references may be grey.
    films : sequence of Film
        All films of the call.
    keys : sequence of str
        `film_key` of each film.
    files : AnnotationFiles
        References and pins.
    options : ColorizeOptions
        Coding.
    on : str
        Device and precision.
    """
    names = [film.path.stem for film in films]
    pins = [(names.index(pin.episode), *astuple(pin)[1:]) for pin in files.pins]
    references = sorted((fingerprint(path), frame_number(path)) for path in reference_files(files.references))
    learned = WorkspaceAlbum(workspace).fingerprint if options.uses_album or references else ""
    how = asdict(replace(options.render, force=False))
    versions = {name: import_module(f"cartoonize.{name}").VERSION for name in ANNOTATION_ALGORITHMS}
    cuts = [sorted(film.known_cuts.items()) for film in films]
    edits = sorted((names.index(edit.episode), *astuple(edit)[1:]) for edit in files.track_edits)
    rules = sorted(rule.change for rule in files.paint_rules if rule.acts)
    given = [pins, cuts, edits, rules, references, files.grey_is_known]
    return fingerprint_of([keys, on, how, given, learned, versions])


def result_key(film: Film, key: str, keys: Sequence[str], evidence: Evidence, on: str) -> str:
    """Return a fingerprint of everything that the result of a film depends on, from its known colours.

    Parameters
    ----------
    film : Film
        Coding and part of the film.
    key : str
        `film_key` of the film.
    keys : sequence of str
        Keys of all films of the call, because hints for one film also affect the others.
    evidence : Evidence
        Hints and album.
    on : str
        Device and precision.
    """
    known = [
        (other, fingerprint_of_hints(hints, 0, sys.maxsize))
        for other, hints in zip(keys, evidence.hints, strict=False)
        if hints
    ]
    how = asdict(replace(film.render, force=False))
    known_cuts = sorted(film.known_cuts.items())
    memory, album = evidence.memory.fingerprint, evidence.album_fingerprint
    return fingerprint_of([key, on, known, known_cuts, memory, album, how])


def _versions(options: ColorizeOptions) -> dict[str, int]:
    """Return the versions of the modules that the options use."""
    refines = options.refine.refine != "none"
    unused = [] if options.uses_tracks else ["tracking.", "filters.track"]
    unused += [] if refines else ["refine.fill"]
    names = [name for name in ALGORITHMS if name in _WITHOUT_TRACKS or not name.startswith(tuple(unused))]
    return {name: import_module(f"cartoonize.{name}").VERSION for name in names}


@cache
def _package_versions() -> list[str]:
    return [version(name) for name in PACKAGES]
