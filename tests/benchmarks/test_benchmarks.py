"""Tables, plots and the runner that benchmarks share. Measured values are not asserted."""

import json
from xml.etree import ElementTree

import numpy as np
import torch
from click.testing import CliRunner

from benchmarks import bench_start
from benchmarks.__main__ import main
from benchmarks.calibration import Calibration
from benchmarks.measure import Table
from benchmarks.plot import Curve, write_plot
from cartoonize.color.lab import rgb_to_lab

SVG = "{http://www.w3.org/2000/svg}"


def test_a_table_as_markdown():
    table = Table("Speed", ("what", "s"), [("a", 1.23456), ("b", 1234.5), ("c", "none")], "Here.")
    lines = table.markdown().splitlines()
    assert lines[:6] == ["## Speed", "", "Here.", "", "| what | s |", "| --- | --- |"]
    assert lines[6:] == ["| a | 1.23 |", "| b | 1234 |", "| c | none |"]


def test_a_plot_stands_by_itself_and_shows_every_curve(tmp_path):
    curves = [
        Curve("time & money", "min", "s", [(1, 2), (4, 9)]),
        Curve("memory", "min", "GiB", [(1, 1), (4, 1)]),
        Curve("more", "min", "GiB", [(1, 1), (4, 1)]),
    ]
    write_plot(tmp_path / "plot.svg", curves)
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    assert len(root.findall(f".//{SVG}path")) == 3
    said = [text.text for text in root.iter(f"{SVG}text")]
    assert {"time & money", "memory", "more", "min", "GiB"} <= set(said)
    drawn = [svg for svg in root.findall(f"{SVG}svg")]
    assert len({(svg.get("x"), svg.get("y")) for svg in drawn}) == 3  # side by side


def test_the_runner_prints_tables_and_writes_page_and_plot(tmp_path, monkeypatch):
    curve = Curve("growth", "min", "s", [(1, 2), (4, 9)])
    monkeypatch.setattr(
        bench_start, "run", lambda quick: [Table(f"quick: {quick}", ("a",), [(1,)], "", (curve,))]
    )
    page = tmp_path / "page.md"
    done = CliRunner().invoke(main, ["--quick", "-o", str(page), "start"])
    assert done.exit_code == 0, done.output
    assert "cores of" in done.output and "## quick: True" in done.output
    assert "## quick: True" in page.read_text() and "(page.svg)" in page.read_text()
    assert (tmp_path / "page.svg").is_file()


def test_start_measures_processes():
    (table,) = bench_start.run(quick=True)
    taken = [row[1] for row in table.rows]
    assert 0 < taken[0] < taken[-1]  # python alone, and the help of a command


def test_the_sweep_of_tracks_scores_every_value(studio):
    from benchmarks.sweep_tracks import main as sweep
    from cartoonize.tasks.split import SplitOptions, split
    from cartoonize.tracking import decision

    split(studio, options=SplitOptions(test=("e1",), validation=("e2",)))
    default = decision._TEMPERATURE
    arguments = [str(studio.root), "decision._TEMPERATURE=0.3,3", "--references", "--drawings", "4"]
    done = CliRunner().invoke(sweep, arguments)
    assert done.exit_code == 0, done.output
    rows = [line.split("|") for line in done.output.splitlines() if line.startswith("|")][2:]
    assert [row[1].strip() for row in rows] == [
        "defaults", "decision._TEMPERATURE = 0.3", "decision._TEMPERATURE = 3",
    ]  # fmt: skip
    assert all(0 <= float(row[2]) < 60 for row in rows) and default == decision._TEMPERATURE


def test_stress_compares_shots_without_help_of_their_own(studio):
    from benchmarks.stress import main as stress
    from cartoonize.tasks.split import SplitOptions, split

    split(studio, options=SplitOptions(test=("e1",), validation=("e2",)))
    (other,) = studio.set_of(studio.load(), "test")
    done = CliRunner().invoke(stress, [str(studio.root), other.source])
    assert done.exit_code == 0, done.output
    rows = [line.split("|") for line in done.output.splitlines() if line.startswith("|")][2:]
    assert [row[1].strip() for row in rows] == ["frames", "pins", "another film"]
    assert all(int(row[3]) <= int(row[2]) for row in rows)


def test_the_oracle_says_what_could_be_known():
    from benchmarks.oracle import remember, rows_of, table, wrong_in_doubted

    original = np.zeros((256, 256, 3), np.uint8)
    original[:, :128], original[:, 128:] = (200, 40, 40), (40, 160, 60)  # red and green
    original[:, 126:130] = 0
    red, green = (rgb_to_lab(original[:1, x : x + 1])[0, 0] for x in (0, 200))

    class Knows:
        """Knows something red that looks like the left half, and one blue for the other one."""

        features, areas = torch.zeros(2, 1), torch.zeros(2)
        ab = torch.tensor([red[1:].tolist(), [10.0, -60.0]])
        lightness = torch.tensor([float(red[0]), float(green[0])]) / 100

        def descriptors(self, drawings):
            return [torch.zeros(len(parts.areas), 1) for parts in drawings]

        def nearest(self, descriptors, parts):
            is_red = torch.from_numpy(parts.centers[:, 0] < 128)
            similar = torch.where(is_red, 2.6, 0.7)
            return similar[:, None], torch.where(is_red, 0, 1)[:, None]

    grey = np.repeat(original.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    rows = rows_of(Knows(), original, grey)
    lines = {line[0]: [float(value) for value in line[1:]] for line in table(rows)}
    assert np.allclose(lines["2.5 to 3"], [0.5, 1, 0.5, 0, 0], atol=0.02)  # the red could be known
    assert np.allclose(lines["0.5 to 1"], [0.5, 1, 0, 0, 0.5], atol=0.02)  # the green is nowhere
    assert np.allclose(lines["all"], [1, 1, 0.5, 0, 0.5], atol=0.02)
    assert np.isclose(wrong_in_doubted(rows), 0.2)

    right_where_familiar = original.copy()
    right_where_familiar[:, 128:] = grey[:, 128:]
    rows = rows_of(Knows(), original, right_where_familiar)
    assert np.isclose(wrong_in_doubted(rows), 0.4, atol=0.01)  # the unfamiliar half is doubted

    brown = original.copy()
    brown[:96] = brown[160:] = (120, 100, 80)
    assert rows_of(Knows(), brown, grey, vivid=True)[:, 0].sum() < 64 * 256

    knows = Knows()
    remember(knows, original)
    assert len(knows.features) == len(knows.areas) == 4
    lines = {line[0]: [float(value) for value in line[1:]] for line in table(rows_of(knows, original, grey))}
    assert np.allclose(lines["all"], [1, 1, 0.5, 0.5, 0], atol=0.02)  # the green was painted


def test_sources_of_error_are_told_apart():
    from benchmarks.error_sources import Drawing, sources_of

    red, green, grey = (200, 40, 40), (30, 110, 40), (100, 100, 100)  # all in the same step of lightness
    columns = np.repeat([[0, 1, 2, 3]], 8, 0)  # an outline and three regions
    drawings = []
    for number, second in enumerate((red, red, green)):
        truth = np.zeros((8, 4, 3), np.uint8)
        truth[:, :] = red
        truth[:2, 1] = green  # a quarter of the first region
        truth[:, 2] = second  # the second one is green in one drawing of three
        shown = truth.copy()
        shown[:, 0] = shown[:2, 1] = shown[:, 3] = grey
        shown[:, 2] = red
        drawings.append(Drawing(truth, shown, columns == 0, columns + 4 * number, columns))
    found = sources_of(drawings)
    assert found == {"all": 96, "outline": 24, "region": 6, "track": 8, "decision": 24}


def test_calibration_of_confidence():
    rng = np.random.default_rng(0)
    grey = np.kron(rng.integers(0, 2, (4, 4)) * 60 + 90, np.ones((64, 64))).astype(np.uint8)
    grey[::64] = grey[:, ::64] = 10  # outlines around sixteen squares
    lab = np.zeros((256, 256, 3))
    wrong = lab.copy()
    wrong[:, :64, 1] = 60  # a quarter
    honest, sure = np.ones((256, 256)), np.ones((256, 256))
    honest[:, :64] = 0
    found = []
    for confidence in (honest, sure, 1 - honest):
        calibration = Calibration()
        calibration.add(grey, confidence, lab, wrong)
        found.append(calibration.result())
    assert [round(f["ece"], 2) for f in found] == [0, 0.25, 1]
    assert found[0]["wrong_in_doubted"] > 0.7 and found[0]["error_in_doubted"] > 0.7
    assert found[2]["wrong_in_doubted"] == 0


def test_harm_is_counted_in_shots_without_help_of_their_own(tmp_path):
    from benchmarks.harm import main as harm

    def write(name, *shares):
        lines = [{"kind": "header"}]
        for number, share in enumerate(shares):
            vivid = None if number == 1 else share
            scores = {"share_within_10": share, "vivid_within_10": vivid, "ciede2000": 10 * (1 - share)}
            lines.append(
                {"kind": "shot", "shot": number, "start": 10 * number, "stop": 10 * number + 10, **scores}
            )
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return str(path)

    without, helped = write("a.jsonl", 0.5, 0.6, 0.7), write("b.jsonl", 0.9, 0.5, 0.69)
    done = CliRunner().invoke(harm, [without, helped, "--given", "3"])
    assert done.exit_code == 0, done.output
    rows = [line.split(" | ") for line in done.output.splitlines()[2:5]]
    assert [row[0] for row in rows] == ["| 10", "| 20", "| 0"]  # the worst first
    assert [row[2] for row in rows] == ["elsewhere", "elsewhere", "here"]
    assert rows[0][3:] == ["-0.100", "–", "+1.000 |"]
    assert "1 of 2 shots without help of their own lose more than 0.02." in done.output
    done = CliRunner().invoke(harm, [without, write("c.jsonl", 0.5, 0.6)])
    assert isinstance(done.exception, ValueError)
