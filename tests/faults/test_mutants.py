"""Files with random damage are an error of one line, or are used and what is missing is reported."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from cartoonize.methods.checkpoint import write_checkpoint
from cartoonize.methods.registry import find_variant
from cartoonize.tasks.extract import ExtractOptions, extract
from cartoonize.tasks.split import SplitOptions, split
from cartoonize.workspace import Workspace
from tests.support.films import film, pictures
from tests.support.mutants import (
    Ending,
    Job,
    Rng,
    changed_checkpoint,
    changed_tree,
    damaged,
    run_mutants,
    toml_of,
    written,
)

pytestmark = pytest.mark.fault(8)
SEED = 20261125
N_FRAMES = 96

#: Bytes that mark structure, by kind of file: names of boxes, IDs of elements, start codes.
_MARKS = {
    "MP4": rb"ftyp|moov|mvhd|trak|tkhd|edts|elst|mdia|mdhd|hdlr|stbl|stsd|avc1|avcC|stts|ctts|stss|stsc|stsz"
    rb"|stco|mdat",
    "MKV": rb"\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x11\x4d\x9b\x74|\x15\x49\xa9\x66|\x16\x54\xae\x6b"
    rb"|\x1f\x43\xb6\x75|\x1c\x53\xbb\x6b|\x12\x54\xc3\x67|\xa3[\x40-\x7f]|\xe7[\x81-\x84]",
    "MPEG-PS": rb"\x00\x00\x01[\xb0-\xff]",
}
#: Pattern of lines that report what could not be read of a film.
_TELLS = re.compile(r"mutant\S* (is damaged|is incomplete|has a damaged frame|may (lack|have damage))")
_WELL = Ending(0, False, 0, 0)
_NAMES = ("MP4", "MKV", "MPEG-PS", "manifest", "recipe", "checkpoint")


@dataclass(frozen=True)
class Kind:
    """A kind of file, and the commands that are tried with it."""

    file: str
    """Name of the file in the folder of a mutant."""
    data: bytes
    mutate: Callable[[bytes, Rng], bytes]
    commands: tuple[tuple[str, ...], ...]
    """Commands; each mutant is given to the next one in turn."""
    came: Callable[[Path, Ending, Path], str]
    """Describes the result of an accepted mutant, from its folder, its outcome and the control's folder."""
    named: str
    """Regular expression for the name in an error."""
    beside: Callable[[Path], None] = lambda folder: None
    """Writes the other files that the commands need."""


@pytest.mark.parametrize("name", ["MP4", "manifest", "checkpoint"])
def test_ten_mutants_of_every_kind_are_used_or_refused(name, tmp_path, record_property):
    _try(name, 10, tmp_path, record_property)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", _NAMES)
def test_two_hundred_mutants_of_every_kind_are_used_or_refused(name, tmp_path, record_property):
    _try(name, 200, tmp_path, record_property)


def _try(name, n_mutants, folder, record_property):
    kind = _KINDS[name](folder)
    seed = [SEED, _NAMES.index(name)]
    controls = [_place(kind, folder / f"control-{k}", kind.data, k) for k in range(len(kind.commands))]
    jobs = [
        _place(kind, folder / f"{k:03d}", kind.mutate(kind.data, np.random.default_rng([*seed, k])), k)
        for k in range(n_mutants)
    ]
    endings = run_mutants(jobs, controls)
    for control in controls:
        assert kind.came(Path(control.folder), _WELL, Path(control.folder))
    counts: Counter[str] = Counter()
    bad = []
    for k, (job, ending) in enumerate(zip(jobs, endings, strict=True)):
        try:
            counts[_judged(kind, job, ending, Path(controls[k % len(controls)].folder))] += 1
        except AssertionError as error:
            what = str(error).partition("\nassert ")[0]
            bad.append(f"{job.folder}: cartoonize {' '.join(job.arguments)}: {what}")
        else:
            shutil.rmtree(job.folder)
    counts.update({"WRONG": len(bad)} if bad else {})
    summary = ", ".join(f"{n} {word}" for word, n in counts.most_common())
    most = f"at most {max(e.seconds for e in endings):.1f} s, {max(e.megabytes for e in endings):.0f} MB"
    record_property("counts", f"{n_mutants} {name}: {summary}; {most}")
    assert not bad, "\n".join(bad)


def _place(kind: Kind, folder: Path, data: bytes, number: int) -> Job:
    folder.mkdir()
    (folder / kind.file).write_bytes(data)
    kind.beside(folder)
    return Job(kind.commands[number % len(kind.commands)], str(folder))


def _judged(kind: Kind, job: Job, ending: Ending, control: Path) -> str:
    """Describe the outcome of a mutant in a few words; raise an error if the outcome is not allowed."""
    assert not ending.late, f"hangs: {_end_of(ending)}"
    assert ending.code >= 0, f"killed by signal {-ending.code}: {_end_of(ending)}"
    for word in ("Traceback", "unexpected error"):
        assert word not in ending.err, _end_of(ending)
    errors = [line for line in ending.err.splitlines() if line.startswith("Error: ")]
    if ending.code == 0:
        assert not errors, errors
        return kind.came(Path(job.folder), ending, control)
    assert ending.code in (1, 2) and len(errors) == 1, f"code {ending.code}: {_end_of(ending)}"
    assert re.search(kind.named, errors[0]), f"names no file: {errors[0][:300]}"
    assert len(errors[0]) < 1500, f"{len(errors[0])} characters: {errors[0][:200]}"
    assert not list(Path(job.folder).glob("out.*")), "a result, though it failed"
    return "refused"


def _end_of(ending: Ending) -> str:
    return ending.err[-1500:] or "no word"


# Films


def _film_kind(name: str, path: Path) -> Kind:
    data, file = path.read_bytes(), f"mutant{path.suffix}"
    marks = [found.start() for found in re.finditer(_MARKS[name], data)]
    color, extract_ = ("colorize", file, "--variant", "grey", "-o", "out.mkv"), ("extract", file)

    def allowed(command: tuple[str, ...]) -> tuple[str, ...]:
        return (*command, "--allow-damaged")

    return Kind(
        file,
        data,
        lambda data, rng: damaged(data, rng, marks),
        (color, allowed(color), color, allowed(color), extract_, allowed(extract_)),
        _came_of_film,
        re.escape(file),
    )


def _came_of_film(folder: Path, ending: Ending, control: Path) -> str:
    times, whole = (_times_in(each) for each in (folder, control))
    assert len(whole) == N_FRAMES
    if _TELLS.search(ending.err):
        return "listed as damaged"
    if len(times) < len(whole) and (folder / "mutant.mpg").exists() and not _has_hole(times, whole):
        return "cut at an end of a program stream"  # it has no length, and may end anywhere
    assert len(times) >= len(whole), f"{len(times)} of {len(whole)} frames, and no word: {_end_of(ending)}"
    return "coloured" if (folder / "out.mkv").exists() else "extracted"


@cache
def _times_in(folder: Path) -> list[float | None]:
    """Return the times of the frames of a result in seconds; None for decoded frames that were not used."""
    if not (folder / "out.mkv").exists():
        (episode,) = Workspace(folder).load().episodes.values()
        base, kept = Fraction(episode.time_base), dict(episode.frames)
        return [float(kept[k] * base) if k in kept else None for k in range(episode.n_decoded)]
    with av.open(str(folder / "out.mkv")) as container:
        return [frame.time for frame in container.decode(video=0)]


def _has_hole(times: list[float | None], whole: list[float | None]) -> bool:
    """Return whether frames are later than the number of frames before them implies."""
    shown = [(k, time) for k, time in enumerate(whole) if time is not None]
    step = (shown[-1][1] - shown[0][1]) / (shown[-1][0] - shown[0][0])
    places = [time / step - k for k, time in enumerate(times) if time is not None]
    return max(places) - places[0] > 0.5


def _mp4(folder):
    return _film_kind("MP4", film(folder / "film.mp4", 1, N_FRAMES, gop=8))


def _mkv(folder):
    return _film_kind("MKV", film(folder / "film.mkv", 1, N_FRAMES, gop=8))


def _mpeg(folder):
    """Write MPEG-2 video and sound into a program stream, as on a DVD."""
    path = folder / "film.mpg"
    with av.open(str(path), "w", format="vob") as out:
        video = out.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt, video.gop_size = 96, 64, "yuv420p", 8
        sound = out.add_stream("mp2", rate=48000)
        for number, picture in enumerate(pictures(1, N_FRAMES)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
            tone = np.zeros((1, 2 * 1920), np.int16)
            part = av.AudioFrame.from_ndarray(tone, "s16", "stereo")
            part.sample_rate, part.pts, part.time_base = 48000, number * 1920, Fraction(1, 48000)
            out.mux(sound.encode(part))
        for stream in (video, sound):
            out.mux(stream.encode(None))
    return _film_kind("MPEG-PS", path)


# Texts


def _text_mutant(text: str, tree: dict, write: Callable[[dict], str], rng: Rng) -> bytes:
    """Return a text with other values, lines that are missing, repeated or moved, or damaged bytes."""
    how = rng.integers(5)
    if how < 3:
        return written(write(changed_tree(tree, rng))).encode()
    if how == 3:
        lines = text.splitlines(keepends=True)
        one, two = rng.integers(len(lines), size=2)
        lines[one : one + rng.integers(0, 3)] = [] if rng.integers(2) else [lines[two]]
        return "".join(lines).encode()
    return damaged(text.encode(), rng)


def _workspace(folder: Path) -> Workspace:
    """Write a small workspace with extracted episodes, a split and the curve of a training."""
    workspace = Workspace(folder / "workspace")
    films = [film(folder / f"e{number}.mkv", number, 8) for number in (1, 2)]
    extract(workspace, films, options=ExtractOptions())
    split(workspace, options=SplitOptions())
    curves = workspace.runs / "tiny" / "curves.json"
    curves.parent.mkdir(parents=True)
    validation = {"update": 1, "seconds": 1.0, "share": 1.0, "loss": 0.1, "ab_error": 50.0}
    curves.write_text(json.dumps({"losses": [0.5], "validations": [validation], "held_out": False}))
    return workspace


def _manifest(folder):
    workspace = _workspace(folder)
    text = workspace.manifest_path.read_text()

    def beside(place: Path) -> None:
        for name in ("frames", "runs"):
            shutil.copytree(workspace.root / name, place / name, copy_function=os.link)

    def came(place: Path, ending: Ending, control: Path) -> str:
        Workspace(place).load()
        assert (place / "reports").exists() == (control / "reports").exists()
        return "used"

    return Kind(
        "manifest.json",
        text.encode(),
        lambda data, rng: _text_mutant(text, json.loads(text), lambda tree: json.dumps(tree, indent=1), rng),
        (("split",), ("report",), ("credits",)),
        came,
        r"manifest\.json|frames/e\d/\d+\.png",
        beside,
    )


def _recipe(folder):
    for number in (1, 2):
        film(folder / f"e{number}.mkv", number, 8)
    tree = {
        "description": "all that is quickly done",
        "parameters": {"sources": ["e1.mkv", "e2.mkv"], "threshold": 20.0, "size": 64, "test": ["e1"]},
        "stage": [
            {"stage": "extract", "sources": "$sources", "threshold": "$threshold", "size": "$size"},
            {"stage": "credits", "trim": 1, "mark": [], "background_share": 0.5},
            {"stage": "split", "test": "$test", "validation": []},
            {
                "stage": "colorize",
                "each": {"method": ["grey"], "kind": ["mkv"]},
                "variants": ["{method}"],
                "crf": 20,
                "preview": 4,
                "output": "out/{method}.{kind}",
            },
            {
                "stage": "compare",
                "videos": ["out/grey.mkv", "e1"],
                "labels": ["grey", "original"],
                "columns": 2,
                "output": "out/both.mkv",
            },
        ],
    }

    def beside(place: Path) -> None:
        for number in (1, 2):
            os.link(folder / f"e{number}.mkv", place / f"e{number}.mkv")

    def came(place: Path, ending: Ending, control: Path) -> str:
        Workspace(place).load()
        return "run"

    text = toml_of(tree)
    return Kind(
        "mutant.toml",
        text.encode(),
        lambda data, rng: _text_mutant(text, tree, toml_of, rng),
        (("run", "mutant.toml"),),
        came,
        r"mutant|^Error: \S+ (does not exist|is a folder|is not a video)",
        beside,
    )


# Checkpoints


def _checkpoint(folder):
    header = {
        "cartoonize": "0.1.0",
        "variant": "tiny",
        "width": 0.125,
        "luminance": "grey",
        "validation": {"loss": 0.1, "ab_error": 50.0},
        "data": {"train": ["e2"], "validation": []},
        "settings": {"variant": "tiny", "width": 0.125},
        "changes": {},
        "encoder": None,
        "n_samples": 6,
    }
    path, source = folder / "model.safetensors", film(folder / "e1.mkv", 1, 8)
    write_checkpoint(path, find_variant("tiny").build(0.125).state_dict(), header)
    data = path.read_bytes()

    def beside(place: Path) -> None:
        (place / "runs" / "tiny").mkdir(parents=True)
        (place / "runs" / "tiny" / path.name).symlink_to(place / "mutant.safetensors")

    def came(place: Path, ending: Ending, control: Path) -> str:
        assert len(_times_in(place)) == len(_times_in(control))
        return "used"

    color = ("colorize", str(source), "--refine", "none", "-o", "out.mkv")
    return Kind(
        "mutant.safetensors",
        data,
        changed_checkpoint,
        ((*color, "--checkpoint", "mutant.safetensors"), color),
        came,
        r"mutant\.safetensors|runs/tiny/model\.safetensors",
        beside,
    )


_KINDS: dict[str, Callable[[Path], Kind]] = {
    "MP4": _mp4,
    "MKV": _mkv,
    "MPEG-PS": _mpeg,
    "manifest": _manifest,
    "recipe": _recipe,
    "checkpoint": _checkpoint,
}
