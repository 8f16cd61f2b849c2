"""The rooms of the report: what is drawn, what is chosen, what is marked."""

import base64
import hashlib
import json
import re

import numpy as np
import pytest

from cartoonize.errors import WorkspaceError
from cartoonize.report import charts, frame_selection, page, results, score_tables
from cartoonize.report.html import Html, tag
from cartoonize.report.legend import Legend
from cartoonize.report.measures import measure_of, measures_in
from cartoonize.report.results import Result
from cartoonize.tasks.report_data import describe_result


def result(name, errors=(), group="network", base=None, shots=None, **more):
    """A result with these errors by frame, a frame a shot."""
    frames = [
        {"frame": i, "shot": shots[i] if shots else i, "ciede2000": e, **{k: v[i] for k, v in more.items()}}
        for i, e in enumerate(errors)
    ]
    mean = {"ciede2000": float(np.mean(errors))} if len(errors) else {}
    return Result(name, group, base or name, scores=mean, frames=frames)


def test_only_html_is_markup():
    assert tag("b", "<i>&") == "<b>&lt;i&gt;&amp;</b>"
    assert tag("b", Html("<i>"), ["a", None, ["b"]]) == "<b><i>ab</b>"
    assert tag("a", title='"><script>', hidden=True, open=False, data_v=0) == (
        '<a title="&quot;&gt;&lt;script&gt;" hidden data-v="0"></a>'
    )


@pytest.mark.parametrize(
    ("low", "high", "n", "expected"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 12, 4, [0, 5, 10]),
        (0, 0.034, 4, [0, 0.01, 0.02, 0.03]),
        (7, 7, 4, [7]),
    ],
)
def test_ticks_are_round_numbers(low, high, n, expected):
    assert charts.round_numbers(low, high, n) == pytest.approx(expected)


def test_a_line_is_where_its_numbers_are_and_breaks_where_there_are_none():
    x, y = charts.Axis("x", 0, 10), charts.Axis("y", 0, 1, percent=True)
    points = [(0, 0.0), (5, 1.0), (6, float("nan")), (7, 0.5), (10, 0.25)]
    drawn = charts.line_chart("t", [charts.Line("s0", "<name>", points, shown=False)], x, y)
    left, top, across, down = map(float, re.search(r'data-plot="([^"]+)"', drawn)[1].split())
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", re.search(r' d="([^"]+)"', drawn)[1])]
    expected = [0, down, across / 2, 0, across * 0.7, down / 2, across, down * 0.75]
    assert numbers == pytest.approx(expected, abs=0.06)
    assert re.search(r' d="([^"]+)"', drawn)[1].count("M") == 2
    assert "&lt;name&gt;" in drawn and " hidden>" in drawn and ">60%<" in drawn


def test_frames_are_chosen_by_score_and_from_different_shots():
    errors = {0: 9.0, 1: 8.0, 2: 1.0, 3: 4.0, 4: 5.0}
    shots = {0: 0, 1: 0, 2: 1, 3: 2, 4: 3}
    assert frame_selection.best_median_worst(errors, shots) == [("best", 2), ("median", 4), ("worst", 0)]
    one_shot = dict.fromkeys(errors, 0)
    assert frame_selection.best_median_worst(errors, one_shot) == [("worst", 0)]
    assert frame_selection.best_median_worst({}, {}) == []
    assert frame_selection.from_different_shots([0, 1, 2, 3], shots, 2) == [0, 2]
    assert frame_selection.from_different_shots([0, 1, 2, 3], shots, 2, exclude=[4, 2]) == [0, 3]


def test_frames_without_colour_do_not_count():
    grey = result("grey", [1.0, 30.0, 12.0], group="floor", base="grey")
    assert frame_selection.colored_frames([result("a", [1.0, 2.0, 3.0]), grey]) == {1, 2}
    assert frame_selection.colored_frames([result("a", [1.0, 2.0, 3.0])]) == {0, 1, 2}


def test_a_failure_is_sought_where_there_are_errors_and_chroma_fails_downwards():
    one = result(
        "one", [1.0, 5.0, 9.0, 9.0], edge_bleed=[99.0, 1.0, 2.0, 3.0], chroma_ratio=[0.1, 1, 0.9, 1.8]
    )
    two = result("two", [1.0, 5.0, 9.0, 9.0], edge_bleed=[1.0, 1.0, 4.0, None], chroma_ratio=[1, 1, 1, 0.8])
    found = frame_selection.worst_failure([one, two], "edge_bleed", range(4))
    assert found is not None and (found[0].name, found[1]) == ("two", 2)
    found = frame_selection.worst_failure([one, two], "chroma_ratio", range(4))
    assert found is not None and (found[0].name, found[1]) == ("two", 3)
    found = frame_selection.worst_failure([one, two], "edge_bleed", [3])
    assert found is not None and (found[0].name, found[1]) == ("one", 3)
    assert frame_selection.worst_failure([one], "no such score", range(4)) is None


def cells(section, name):
    """The cells of a result's row."""
    row = next(r for r in re.findall(r"<tr.*?</tr>", str(section.body)) if f" {name}</th>" in r)
    return re.findall(r"<td(.*?)</td>", row)


def test_the_best_of_each_column_is_marked_and_floors_are_not():
    keys = ("ciede2000", "share_within_10", "pa", "chroma_ratio")
    scores = {
        ("a", "network"): (5.0, 0.6, 0.2, 1.3),
        ("b", "network"): (6.0, 0.7, None, 0.9),
        ("c", "ensemble"): (7.0, 0.1, 0.3, 0.2),
        ("grey", "floor"): (19.0, 0.1, 0.0, 0.0),
    }
    rows = [
        Result(name, group, name, scores=dict(zip(keys, values, strict=True)))
        for (name, group), values in scores.items()
    ]
    section = score_tables.score_section(rows, Legend(rows))
    looks = {
        r.name: [re.search(r'class="(best|beaten)"', c) for c in cells(section, r.name)[2:]] for r in rows
    }
    marks = {name: [m[1] if m else "" for m in found] for name, found in looks.items()}
    assert marks == {
        "a": ["best", "", "best", ""],
        "b": ["", "best", "", "best"],
        "c": ["", "", "", ""],
        "grey": ["", "", "beaten", ""],
    }
    assert ' data-v="">–' in cells(section, "b")[4] and ">70.0" in cells(section, "b")[3]
    assert re.findall(r'scope="row">.*? (\w+)</th>', str(section.body[0])) == ["a", "b", "c", "grey"]


def test_unknown_scores_and_odd_values_are_shown_as_they_are():
    keys = [m.key for m in measures_in([{"zoo": 1, "pa_5": 0.5, "pa": 0.1, "rmse": None, "n_frames": 3}])]
    assert keys == ["pa", "pa_5", "zoo"]
    assert measure_of("pa_5").title == "PA at 5" and measure_of("zoo").better == "unknown"
    assert [measure_of("rmse").format(v) for v in (1, "x", None, float("inf"), True)] == ["1.000"] + ["–"] * 4
    assert measure_of("pa").format(-0.031, signed=True) == "−3.1"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("plain-none.mkv", ("plain", "network", "plain", "none")),
        ("plain-l2-grow.mp4", ("plain-l2 + grow", "network", "plain-l2", "grow")),
        ("plain-seed2-none.mkv", ("plain-seed2", "network", "plain-seed2", "none")),
        ("mean-then-felzenszwalb.mkv", ("mean-then + felzenszwalb", "ensemble", "mean-then", "felzenszwalb")),
        ("histogram-max-none.mkv", ("histogram-max", "ensemble", "histogram-max", "none")),
        ("lookup.mkv", ("lookup", "floor", "lookup", "none")),
        ("welsh.mkv", ("welsh", "rival", "welsh", "none")),
        ("mine", ("mine", "other", "mine", "none")),
    ],
)
def test_the_names_of_a_recipe_tell_what_a_result_is(file, expected):
    assert describe_result(file) == expected


def test_the_report_knows_all_refinements():
    from cartoonize.filters.refine import REFINEMENTS

    assert set(REFINEMENTS) <= set(results.REFINEMENTS)


def test_style_and_script_are_allowed_by_their_hashes_and_nothing_else_is():
    text = page.render_page("<title>", "lead", None, [page.Section("a", "A", "body")])
    policy = re.search(r'Security-Policy" content="([^"]+)"', text)[1].replace("&#x27;", "'")
    for kind in ("style", "script"):
        body = re.search(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:; media-src data: blob:;")
    assert "unsafe" not in policy and "http" not in policy
    assert "&lt;title&gt;" in text and " style=" not in text


def test_lines_of_scores_are_read_and_damage_is_told(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        {"kind": "header", "frame_rate": 12.0},
        {"kind": "frame", "frame": 0, "shot": None, "rmse": 0.5},
        {"kind": "histogram", "of": "rmse", "edges": [0, 1, 2], "pixels": [1, 3]},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    read = results.read_detailed_scores(path)
    assert read.header["frame_rate"] == 12 and read.frames == [{"frame": 0, "shot": 0, "rmse": 0.5}]
    assert read.histograms["rmse"].pixels == [1, 3] and read.episode == {}
    for bad in (
        '{"kind"',
        "[1]",
        '{"frame": 1}',
        '{"kind": "histogram", "of": "x", "edges": [1], "pixels": [2]}',
    ):
        path.write_text(f"{json.dumps(lines[0])}\n{bad}\n")
        with pytest.raises(WorkspaceError, match=r"a\.jsonl.*"):
            results.read_detailed_scores(path)
