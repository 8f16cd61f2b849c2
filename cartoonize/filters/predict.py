"""Predict: every member of an ensemble predicts the colours of every drawing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
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

DECODINGS = ("expectation", "mode", "sample", "annealed", "hue-chroma")
COMBINATIONS = ("mean", "histogram-max", "probability")
#: Layers in which predictions are stored.
Layer = Literal["ab", "histogram"]
Predict = Callable[[Sequence[Frame], Sequence[Place]], list[NDArray[np.float32]]]

#: Unique drawings in a batch, by device. A CPU core is nearly as fast with one.
BATCH = {"cpu": 4, "cuda": 16}
#: Largest number of frames in a batch.
LOOKAHEAD = 24
#: Largest number of cells along each side of the grid on which colours become histograms.
_MAX_CELLS = 64
#: Largest number of batches that are computed at once, by device of the networks. It limits memory. While a
#: GPU computes one batch, the CPU prepares another one, or finds its regions.
MAX_BATCHES_AT_ONCE = {"cpu": 16, "cuda": 4}


@dataclass(frozen=True)
class PredictOptions:
    """Options of networks, and of the conversion of their predictions to colours."""

    decode: str = "expectation"
    """Conversion of a histogram to a colour: ``expectation``, ``mode`` or ``sample`` (thesis 5.2),
    ``annealed`` (Zhang et al. 2016) or ``hue-chroma`` (Larsson et al. 2016)."""
    combine: str = "mean"
    """``mean``: average the colours of the members in CIELAB; ``histogram-max``: take the bin with the
    highest probability in any member; ``probability``: average the histograms of the members, then
    ``decode``."""
    histogram: tuple[float, ...] = ()
    """Share of each of the 313 bins in every picture, see `cartoonize.color.histogram_transfer`. Predicted
    histograms are changed to have this mean. Empty to leave them as they are."""
    seed: int = 0
    """Seed of ``sample``, 0..2^32 - 1."""
    device: str = "auto"
    """``cpu``, ``cuda``, or ``auto`` for CUDA if it is available."""
    precision: str = "auto"
    """``float32``, ``bfloat16``, ``float16`` or ``auto``, as in `cartoonize.devices.pick_dtype`."""
    compile: bool = False
    """Compile the networks with ``torch.compile`` first."""

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("decoding", self.decode, DECODINGS),
            ("combination", self.combine, COMBINATIONS),
            ("precision", self.precision, PRECISIONS),
        ):
            if value not in known:
                raise UsageError(f"unknown {kind} {value!r}", f"Known: {', '.join(known)}")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"seed must be 0 to {2**32 - 1}, got {self.seed}", "Use another number.")


def predict_frames(
    frames: Iterable[Frame], members: Sequence[Member], *, options: PredictOptions, layer: Layer = "ab"
) -> Iterator[Frame]:
    """Add ``ab`` or ``histogram`` to frames. A held drawing is predicted once.

    Networks run on batches of at most `BATCH` new drawings and `LOOKAHEAD` frames. The batches of a shot do
    not depend on other shots.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers; with ``rgb`` if a member uses CIE L of the coloured picture.
    members : sequence of Member
        At least one, all on the device of the options.
    options : PredictOptions
        Decoding, combination, device.
    layer : {"ab", "histogram"}
        ``"ab"``: colours, (members, 256, 256, 2), or (1, 256, 256, 2) if histograms are combined.
        ``"histogram"``: one histogram for all members, (313, h, w): their mean, or their maximum with
        ``combine="histogram-max"``; and ``descriptors`` (n, h, w) if a member describes regions.

    Raises
    ------
    UsageError
        If there is no member, or the options combine histograms and a member does not predict any.
    """
    grouped = batches(frames, size=batch_size(options.device))
    return predict_batches(grouped, members, options=options, layer=layer)


def predict_batches(
    grouped: Iterable[Batch],
    members: Sequence[Member],
    *,
    options: PredictOptions,
    layer: Layer = "ab",
    threads: NetworkThreads | None = None,
) -> Iterator[Frame]:
    """Yield the frames of batches, with predictions as in `predict_frames`.

    One batch is read ahead of the batches that are being computed. See `color_batches` for ``threads``.
    """
    check_members([member.variant for member in members], options)
    predicted: dict[int, NDArray[np.float32]] = {}
    for batch, new in color_batches(grouped, members, options=options, layer=layer, threads=threads):
        predicted |= new
        for frame in batch.frames:
            yield _with_layer(frame, layer, predicted[frame.drawing])
        last = batch.frames[-1].drawing  # only the last drawing can continue in the next batch
        predicted = {last: predicted[last]}


def _with_layer(frame: Frame, layer: Layer, predicted: NDArray[np.float32]) -> Frame:
    """Return a frame with its prediction. Channels after those of a histogram are descriptors."""
    from cartoonize.color.bins import N_BINS

    if layer == "ab":
        return frame.having(ab=predicted)
    descriptors = predicted[N_BINS:] if len(predicted) > N_BINS else None
    return frame.having(histogram=predicted[:N_BINS], descriptors=descriptors)


@dataclass(frozen=True)
class Batch:
    """Successive frames of one shot, whose new drawings go through the networks together."""

    frames: list[Frame]
    """All frames of the batch, in order."""
    new: list[Frame]
    """First frames of the drawings that begin in this batch; may be empty."""
    shot_start: int
    """Index of the first frame of the shot."""


def batch_size(device: str) -> int:
    """Return the largest number of new drawings in a batch, for a device name as in `pick_device`."""
    from cartoonize.devices import pick_device

    return BATCH[pick_device(device).type]


def batches_at_once(device: str, variants: Iterable[Variant]) -> int:
    """Return the number of batches that are computed at once.

    Parameters
    ----------
    device : str
        Device of the networks, as in `pick_device`.
    variants : iterable of Variant
        Methods of the ensemble. A method that is not a network always computes on the CPU.
    """
    import torch

    from cartoonize.devices import pick_device

    has_network = any(variant.kind == "network" for variant in variants)
    where = pick_device(device).type if has_network else "cpu"
    return min(torch.get_num_threads(), MAX_BATCHES_AT_ONCE[where])


@dataclass(frozen=True)
class NetworkThreads:
    """Threads in which networks run, one batch in each."""

    pool: ThreadPoolExecutor
    n_at_once: int
    """Number of batches that are computed at the same time."""


@contextmanager
def network_threads(device: str, variants: Iterable[Variant]) -> Iterator[NetworkThreads]:
    """Start threads for networks, and end them after the block.

    Calls that overlap, such as those for successive shots, share them: they take less memory than threads of
    their own, and torch's number of threads, which is one for each while they run, is set back only once.

    Parameters
    ----------
    device, variants
        As in `batches_at_once`.
    """
    import torch

    n_threads, n_at_once = torch.get_num_threads(), batches_at_once(device, variants)
    pool = ThreadPoolExecutor(n_at_once, initializer=lambda: torch.set_num_threads(1))
    try:
        yield NetworkThreads(pool, n_at_once)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(n_threads)  # a call in any thread also changes the default of new threads


def batches(frames: Iterable[Frame], *, size: int) -> Iterator[Batch]:
    """Group frames, in order. A batch ends after ``size`` new drawings or `LOOKAHEAD` frames, and at cuts.

    Parameters
    ----------
    frames : iterable of Frame
        With ``drawing`` and ``shot`` numbers.
    size : int
        Largest number of new drawings in a batch.
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
    """Raise `UsageError` if there is no variant, or the variants cannot be combined as in the options."""
    if not variants:
        raise UsageError("there is no method to colour with", "Train a variant first: `cartoonize train`.")
    without = [variant.name for variant in variants if variant.output != "histogram"]
    if options.combine != "mean" and without:
        raise UsageError(
            f"--combine {options.combine} requires histograms, which {', '.join(without)} does not predict",
            f"Leave out {', '.join(without)}, or use --combine mean.",
        )
    if options.histogram and without:
        raise UsageError(
            f"--histogram-from requires histograms, which {', '.join(without)} does not predict",
            f"Leave out {', '.join(without)} or --histogram-from.",
        )


def lightness_of(frame: Frame, luminance: str) -> NDArray[np.float32]:
    """Return CIE L (256, 256), 0..100, of the picture of a frame; see `Frame.picture` for ``luminance``."""
    return lightness_on_grid(frame.picture(luminance), COLOR_SIZE, COLOR_SIZE)


def color_batches(
    grouped: Iterable[Batch],
    members: Sequence[Member],
    *,
    options: PredictOptions,
    layer: Layer = "ab",
    threads: NetworkThreads | None = None,
) -> Generator[tuple[Batch, dict[int, NDArray[np.float32]]]]:
    """Predict the new drawings of batches, several batches at once.

    On a CPU, each core computes a batch of its own. This is faster than several cores on one batch, which
    wait for each other at every layer, above all while decoder and encoder need the cores as well. The
    colours do not depend on the number of cores, because no sum is divided among them. A GPU gets the batches
    of a few threads.

    Parameters
    ----------
    grouped : iterable of Batch
        Batches, in order.
    members : sequence of Member
        Members, on the device of the options.
    options : PredictOptions
        Combination, decoding and device.
    layer : {"ab", "histogram"}
        Colours, or histograms.
    threads : NetworkThreads, optional
        Threads of an outer call; default: threads of its own. Calls that overlap must share threads.

    Yields
    ------
    Batch
        The batches, in order.
    dict of int to float32 array
        Predictions of its new drawings, by drawing number, in the shapes of `predict_frames`. Descriptors
        follow the bins of histograms.

    Raises
    ------
    CartoonizeError
        If memory is too small for one drawing.
    """
    predict = _colors if layer == "ab" else _histograms
    predict_some = as_memory_allows(lambda new, places: predict(new, places, members, options))

    def color(batch: Batch) -> tuple[Batch, dict[int, NDArray[np.float32]]]:
        places = [Place(frame.index, batch.shot_start, frame.background) for frame in batch.new]
        predicted = predict_some(batch.new, places)
        return batch, {frame.drawing: ab for frame, ab in zip(batch.new, predicted, strict=True)}

    own = nullcontext(threads) if threads else network_threads(options.device, (m.variant for m in members))
    with own as used:
        yield from map_parallel(color, grouped, n_threads=used.n_at_once, pool=used.pool)


def as_memory_allows(predict: Predict) -> Predict:
    """Return a version of ``predict`` that halves its batches while memory is too small for them.

    The returned function raises `CartoonizeError` if memory is too small for one frame.
    """
    from cartoonize.devices import free_memory, is_out_of_memory

    max_frames = 1 << 30

    def predict_some(frames: Sequence[Frame], places: Sequence[Place]) -> list[NDArray[np.float32]]:
        nonlocal max_frames
        predicted: list[NDArray[np.float32]] = []
        while len(predicted) < len(frames):
            part = slice(len(predicted), len(predicted) + max_frames)
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
                max_frames = n // 2
            else:
                continue
            free_memory()  # here, because the error, which refers to the memory, no longer exists
        return predicted

    return predict_some


def _histograms(
    frames: Sequence[Frame], places: Sequence[Place], members: Sequence[Member], options: PredictOptions
) -> list[NDArray[np.float32]]:
    """Return the combined histogram (313, h, w) of all members for each frame, on the first member's grid.

    Colours of members that do not predict histograms are encoded softly. Descriptors of a member that
    describes regions follow as further channels.
    """
    import torch

    inputs: dict[str, torch.Tensor] = {}
    descriptors: list[torch.Tensor] = []

    def predictions() -> Iterator[torch.Tensor]:
        for member in members:
            if not member.variant.describes:
                yield _as_histogram(_member_prediction(member, frames, places, inputs, options))
                continue
            predicted, described = member.predict_and_describe(_input(member, frames, inputs, options))
            descriptors.append(described)
            yield predicted

    combined = _combined(predictions(), options)
    on_grid = [_on_grid(described, combined.shape[2:]) for described in descriptors]
    return list(torch.cat([combined, *on_grid], 1).cpu().numpy())


def _on_grid(values: torch.Tensor, size: torch.Size) -> torch.Tensor:
    import torch

    if values.shape[2:] == size:
        return values
    return torch.nn.functional.interpolate(values, size=size, mode="bilinear")


def _as_histogram(prediction: torch.Tensor) -> torch.Tensor:
    """Encode ab (n, 2, h, w) softly as histograms of at most 64x64 cells; return histograms unchanged."""
    import torch

    from cartoonize.color.bins import N_BINS, soft_histogram

    if prediction.shape[1] == N_BINS:
        return prediction
    size = [min(side, _MAX_CELLS) for side in prediction.shape[2:]]
    ab = torch.nn.functional.interpolate(prediction, size=size, mode="area")
    return soft_histogram(ab.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _combined(histograms: Iterable[torch.Tensor], options: PredictOptions) -> torch.Tensor:
    """Return the mean or maximum of histograms (n, 313, h, w) on the grid of the first, with sum 1."""
    rest = iter(histograms)
    combined = next(rest)
    for other in rest:
        other = _on_grid(other, combined.shape[2:])
        combined = combined.maximum(other) if options.combine == "histogram-max" else combined + other
    return _transferred(combined / combined.sum(1, keepdim=True), options)


def _transferred(histogram: torch.Tensor, options: PredictOptions) -> torch.Tensor:
    """Return histograms (n, 313, h, w) with the wanted mean, if there is one."""
    if not options.histogram:
        return histogram
    from cartoonize.color.histogram_transfer import transfer_histogram

    return transfer_histogram(histogram, options.histogram)


def _colors(
    frames: Sequence[Frame], places: Sequence[Place], members: Sequence[Member], options: PredictOptions
) -> list[NDArray[np.float32]]:
    """Return ab of each frame: (members, 256, 256, 2), or (1, 256, 256, 2) from combined histograms."""
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
    return member.predict(_input(member, frames, inputs, options), places=places)


def _input(
    member: Member, frames: Sequence[Frame], inputs: dict[str, torch.Tensor], options: PredictOptions
) -> torch.Tensor:
    """Return CIE L of frames, (n, 256, 256), on the device. Members with the same input share it."""
    import torch

    from cartoonize.devices import pick_device

    if member.luminance not in inputs:
        stacked = np.stack([lightness_of(frame, member.luminance) for frame in frames])
        inputs[member.luminance] = torch.from_numpy(stacked).to(pick_device(options.device))
    return inputs[member.luminance]


def _to_ab(
    prediction: torch.Tensor, member: Member, frames: Sequence[Frame], options: PredictOptions
) -> NDArray[np.float32]:
    if member.variant.output == "histogram":
        prediction = _transferred(prediction, options)
        prediction = _decode(prediction, frames, options.decode, options.seed)
    return _enlarge(prediction)


def _decode(histogram: torch.Tensor, frames: Sequence[Frame], decoding: str, seed: int) -> torch.Tensor:
    import torch

    from cartoonize.color.bins import decode

    if decoding != "sample":
        return decode(histogram, decoding)
    # Each drawing has its own seed, so that the result does not depend on the batches.
    decoded = [decode(histogram[k : k + 1], decoding, seed=seed + f.index) for k, f in enumerate(frames)]
    return torch.cat(decoded)


def _enlarge(ab: torch.Tensor) -> NDArray[np.float32]:
    from cartoonize.refine.upsample import upsample_spline

    array = ab.cpu().numpy()
    if array.shape[2:] == (COLOR_SIZE, COLOR_SIZE):
        return np.ascontiguousarray(np.moveaxis(array, 1, -1))
    return upsample_spline(array, COLOR_SIZE, COLOR_SIZE)
