"""Evidence file: the painted colours and the memory with which a film was coloured last.

It is beside the cached shots of the film. With it, one shot can be coloured again without looking for
references in the film.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cartoonize.annotations.hints import ColorHints
from cartoonize.atomic import make_folder, replacing
from cartoonize.errors import OutputError
from cartoonize.tracking.memory import Memory

_NAME = "evidence.npz"

#: Optional masks of hints. Pins are not kept: they are in a file of their own.
_MASKS = ("exact", "unsure")


@dataclass(frozen=True)
class SavedEvidence:
    """What was known of the colours of a film, without pins."""

    painted: Mapping[int, ColorHints] = field(default_factory=dict)
    """Colours of references and scribbles, by the index of their frame."""
    memory: Memory = field(default_factory=Memory)
    """Predictions for regions with known colours, for the film."""
    recognises: bool = True
    """True if networks predict: only by their predictions are things recognised elsewhere."""


def write_evidence(folder: Path, evidence: SavedEvidence) -> None:
    """Write the evidence of a film beside its cached shots. Without any, remove the file.

    If this fails, nothing is lost: corrections take longer.
    """
    path = folder / _NAME
    arrays: dict[str, NDArray[Any]] = {f"memory_{n}": a for n, a in evidence.memory.arrays().items()}
    arrays["recognises"] = np.array(evidence.recognises)
    for index, hints in evidence.painted.items():
        arrays |= {f"ab_{index}": hints.ab, f"confidence_{index}": hints.confidence}
        masks = {f"{name}_{index}": getattr(hints, name) for name in _MASKS}
        arrays |= {name: mask for name, mask in masks.items() if mask is not None}
    with suppress(OutputError, OSError):
        if evidence.recognises and not evidence.painted and not len(evidence.memory):
            path.unlink(missing_ok=True)
            return
        make_folder(folder)
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_evidence(folder: Path) -> SavedEvidence | None:
    """Read the evidence of a film; empty if there was none, None if the file is damaged."""
    path = folder / _NAME
    if not path.exists():
        return SavedEvidence()
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        memory = {name.removeprefix("memory_"): a for name, a in arrays.items() if name.startswith("memory_")}
        painted = {}
        for name, ab in arrays.items():
            if name.startswith("ab_"):
                index = name.removeprefix("ab_")
                masks = {mask: arrays.get(f"{mask}_{index}") for mask in _MASKS}
                painted[int(index)] = ColorHints(ab, arrays[f"confidence_{index}"], **masks)
        return SavedEvidence(painted, Memory.of(memory), bool(arrays.get("recognises", True)))
    except (OSError, ValueError, KeyError, SyntaxError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None
