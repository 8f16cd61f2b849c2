"""Colorize: every member predicts the chroma of every drawing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cartoonize.color.lab import lightness_on_grid
from cartoonize.devices import PRECISIONS
from cartoonize.errors import CartoonizeError, UsageError
from cartoonize.frames import COLOR_SIZE, Frame, Place
from cartoonize.methods.member import Member
from cartoonize.methods.variant import Variant
from cartoonize.prefetch import map_parallel

if TYPE_CHECKING:
    import torch

#: Part of the keys of cached shots. Raise it when the same input yields other colours.
VERSION = 1

DECODINGS = ("expectation", "mode", "sample", "annealed")
COMBINATIONS = ("mean", "histogram-max", "probability")
#: What is added to frames.
Layer = Literal["ab", "histogram"]
Predict = Callable[[Sequence[Frame], Sequence[Place]], list[NDArray[np.float32]]]

#: Unique drawings that go through a network together, by device. A core is nearly as fast with one.
BATCH = {"cpu": 4, "cuda": 16}
#: Frames that may wait for them.
LOOKAHEAD = 24
#: Cells along each side of the grid on which colours are told as histograms.
_MOST_CELLS = 64
#: Batches under way at once on CPUs with more cores, where memory would be the limit.
MOST_BATCHES = 16


@dataclass(frozen=True)
class PredictOptions:
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


def predict_frames(
    frames: Iterable[Frame], members: Sequence[Member], *, options: PredictOptions, layer: Layer = "ab"
) -> Iterator[Frame]:
    """Add ``ab`` (members, 256, 256, 2) or ``histogram`` to frames; a held drawing is predicted once.

    Frames go through the networks in batches of a few new drawings (`BATCH`), at most `LOOKAHEAD` frames. The
    batches of a shot do not depend on the shots around it. With a combination of histograms there is one
    ``ab`` for all members.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` numbers; with ``rgb`` if a member uses CIE L of the coloured picture.
    members : sequence of Member
        On the device that they run on; at least one.
    options : PredictOptions
        Decoding, combination, device.
    layer : {"ab", "histogram"}
        Colours; or one histogram for all members: their mean, or the maximum with ``combine``.

    Raises
    ------
    UsageError
        If histograms are to be combined and a member has none.
    """
    parts = batches(frames, size=batch_size(options.device))
    return predict_batches(parts, members, options=options, layer=layer)


def predict_batches(
    parts: Iterable[Batch], members: Sequence[Member], *, options: PredictOptions, layer: Layer = "ab"
) -> Iterator[Frame]:
    """Yield the frames of batches as `predict_frames` does. One batch more is taken than is worked on."""
    check_members([member.variant for member in members], options)
    colors: dict[int, NDArray[np.float32]] = {}
    for batch, new in color_batches(parts, members, options=options, layer=layer):
        colors |= new
        for frame in batch.frames:
            yield frame.having(**{layer: colors[frame.drawing]})
        last = batch.frames[-1].drawing  # only the last drawing can go on in the next batch
        colors = {last: colors[last]}


@dataclass(frozen=True)
class Batch:
    """Successive frames of one shot whose new drawings go through the networks together."""

    frames: list[Frame]
    new: list[Frame]
    """The first frames of drawings that no batch before had; may be empty."""
    shot_start: int
    """Index of the first frame of the shot."""


def batch_size(device: str) -> int:
    """Return how many new drawings go through the networks together on a device of `DEVICES`."""
    from cartoonize.devices import pick_device

    return BATCH[pick_device(device).type]


def batches_at_once(device: str) -> int:
    """Return how many batches are under way together on a device of `DEVICES`."""
    import torch

    from cartoonize.devices import pick_device

    return min(torch.get_num_threads(), MOST_BATCHES) if pick_device(device).type == "cpu" else 1


def batches(frames: Iterable[Frame], *, size: int) -> Iterator[Batch]:
    """Part frames, in order, where ``size`` new drawings or `LOOKAHEAD` frames have come, and at cuts.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    size : int
        New drawings of a batch, at most.
    """
    waiting: list[Frame] = []
    new: list[Frame] = []
    shot_start, last_drawing = 0, None
    for frame in frames:
        cut = bool(waiting) and frame.shot != waiting[-1].shot
        is_new = frame.drawing != last_drawing
        if cut or len(waiting) == LOOKAHEAD or (is_new and len(new) == size):
            yield Batch(waiting, new, shot_start)
            waiting, new = [], []
        if cut or last_drawing is None:
            shot_start = frame.index
        if is_new:
            new.append(frame)
        waiting.append(frame)
        last_drawing = frame.drawing
    if waiting:
        yield Batch(waiting, new, shot_start)


def check_members(variants: Sequence[Variant], options: PredictOptions) -> None:
    """Raise `UsageError` if members of these variants cannot be combined as asked."""
    if not variants:
        raise UsageError("nothing to colour with", "Train a variant first: `cartoonize train`.")
    without = [variant.name for variant in variants if variant.output != "histogram"]
    if options.combine != "mean" and without:
        raise UsageError(
            f"--combine {options.combine} needs histograms, and {', '.join(without)} has none",
            "Leave it out, or use --combine mean.",
        )


def lightness_of(frame: Frame, luminance: str) -> NDArray[np.float32]:
    """Return CIE L (256, 256), 0..100, of the black-and-white or (``"cielab"``) of the coloured picture.

    A frame without colour has only the former.
    """
    return lightness_on_grid(frame.looked_at(luminance), COLOR_SIZE, COLOR_SIZE)


def color_batches(
    batches: Iterable[Batch], members: Sequence[Member], *, options: PredictOptions, layer: Layer = "ab"
) -> Generator[tuple[Batch, dict[int, NDArray[np.float32]]]]:
    """Colour the new drawings of batches, several batches at once.

    Every core works on a batch of its own. That is faster than many cores on one, which wait for each other
    at every layer, above all where decoding and encoding take their turns; and colours do not depend on how
    many cores there are, as sums do that are shared out. On a GPU it is one batch after the other.

    Yields
    ------
    Batch
        In the order in which they come.
    dict of int to ndarray of float32
        By drawing, in order: ab (members, 256, 256, 2), or (1, 256, 256, 2) of combined histograms; or those
        histograms themselves, (313, h, w).

    Raises
    ------
    CartoonizeError
        If memory is too small for one drawing.
    """
    import torch

    predict = _predict if layer == "ab" else _histograms
    predict_some = as_memory_allows(lambda new, places: predict(new, places, members, options))

    def color(batch: Batch) -> tuple[Batch, dict[int, NDArray[np.float32]]]:
        places = [Place(frame.index, batch.shot_start, frame.background) for frame in batch.new]
        predicted = predict_some(batch.new, places)
        return batch, {frame.drawing: ab for frame, ab in zip(batch.new, predicted, strict=True)}

    n_threads, n_at_once = torch.get_num_threads(), batches_at_once(options.device)
    try:
        yield from map_parallel(color, batches, n_threads=n_at_once, begin=lambda: torch.set_num_threads(1))
    finally:
        torch.set_num_threads(n_threads)  # the number is a thread's own, but also that of threads to come


def as_memory_allows(predict: Predict) -> Predict:
    """Return a function that does what ``predict`` does, in smaller batches if memory is too small for all.

    Raises
    ------
    CartoonizeError
        When called, if memory is too small for one frame.
    """
    from cartoonize.devices import free_memory, is_out_of_memory

    most = 1 << 30

    def predict_some(frames: Sequence[Frame], places: Sequence[Place]) -> list[NDArray[np.float32]]:
        nonlocal most
        predicted: list[NDArray[np.float32]] = []
        while len(predicted) < len(frames):
            part = slice(len(predicted), len(predicted) + most)
            n = len(frames[part])
            try:
                predicted += predict(frames[part], places[part])
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if n == 1:
                    raise CartoonizeError(
                        f"frame {frames[part][0].index}: memory is too small to colour one picture",
                        "Use --device cpu, or fewer or smaller networks at once.",
                    ) from error
                most = n // 2
            else:
                continue
            free_memory()  # now that the error and what it held on to are gone
        return predicted

    return predict_some


def _histograms(
    frames: Sequence[Frame], places: Sequence[Place], members: Sequence[Member], options: PredictOptions
) -> list[NDArray[np.float32]]:
    """Return the combined histogram (313, h, w) of all members for every frame, on the first member's grid.

    Colours of members without histograms are softly encoded.
    """
    inputs: dict[str, torch.Tensor] = {}
    predictions = (_member_prediction(m, frames, places, inputs, options) for m in members)
    combined = _combined(map(_as_histogram, predictions), options)
    return list(combined.cpu().numpy())


def _as_histogram(prediction: torch.Tensor) -> torch.Tensor:
    """Encode colours (n, 2, h, w) softly, on at most 64 x 64 cells; leave histograms as they are."""
    import torch

    from cartoonize.color.bins import N_BINS, soft_histogram

    if prediction.shape[1] == N_BINS:
        return prediction
    size = [min(side, _MOST_CELLS) for side in prediction.shape[2:]]
    ab = torch.nn.functional.interpolate(prediction, size=size, mode="area")
    return soft_histogram(ab.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _combined(histograms: Iterable[torch.Tensor], options: PredictOptions) -> torch.Tensor:
    """Return the mean or the maximum of histograms (n, 313, h, w), on the grid of the first, summing to 1."""
    import torch

    rest = iter(histograms)
    combined = next(rest)
    for other in rest:
        if other.shape != combined.shape:
            other = torch.nn.functional.interpolate(other, size=combined.shape[2:], mode="bilinear")
        combined = combined.maximum(other) if options.combine == "histogram-max" else combined + other
    return combined / combined.sum(1, keepdim=True)


def _predict(
    frames: Sequence[Frame], places: Sequence[Place], members: Sequence[Member], options: PredictOptions
) -> list[NDArray[np.float32]]:
    """Return ab (members, 256, 256, 2), or (1, 256, 256, 2) of combined histograms, for every frame."""
    inputs: dict[str, torch.Tensor] = {}
    predictions = [_member_prediction(m, frames, places, inputs, options) for m in members]
    if options.combine == "mean":
        per_member = [_to_ab(p, m, frames, options) for m, p in zip(members, predictions, strict=True)]
        return list(np.stack(per_member, 1))
    combined = _combined(predictions, options)
    decoding = "mode" if options.combine == "histogram-max" else options.decode
    return list(_enlarge(_decode(combined, frames, decoding, options.seed))[:, None])


def _member_prediction(
    member: Member,
    frames: Sequence[Frame],
    places: Sequence[Place],
    inputs: dict[str, torch.Tensor],
    options: PredictOptions,
) -> torch.Tensor:
    import torch

    from cartoonize.devices import pick_device

    if member.luminance not in inputs:
        stacked = np.stack([lightness_of(frame, member.luminance) for frame in frames])
        inputs[member.luminance] = torch.from_numpy(stacked).to(pick_device(options.device))
    return member.predict(inputs[member.luminance], places=places)


def _to_ab(
    prediction: torch.Tensor, member: Member, frames: Sequence[Frame], options: PredictOptions
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
