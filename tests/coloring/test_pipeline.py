"""From a source to its coloured copy: luma, threads, ensembles, and recipes compared with single commands."""

import threading
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from scipy.ndimage import zoom

from cartoonize.cli.main import root
from cartoonize.color.bins import AB_BINS
from cartoonize.color.lab import rgb_to_lab
from cartoonize.color.luma import exact_chroma_of_ab
from cartoonize.coloring.ensemble import Choice
from cartoonize.coloring.options import ColorizeOptions
from cartoonize.errors import UsageError
from cartoonize.filters import predict as predict_filter
from cartoonize.filters.combine import combine_frames
from cartoonize.filters.number import number_drawings
from cartoonize.filters.predict import BATCH, PredictOptions, predict_frames
from cartoonize.filters.refine import RefineOptions, refine_frames
from cartoonize.filters.render import RenderOptions, chroma_planes
from cartoonize.frames import Frame, PlaneFormat, once_per_drawing
from cartoonize.methods.checkpoint import read_header
from cartoonize.methods.member import Member
from cartoonize.methods.networks.inference import for_inference
from cartoonize.methods.networks.inputs import to_network_size
from cartoonize.methods.registry import VARIANTS
from cartoonize.recipes.recipe import load_recipe
from cartoonize.recipes.run import run_recipe
from cartoonize.tasks.colorize import colorize
from cartoonize.video import open_source, open_writer, write_film
from cartoonize.workspace import Workspace
from tests.support.reporters import stopping_at
from tests.support.streams import color_stream


@pytest.fixture(params=[1, 3])
def cores(request):
    """Set the number of threads of torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


FULL = PlaneFormat(48, 64, 48, 64, 8, True, "bt601")


class Constant(torch.nn.Module):
    """Predicts one colour everywhere, and stores the size of each batch."""

    def __init__(self, a, b):
        super().__init__()
        self.ab = torch.tensor([a, b]).view(1, 2, 1, 1)
        self.seen = []

    def forward(self, luminance):
        self.seen.append(len(luminance))
        return self.ab.expand(len(luminance), 2, 8, 8)


def constant(a, b):
    return Member(f"constant {a} {b}", VARIANTS["plain-l2"], Constant(a, b))


def frames(levels, height=48, width=64):
    for index, level in enumerate(levels):
        grey = np.full((height, width), level, np.uint8)
        grey[10:20, 10 + index % 3 : 30] = 255 - level
        yield Frame(index, index, grey, grey)


def held(levels, times):
    for index, frame in enumerate(f for f in frames(levels) for _ in range(times)):
        yield Frame(index, index, frame.luma, frame.grey)


def test_a_held_drawing_is_predicted_once():
    member = constant(20.0, 30.0)
    numbered = number_drawings(held([40, 60, 90, 120, 150], 3))
    result = list(predict_frames(numbered, [member], options=PredictOptions(device="cpu")))
    assert len(result) == 15 and sum(member.module.seen) == 5
    assert [f.drawing for f in result] == [d for d in range(5) for _ in range(3)]
    assert np.allclose(result[7].ab, [20, 30], atol=0.2)


def test_prediction_takes_only_a_few_batches_ahead(cores):
    taken = 0

    def counted():
        nonlocal taken
        for frame in number_drawings(held(range(40, 240), 1)):
            taken += 1
            yield frame

    stream = predict_frames(counted(), [constant(0.0, 0.0)], options=PredictOptions(device="cpu"))
    next(stream)
    assert taken == (cores + 1) * BATCH["cpu"] + 1  # the last one shows that the batch before it is complete


def test_the_mean_of_members_and_both_orders_of_refinement():
    members = [constant(10.0, 0.0), constant(30.0, 40.0)]
    for order in ("members", "result"):
        options = ColorizeOptions(
            predict=PredictOptions(device="cpu"), refine=RefineOptions("grow"), refine_order=order
        )
        numbered = number_drawings(held([60, 90], 2))
        done = list(color_stream(numbered, members, FULL, options))
        assert all(np.allclose(f.ab, [20, 20], atol=0.2) and len(f.ab) == 1 for f in done)


def test_combining_histograms_requires_histograms():
    with pytest.raises(UsageError, match="histograms"):
        list(predict_frames([], [constant(0.0, 0.0)], options=PredictOptions(combine="probability")))


class Peak(torch.nn.Module):
    """Predicts a histogram with one peak of a given confidence; all other bins are equal."""

    def __init__(self, which, confidence):
        super().__init__()
        p = torch.full((313,), (1 - confidence) / 312)
        p[which] = confidence
        self.logits = p.log().view(1, 313, 1, 1)

    def forward(self, luminance):
        return self.logits.expand(len(luminance), 313, 8, 8)


def test_histogram_max_takes_the_most_confident_member_and_probability_the_mean():
    from cartoonize.color.bins import AB_BINS

    members = [Member("a", VARIANTS["plain"], Peak(50, 0.6)), Member("b", VARIANTS["plain"], Peak(200, 0.9))]
    for combine in ("histogram-max", "probability"):
        options = PredictOptions(combine=combine, decode="mode", device="cpu", precision="float32")
        (frame,) = predict_frames(number_drawings(frames([80])), members, options=options)
        assert frame.ab.shape == (1, 256, 256, 2)
        assert np.allclose(frame.ab[0, 128, 128], AB_BINS[200], atol=0.1)


def test_refinement_gives_each_region_one_colour():
    (frame,) = number_drawings(frames([60]))
    ab = np.zeros((1, 256, 256, 2), np.float32)
    ab[..., 0] = np.linspace(0, 50, 256)[None, :]
    (filled,) = refine_frames([frame.having(ab=ab)], options=RefineOptions("felzenszwalb"))
    assert len(np.unique(filled.ab.reshape(-1, 2), axis=0)) < 20


def test_a_property_is_computed_once_per_drawing():
    calls = []
    stream = (f.having(drawing=f.index // 2) for f in frames([50, 50, 70, 70]))
    done = list(once_per_drawing(stream, "ab", lambda f: calls.append(f.index) or f.index))
    assert calls == [0, 2] and [f.ab for f in done] == [0, 0, 2, 2]


def test_grey_has_neutral_chroma_in_every_range():
    (frame,) = frames([100])
    frame = frame.having(ab=np.zeros((1, 256, 256, 2), np.float32))
    for full, depth, middle in ((True, 8, 128), (False, 8, 128), (False, 10, 512)):
        planes = PlaneFormat(48, 64, 24, 32, depth, full, "bt709")
        cb, cr = chroma_planes(frame, planes)
        assert cb.shape == cr.shape == (24, 32)
        assert (cb == middle).all() and (cr == middle).all()
    assert len(list(combine_frames([frame]))) == 1


@pytest.fixture(scope="module")
def tiny_series(tmp_path_factory):
    """Write two coloured episodes of 1 s: a disc that moves over two colours, each drawing held twice."""
    folder = tmp_path_factory.mktemp("series")
    y, x = np.mgrid[:72, :96]
    for number, shift in ((1, 0), (2, 30)):
        pictures = []
        for drawing in range(6):
            picture = np.where((y < 40)[..., None], [120, 180, 250], [60, 160, 70]).astype(np.uint8)
            picture[(x - 20 - shift - 4 * drawing) ** 2 + (y - 40) ** 2 < 200] = (220, 60, 40)
            pictures += [picture, picture]
        sound = (np.sin(np.arange(44100) / 30) * 0.3).astype(np.float32)[:, None]
        write_film(
            folder / f"tiny{number}.mkv",
            pictures,
            frame_rate=12,
            sound=sound,
            subtitles=[(0.2, 0.8, "hello")],
        )
    return folder


def run(runner_workspace, *arguments):
    result = root.main(
        [*arguments, "-w", str(runner_workspace), "-q", "--device", "cpu"], standalone_mode=False
    )
    return result


def planes_of(path):
    with av.open(str(path)) as container:
        return [f.to_ndarray() for f in container.decode(video=0)]


RECIPE = """
description = "two networks"
[parameters]
source = "."
[[stage]]
stage = "extract"
sources = ["$first", "$second"]
threshold = 1.0
[[stage]]
stage = "credits"
[[stage]]
stage = "split"
test = ["tiny1"]
[[stage]]
stage = "train"
each = { variant = ["plain", "plain-l2"] }
variants = ["{variant}"]
width = 0.125
epochs = 2
batch_size = 3
accumulate = 1
[[stage]]
stage = "colorize"
ensemble = true
refine = "grow"
codec = "ffv1"
output = "out/tiny1.mkv"
""".replace('source = "."', 'first = ""\nsecond = ""')


def test_a_recipe_equals_its_stages_one_by_one(tiny_series, tmp_path):
    first, second = tiny_series / "tiny1.mkv", tiny_series / "tiny2.mkv"
    recipe_file = tmp_path / "two.toml"
    recipe_file.write_text(RECIPE)
    recipe = load_recipe(str(recipe_file), {"first": str(first), "second": str(second)})
    workspace = Workspace(tmp_path / "recipe")
    outcomes = run_recipe(workspace, recipe, device="cpu")
    assert not any(outcome.cached for outcome in outcomes)

    by_hand = tmp_path / "by_hand"
    run(by_hand, "extract", str(first), str(second), "--threshold", "1.0")
    run(by_hand, "credits")
    run(by_hand, "split", "--test", "tiny1")
    for variant in ("plain", "plain-l2"):
        run(
            by_hand, "train", "--variant", variant, "--width", "0.125", "--epochs", "2",
            "--batch-size", "3", "--accumulate", "1",
        )  # fmt: skip
    run(by_hand, "colorize", "--ensemble", "--refine", "grow", "--codec", "ffv1")

    ours, theirs = planes_of(workspace.out / "tiny1.mkv"), planes_of(by_hand / "out" / "tiny1.mkv")
    assert len(ours) == 12
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert any(np.ptp(frame[72:]) > 4 for frame in ours), "the result has no colour at all"

    again = run_recipe(workspace, recipe, device="cpu")
    assert all(outcome.cached for outcome in again)
    (workspace.out / "tiny1.mkv").unlink()
    redone = [o for o in run_recipe(workspace, recipe, device="cpu") if not o.cached]
    assert [o.name for o in redone] == ["colorize out/tiny1.mkv"]
    assert "removed" in redone[0].reason
    recipe_file.write_text(RECIPE.replace("epochs = 2", "epochs = 3"))
    recipe = load_recipe(str(recipe_file), {"first": str(first), "second": str(second)})
    reasons = {o.name: o.reason for o in run_recipe(workspace, recipe, device="cpu") if not o.cached}
    assert set(reasons) == {"train plain", "train plain-l2", "colorize out/tiny1.mkv"}
    assert "option epochs" in reasons["train plain"] and "checkpoints" in reasons["colorize out/tiny1.mkv"]
    fresh = Workspace(tmp_path / "fresh")
    run_recipe(fresh, recipe, device="cpu")
    for variant in ("plain", "plain-l2"):
        weights = [read_header(w.checkpoint(variant))["sha256"] for w in (fresh, workspace)]
        assert weights[0] == weights[1], "earlier training must not matter"


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("field_order", ["progressive", "top", "bottom"])
def test_colouring_leaves_luma_as_it_is(tiny_series, tmp_path, full_range, field_order):
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (64, 80, 3)).astype(np.uint8) for _ in range(6)]
    source = tmp_path / "source.mkv"
    write_film(source, pictures, frame_rate=25, codec="ffv1", full_range=full_range, field_order=field_order)
    (done,) = colorize(
        Workspace(tmp_path / "w"),
        [source],
        choice=Choice(variants=("grey",)),
        options=ColorizeOptions(render=RenderOptions(codec="ffv1")),
    )
    with open_source(source) as a, open_source(done.output) as b:
        assert a.format.full_range == b.format.full_range == full_range
        assert a.format.field_order == b.format.field_order == field_order
        pairs = list(zip(a.frames(), b.frames(), strict=True))
    assert len(pairs) == 6
    assert all(np.array_equal(x.luma, y.luma) for x, y in pairs)


def test_the_true_colours_are_reproduced(tmp_path):
    """With the true a and b, the copy equals the original except for rounding and chroma subsampling."""
    y, x = np.mgrid[:128, :128]
    picture = np.where((x < 64)[..., None], [200, 70, 60], [60, 90, 200]).astype(np.uint8)
    write_film(tmp_path / "a.mkv", [picture] * 2, frame_rate=10, codec="ffv1", pix_fmt="yuv444p")
    from cartoonize.color.lab import rgb_to_lab
    from cartoonize.frames import area_average

    with (
        open_source(tmp_path / "a.mkv") as source,
        open_writer(tmp_path / "b.mkv", source.format, codec="ffv1", pix_fmt="yuv444p") as writer,
    ):
        for frame in source.frames(rgb=True):
            ab = rgb_to_lab(area_average(frame.rgb))[None, ..., 1:]
            writer.write(frame.having(chroma=chroma_planes(frame.having(ab=ab), writer.plane_format)))
    with open_source(tmp_path / "b.mkv") as copy:
        colored = next(copy.frames(rgb=True)).rgb.astype(int)
    inside = np.abs(x - 64) > 4
    assert np.abs(colored - picture)[inside].max() <= 6


def test_a_preview_has_the_requested_number_of_frames_at_any_frame_times(tmp_path):
    pictures = [np.full((32, 48, 3), 10 * k, np.uint8) for k in range(20)]
    times = [k if k < 10 else 10 + 5 * (k - 10) for k in range(20)]
    write_film(tmp_path / "v.mkv", pictures, frame_rate=20, pts=times, codec="ffv1")
    options = ColorizeOptions(render=RenderOptions(codec="ffv1", preview=12))
    grey = Choice(variants=("grey",))
    (done,) = colorize(Workspace(tmp_path / "w"), [tmp_path / "v.mkv"], choice=grey, options=options)
    assert done.n_frames == 12 == len(planes_of(done.output))


def test_a_part_of_a_folder_keeps_the_names_of_its_pictures(tmp_path):
    import cv2

    (tmp_path / "stills").mkdir()
    for k in range(6):
        cv2.imwrite(str(tmp_path / "stills" / f"p{k}.png"), np.full((32, 48, 3), 40 * k, np.uint8))
    options = ColorizeOptions(render=RenderOptions(start=3 / 24))
    (done,) = colorize(
        Workspace(tmp_path / "w"), [tmp_path / "stills"], choice=Choice(variants=("grey",)), options=options
    )
    written = {p.name: cv2.imread(str(p))[0, 0, 0] for p in Path(done.output).iterdir()}
    assert written == {"p3.png": 120, "p4.png": 160, "p5.png": 200}


def long_film(path, n_frames=60):
    pictures = (np.full((64, 96, 3), 40 + 3 * k, np.uint8) for k in range(n_frames))
    write_film(path, pictures, frame_rate=12, codec="ffv1")
    return path


def left(workspace):
    """Return the names of the files of a workspace, without those that say where bars are."""
    return {p.name for p in workspace.rglob("*") if p.is_file() and p.parent.name != "areas"}


@pytest.mark.parametrize("refine", ["none", "tracks"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_call_leaves_no_files_and_no_threads(tmp_path, error, refine):
    source = long_film(tmp_path / "v.mkv")
    how = {"choice": Choice(variants=("grey",)), "options": ColorizeOptions(refine=RefineOptions(refine))}
    n_threads = threading.active_count()
    stop = stopping_at(5, error("enough"))
    with pytest.raises(error):
        colorize(Workspace(tmp_path / "w"), [source], **how, reporter=stop)
    assert threading.active_count() == n_threads
    assert left(tmp_path / "w") <= {"path.txt", "evidence.npz"}


@pytest.mark.parametrize("refine", ["none", "tracks"])
def test_an_error_in_a_thread_is_raised_and_leaves_nothing(tmp_path, monkeypatch, refine):
    source = long_film(tmp_path / "v.mkv")
    how = {"choice": Choice(variants=("grey",)), "options": ColorizeOptions(refine=RefineOptions(refine))}
    n_threads, workers = threading.active_count(), set()

    def failing(self, lightness, places=()):
        if any(place.index > 20 for place in places):
            workers.add(threading.current_thread())
            raise LookupError("too little")
        return torch.zeros(len(lightness), 2, 8, 8)

    monkeypatch.setattr(Member, "predict", failing)
    with pytest.raises(LookupError, match="too little"):
        colorize(Workspace(tmp_path / "w"), [source], **how)
    assert workers and threading.current_thread() not in workers
    assert threading.active_count() == n_threads
    assert left(tmp_path / "w") <= {"path.txt", "evidence.npz"}


def test_batches_do_not_cross_cuts():
    member = constant(0.0, 0.0)
    shots = [0] * 5 + [1] * 3 + [2] * 6
    stream = (
        f.having(drawing=f.index, shot=shot)
        for f, shot in zip(frames(range(40, 180, 10)), shots, strict=True)
    )
    list(predict_frames(stream, [member], options=PredictOptions(device="cpu")))
    assert sorted(member.module.seen) == sorted([4, 1, 3, 4, 2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_colours_do_not_depend_on_the_number_of_cores(dtype):
    torch.manual_seed(0)
    module = for_inference(VARIANTS["plain"].build(0.125), dtype)
    member = Member("network", VARIANTS["plain"], module, dtype=dtype)
    numbered = list(number_drawings(held(range(40, 200, 15), 2)))
    before = torch.get_num_threads()
    colored = []
    try:
        for n_cores in (1, 2, 5):
            torch.set_num_threads(n_cores)
            options = PredictOptions(device="cpu")
            colored.append([f.ab for f in predict_frames(numbered, [member], options=options)])
            assert torch.get_num_threads() == n_cores
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(colored[0], colored[1]) and np.array_equal(colored[0], colored[2])


def test_the_error_of_a_network_is_raised_at_its_frames(cores):
    class Failing(Constant):
        def forward(self, luminance):
            if len(luminance) < BATCH["cpu"]:
                raise RuntimeError("out of colours")
            return super().forward(luminance)

    member = Member("failing", VARIANTS["plain-l2"], Failing(0.0, 0.0))
    numbered = number_drawings(frames(range(40, 140, 10)))
    got, n_threads = [], threading.active_count()
    with pytest.raises(RuntimeError, match="out of colours"):
        for frame in predict_frames(numbered, [member], options=PredictOptions(device="cpu")):
            got.append(frame.index)
    assert got == list(range(8)) and threading.active_count() == n_threads


def literal_planes(frame, members, planes):
    """Colour one frame by itself as the thesis describes it, without optimisations."""
    predicted = []
    for member in members:
        grey = cv2.resize(frame.grey.astype(np.float64), (256, 256), interpolation=cv2.INTER_AREA)
        lightness = torch.from_numpy(rgb_to_lab(np.repeat(grey[..., None] / 255, 3, -1))[..., 0]).float()
        with torch.no_grad():
            logits = member.module.eval()(to_network_size(lightness[None, None] / 100))
        histogram = torch.softmax(logits, 1)[0].double().numpy()
        ab = np.einsum("qhw,qc->hwc", histogram, AB_BINS)
        scale = (256 / ab.shape[0], 256 / ab.shape[1], 1)
        predicted.append(zoom(ab, scale, order=3, mode="nearest", grid_mode=True))
    size = (planes.chroma_width, planes.chroma_height)
    ab = cv2.resize(np.mean(predicted, 0), size, interpolation=cv2.INTER_LINEAR)
    luma = cv2.resize(frame.grey.astype(np.float64), size, interpolation=cv2.INTER_AREA) / 255
    codes = 128 + 255 * exact_chroma_of_ab(luma, ab, planes.matrix)
    return codes[..., 0], codes[..., 1]


def test_the_pipeline_equals_a_literal_loop(cores):
    members = []
    for seed in range(2):
        torch.manual_seed(seed)
        module = VARIANTS["plain"].build(0.125)
        for part in module.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.running_var.fill_(2e-3)  # colours within the gamut, and not all the same
        members.append(Member(f"m{seed}", VARIANTS["plain"], module.eval()))
    numbered = list(number_drawings(held(range(90, 170, 10), 2)))
    options = ColorizeOptions(predict=PredictOptions(device="cpu"))
    done = list(color_stream(iter(numbered), members, FULL, options))
    assert len(done) == 16
    for frame, fast in zip(numbered, done, strict=True):
        for plane, literal in zip(fast.chroma, literal_planes(frame, members, FULL), strict=True):
            assert np.abs(plane - literal).max() < 0.6  # rounding, and the table of chroma
            assert literal.std() > 1


@pytest.mark.parametrize("refine", ["none", "tracks"])
def test_every_shot_uses_all_cores(cores, refine, monkeypatch):
    """Shots overlap, and the networks of each set the number of threads of torch for a while."""
    used, map_parallel = [], predict_filter.map_parallel

    def recorded(work, items, *, n_threads, **options):
        used.append(n_threads)
        return map_parallel(work, items, n_threads=n_threads, **options)

    monkeypatch.setattr(predict_filter, "map_parallel", recorded)
    options = ColorizeOptions(predict=PredictOptions(device="cpu"), refine=RefineOptions(refine))
    numbered = (f.having(drawing=f.index, shot=f.index // 5) for f in frames(range(40, 240, 5)))
    assert len(list(color_stream(numbered, [constant(10.0, 20.0)], FULL, options))) == 40
    assert used == [cores] * 8
    assert torch.get_num_threads() == cores
