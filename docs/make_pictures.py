"""Make the pictures of the documentation from films that the program coloured.

python docs/make_pictures.py demo demo              docs/pictures/demo.png, from the folder of `make demo`
python docs/make_pictures.py tutorials FOLDER       the tutorials' pictures; FOLDER was written by
    CARTOONIZE_TUTORIALS=FOLDER python -m pytest -m slow tests/docs/test_tutorials.py
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
Picture = NDArray[np.uint8]
#: Height of a pane in pixels, height of its label, and space between panes.
_HEIGHT, _LABEL, _GAP = 240, 30, 6
_PAPER, _INK = (255, 255, 255), (43, 37, 35)


@dataclass(frozen=True)
class Pane:
    """A picture with a label below it."""

    label: str
    picture: Picture
    """(height, width, 3) uint8, sRGB."""


def frame_of(film: Path, number: int) -> Picture:
    """Return a frame of a film by its number, in sRGB."""
    with av.open(str(film)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == number:
                return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    raise ValueError(f"{film} has no frame {number}")


def write_row(path: Path, rows: Sequence[Sequence[Pane]], height: int = _HEIGHT) -> None:
    """Write rows of panes as one PNG file of 256 colours, which suffice for drawings."""
    drawn = [_join([_drawn(pane, height) for pane in row], axis=1) for row in rows]
    picture = _join(drawn, axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {picture.shape[1]}x{picture.shape[0]}, {path.stat().st_size / 1000:.0f} kB")


def _drawn(pane: Pane, height: int) -> Picture:
    """Return the picture at a height, with its label below."""
    width = round(pane.picture.shape[1] * height / pane.picture.shape[0])
    small = cv2.resize(pane.picture, (width, height), interpolation=cv2.INTER_AREA)
    if not pane.label:
        return np.asarray(small, np.uint8)
    label = np.full((_LABEL, width, 3), _PAPER, np.uint8)
    face, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.55
    (across, _), _ = cv2.getTextSize(pane.label, face, scale, 1)
    at = ((width - across) // 2, _LABEL - 10)
    cv2.putText(label, pane.label, at, face, scale, _INK, 1, cv2.LINE_AA)
    return np.concatenate([np.asarray(small, np.uint8), label])


def _join(pictures: Sequence[Picture], axis: int) -> Picture:
    """Join pictures with white space between them."""
    other = 1 - axis
    size = max(picture.shape[other] for picture in pictures)
    parts: list[Picture] = []
    for picture in pictures:
        missing = size - picture.shape[other]
        pad = [(0, 0)] * 3
        pad[other] = (missing // 2, missing - missing // 2)
        gap = list(picture.shape)
        gap[axis], gap[other] = _GAP, size
        parts += [np.full(gap, 255, np.uint8), np.pad(picture, pad, constant_values=255)]
    return np.concatenate(parts[1:], axis=axis)


def four(
    path: Path, films: Sequence[tuple[str, Path]], numbers: Sequence[int], height: int = _HEIGHT
) -> None:
    """Write the same frames of films side by side."""
    write_row(
        path,
        [
            [Pane(label if number == numbers[-1] else "", frame_of(film, number)) for label, film in films]
            for number in numbers
        ],
        height,
    )


def typical_frames(scores: Sequence[Path], original: Path, n: int) -> list[int]:
    """Return a typical frame of each n-th of a film: not dark, and with scores near the means."""
    distance = np.zeros(1)
    for path in scores:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        values = np.array([line["ciede2000"] for line in lines if line["kind"] == "frame"], float)
        distance = distance + np.abs(values - values.mean()) / (values.std() + 1e-6)
    with av.open(str(original)) as container:
        grey = np.array([frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)])
    distance[grey < 0.8 * np.median(grey)] = np.inf  # fades
    parts = np.array_split(np.arange(len(distance)), n)
    return [int(part[np.argmin(distance[part])]) for part in parts]


def demo(folder: Path) -> None:
    """Draw the picture at the head of the README: typical frames of the demo's held-out episode."""
    out, scores = folder / "out", folder / "reports" / "scores"
    found = [sorted(scores.rglob(f"{name}.jsonl"))[0] for name in ("automatic", "painted")]
    films = [
        ("black and white", out / "grey.mp4"),
        ("coloured automatically", out / "automatic.mp4"),
        ("with painted frames", out / "painted.mp4"),
        ("original", folder / "series" / "episode1.mkv"),
    ]
    numbers = typical_frames(found, films[-1][1], 2)
    four(PICTURES / "demo.png", films, numbers, 180)


def tutorials(folder: Path) -> None:
    """Draw the pictures of the tutorials."""
    artist(folder / "artist")
    restorer(folder / "restorer")
    researcher(folder / "researcher")


def artist(folder: Path) -> None:
    """Draw suggested, painted and coloured frames."""
    suggested = json.loads((folder / "work" / "references" / "film" / "suggestions.json").read_text())
    numbers = sorted(picture["frame"] for picture in suggested["pictures"])
    seconds = [f"{number / 24:.1f} s" for number in numbers]
    film, original, colored = folder / "film.mkv", folder / "drawn" / "episode1.mkv", folder / "coloured.mp4"
    for name, source in (("suggested", film), ("painted", original)):
        panes = [
            Pane(second, frame_of(source, number)) for number, second in zip(numbers, seconds, strict=True)
        ]
        write_row(PICTURES / f"artist-{name}.png", [panes], 130)
    between = [_lightest(colored, *pair) for pair in zip(numbers, numbers[1:], strict=False)]
    panes = [Pane(f"{number / 24:.1f} s", frame_of(colored, number)) for number in between]
    write_row(PICTURES / "artist-result.png", [panes], 135)


def _lightest(film: Path, first: int, second: int) -> int:
    """Return a frame between two others that is not in a fade to black: the lightest of three."""
    some = [first + (second - first) * k // 4 for k in (1, 2, 3)]
    return max(some, key=lambda number: float(frame_of(film, number).mean()))


def restorer(folder: Path) -> None:
    """Draw grey, automatic and corrected frames, and the painted ones."""
    work = folder / "work"
    suggested = json.loads((work / "references" / "pilot" / "suggestions.json").read_text())["pictures"][:4]
    grey, original = folder / "grey" / "pilot.mkv", folder / "drawn" / "episode1.mkv"
    rows = [[Pane("", frame_of(film, s["frame"])) for s in suggested] for film in (grey, original)]
    write_row(PICTURES / "restorer-painted.png", rows, 150)
    films = [
        ("black and white", grey),
        ("coloured automatically", folder / "automatic.mp4"),
        ("with painted frames", work / "out" / "coloured" / "pilot.mp4"),
        ("original", original),
    ]
    four(PICTURES / "restorer.png", films, [suggested[0]["frame"] + 6, suggested[1]["frame"] + 6], 160)


def researcher(folder: Path) -> None:
    """Take a picture of the head of the comparison page, with the installed Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        page = browser.new_page(viewport={"width": 1000, "height": 700})
        page.goto((folder / "comparison.html").resolve().as_uri())
        page.wait_for_timeout(800)
        page.screenshot(path=str(PICTURES / "researcher-comparison.png"))
        browser.close()


if __name__ == "__main__":
    {"demo": demo, "tutorials": tutorials}[sys.argv[1]](Path(sys.argv[2]))
