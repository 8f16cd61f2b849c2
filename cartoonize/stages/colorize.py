"""Colorize: every member predicts the chroma of every drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import lightness_on_grid
from cartoonize.devices import PRECISIONS
from cartoonize.errors import UsageError
from cartoonize.frames import COLOR_SIZE, Frame, Place
from cartoonize.variants import Member

if TYPE_CHECKING:
    import torch

DECODINGS = ("expectation", "mode", "sample", "annealed")
COMBINATIONS = ("mean", "histogram-max", "probability")

#: Unique drawings that go through a network together, by device. A CPU is as fast with one.
BATCH = {"cpu": 4, "cuda": 16}
#: Frames that may wait for them.
LOOKAHEAD = 48


@dataclass(frozen=True)
class ColorizeOptions:
    """How predictions become colours."""

    decode: str = "expectation"
    """From histogram to colour (thesis 5.2): ``expectation``, ``mode``, ``sample`` or ``annealed``."""
    combine: str = "mean"
    """``mean``: of the members' colours in Lab; ``histogram-max``: the bin of highest confidence in any
    member; ``probability``: the mean of their histograms, then ``decode``."""
    seed: int = 0
    """Of ``sample``."""
    device: str = "auto"
    precision: str = "auto"
    """``bfloat16``, ``float32``, or whichever the device has hardware for."""
    compile: bool = False
    """Let ``torch.compile`` make machine code of the networks first."""

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("decoding", self.decode, DECODINGS),
            ("combination", self.combine, COMBINATIONS),
            ("precision", self.precision, PRECISIONS),
        ):
            if value not in known:
                raise UsageError(f"unknown {kind} {value!r}", f"Known: {', '.join(known)}")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"seed {self.seed} is not in 0..{2**32 - 1}", "Give another number.")


def colorize_frames(
    frames: Iterable[Frame], members: Sequence[Member], *, options: ColorizeOptions
) -> Iterator[Frame]:
    """Add ``ab`` (members, 256, 256, 2) to frames; a held drawing is computed once.

    Looks ahead until a few new drawings (`BATCH`), `LOOKAHEAD` frames or a cut have come: the batches of a
    shot do not depend on the shots around it. With a combination of histograms there is one ``ab`` for all
    members.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` numbers; with ``rgb`` where a member looks at CIE L of the coloured picture.
    members : sequence of Member
        On the device that they run on; at least one.
    options : ColorizeOptions

    Raises
    ------
    UsageError
        If histograms are to be combined and a member has none.
    """
    from cartoonize.devices import pick_device

    check_members(members, options)
    batch_size = BATCH[pick_device(options.device).type]
    colors: dict[int, NDArray[np.float32]] = {}
    waiting: list[Frame] = []
    new: list[Frame] = []
    shot_starts: dict[int, int] = {}

    def flush() -> Iterator[Frame]:
        nonlocal colors
        if new:
            places = [Place(f.index, shot_starts[f.shot]) for f in new]
            predicted = _predict(new, places, members, options)
            colors |= {f.drawing: ab for f, ab in zip(new, predicted, strict=True)}
        for frame in waiting:
            yield frame.having(ab=colors[frame.drawing])
        # Only the last drawing can go on in the next batch.
        colors = {waiting[-1].drawing: colors[waiting[-1].drawing]} if waiting else {}
        waiting.clear()
        new.clear()

    for frame in frames:
        shot_starts.setdefault(frame.shot, frame.index)
        is_new = frame.drawing not in colors and all(f.drawing != frame.drawing for f in new)
        cut = bool(waiting) and frame.shot != waiting[-1].shot
        if cut or len(waiting) == LOOKAHEAD or (is_new and len(new) == batch_size):
            yield from flush()
        if is_new:
            new.append(frame)
        waiting.append(frame)
    yield from flush()


def check_members(members: Sequence[Member], options: ColorizeOptions) -> None:
    """Raise `UsageError` if these members cannot be combined as asked."""
    if not members:
        raise UsageError("nothing to colour with", "Train a variant first: `cartoonize train`.")
    without = [m.name for m in members if m.variant.output != "histogram"]
    if options.combine != "mean" and without:
        raise UsageError(
            f"--combine {options.combine} needs histograms, and {', '.join(without)} has none",
            "Leave it out, or use --combine mean.",
        )


def lightness_of(frame: Frame, luminance: str) -> NDArray[np.float32]:
    """Return CIE L (256, 256), 0..100, of the black-and-white or (``"cielab"``) of the coloured picture.

    A frame without colour has only the former.
    """
    picture = frame.rgb if luminance == "cielab" and frame.rgb is not None else frame.grey
    return lightness_on_grid(picture, COLOR_SIZE, COLOR_SIZE)


def _predict(
    frames: Sequence[Frame], places: Sequence[Place], members: Sequence[Member], options: ColorizeOptions
) -> list[NDArray[np.float32]]:
    """Return ab (members, 256, 256, 2), or (1, 256, 256, 2) of combined histograms, for every frame."""
    inputs: dict[str, torch.Tensor] = {}
    predictions = [_member_prediction(m, frames, places, inputs, options) for m in members]
    if options.combine == "mean":
        per_member = [_to_ab(p, m, frames, options) for m, p in zip(members, predictions, strict=True)]
        return list(np.stack(per_member, 1))
    combined = predictions[0]
    for prediction in predictions[1:]:
        combined = (
            combined.maximum(prediction) if options.combine == "histogram-max" else combined + prediction
        )
    combined = combined / combined.sum(1, keepdim=True)
    decoding = "mode" if options.combine == "histogram-max" else options.decode
    return list(_enlarge(_decode(combined, frames, decoding, options.seed))[:, None])


def _member_prediction(
    member: Member,
    frames: Sequence[Frame],
    places: Sequence[Place],
    inputs: dict[str, torch.Tensor],
    options: ColorizeOptions,
) -> torch.Tensor:
    import torch

    from cartoonize.devices import pick_device

    if member.luminance not in inputs:
        stacked = np.stack([lightness_of(frame, member.luminance) for frame in frames])
        inputs[member.luminance] = torch.from_numpy(stacked).to(pick_device(options.device))
    return member.predict(inputs[member.luminance], places=places)


def _to_ab(
    prediction: torch.Tensor, member: Member, frames: Sequence[Frame], options: ColorizeOptions
) -> NDArray[np.float32]:
    if member.variant.output == "histogram":
        prediction = _decode(prediction, frames, options.decode, options.seed)
    return _enlarge(prediction)


def _decode(histogram: torch.Tensor, frames: Sequence[Frame], decoding: str, seed: int) -> torch.Tensor:
    import torch

    from cartoonize.color.bins import decode

    if decoding != "sample":
        return decode(histogram, decoding)
    # One draw per drawing, seeded by its place: the same whatever the batches were.
    parts = [decode(histogram[k : k + 1], decoding, seed=seed + f.index) for k, f in enumerate(frames)]
    return torch.cat(parts)


def _enlarge(ab: torch.Tensor) -> NDArray[np.float32]:
    from cartoonize.refine.upsample import upsample_spline

    array = ab.cpu().numpy()
    if array.shape[2:] == (COLOR_SIZE, COLOR_SIZE):
        return np.ascontiguousarray(np.moveaxis(array, 1, -1))
    return upsample_spline(array, COLOR_SIZE, COLOR_SIZE)
