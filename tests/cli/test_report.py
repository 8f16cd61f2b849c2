"""``cartoonize report``, ``cartoonize evaluate --html`` and ``cartoonize doctor``."""

import json
import re
import shutil
from pathlib import Path

import pytest

from cartoonize.workspace import Workspace
from tests.support.report_files import HOSTILE, RESULTS, lines_of, write_all, write_others, write_results


@pytest.fixture
def told(studio, films):
    """A workspace with data for every section of a report."""
    write_all(studio, films / "e1.mkv")
    return studio


def sections_of(page):
    return re.findall(r'<section id="([^"]+)"', page)


def test_the_page_has_all_sections(cartoonize, told):
    outcome = cartoonize("report", "-w", told.root, "--json")
    assert outcome.code == 0, outcome.err
    page = Path(outcome.json["page"]).read_text()
    assert outcome.json["page"] == str(told.reports / "report.html")
    assert sections_of(page) == [
        "scores", "histograms", "prior", "pictures", "rivals", "refinement", "members", "failures",
        "films", "flicker", "shots", "times", "training", "prints", "trials",
    ]  # fmt: skip
    assert page.count("data:video/mp4") == 8 and page.count("data:image/webp") > 40
    assert ">3.21</td>" in page and "plain + felzenszwalb" in page and ">input</th>" in page
    assert "http:" not in page and "https:" not in page
    assert re.search(r"frame: 20 ", page), "the frame with the least error is the best frame"


def test_names_cannot_become_markup(cartoonize, told):
    assert cartoonize("report", "-w", told.root, "--seconds", 0).code == 0
    page = (told.reports / "report.html").read_text()
    assert "<img src=x" not in page and "<b>grain" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page and "data:video" not in page


def test_sections_without_data_are_left_out(cartoonize, studio, films):
    def sections():
        assert cartoonize("report", "-w", studio.root).code == 0
        return sections_of((studio.reports / "report.html").read_text())

    assert sections() == ["prior", "training"]
    write_others(studio)
    assert sections() == ["prior", "times", "training", "prints", "trials"]
    shutil.rmtree(studio.reports)
    write_results(studio, films / "gone.mkv", ["plain-none.mkv", "grey.mkv"])
    with_films = sections()
    shutil.rmtree(studio.reports / "scores")
    assert sections() == ["scores", "failures", "training"]
    assert with_films[:2] == ["scores", "histograms"] and "films" in with_films
    (studio.root / "out" / "plain-none.mkv").unlink()
    (studio.reports / "scores.json").write_text('[{"colorized": "../plain", "ciede2000": null}, {}]')
    assert sections() == ["training"]


def test_films_coloured_from_another_print_are_shown_beside_it(cartoonize, told):
    folder = told.out / "secondary"
    folder.mkdir()
    shutil.copy(told.out / "plain-none.mkv", folder / "plain.mkv")
    assert cartoonize("report", "-w", told.root, "--seconds", 0).code == 0
    page = told.reports / "report.html"
    assert "secondary" not in sections_of(page.read_text()), "without its print it is nothing"
    shutil.copy(told.out / "grey.mkv", folder / "print.mkv")
    assert cartoonize("report", "-w", told.root, "--seconds", 0).code == 0
    section = page.read_text().split('<section id="secondary"')[1].split("</section>")[0]
    for moment in section.split('<div class="moment">')[1:]:
        assert re.findall(r"<figcaption><b>([^<]*)</b>", moment) == ["print", "plain", "original"]


def test_the_films_to_play_can_be_chosen(cartoonize, misused, fails, told):
    assert cartoonize("report", "-w", told.root, "--film", "grey", "--film", "mean-grow.mkv").code == 0
    page = (told.reports / "report.html").read_text()
    assert re.findall(r'aria-label="([^"]*)"></video>', page) == [
        "original", "black and white", "grey", "mean + grow",
    ]  # fmt: skip
    fails("report", "-w", told.root, "--film", "nobody", words=["nobody", "plain"], code=2)
    fails("report", "-w", told.root, "--seconds", -1, words=["seconds"], code=2)


def test_the_same_files_make_the_same_page(cartoonize, told):
    pages = []
    for _ in range(2):
        assert cartoonize("report", "-w", told.root, "--seconds", 0).code == 0
        pages.append((told.reports / "report.html").read_bytes())
    assert pages[0] == pages[1]


def test_nothing_to_report_and_damaged_files(fails, studio, films, tmp_path):
    fails("report", "-w", tmp_path, words=["nothing to report"])
    studio.reports.mkdir(exist_ok=True)
    for name, texts in {
        "scores.json": ("[1", '{"a": 1}', "[1]"),
        "prior.json": ("1", '{"bins": [[1, 2]], "share": []}'),
        "times.json": ('{"rows": [{"variant": "a"}]}', '"no"'),
        "prints.json": ("[]", '{"prints": [], "rows": [{}]}'),
        "trials.json": ("7", '{"trials": ["grow"], "rows": [{"change": 3}]}'),
    }.items():
        for text in texts:
            (studio.reports / name).write_text(text)
            fails("report", "-w", studio.root, words=[name])
        (studio.reports / name).unlink()
    write_results(studio, films / "e1.mkv", ["grey.mkv"])
    (studio.reports / "scores" / "grey.jsonl").write_text('{"kind": "frame"}\n')
    fails("report", "-w", studio.root, words=["grey.jsonl", "line 1"])
    shutil.rmtree(studio.reports)
    for text in ('{"losses": [1]', '{"losses": [1]}'):
        (studio.runs / "plain-l2" / "curves.json").write_text(text)
        fails("report", "-w", studio.root, words=["curves.json"])


def test_the_recipe_step_depends_on_all_files_of_the_page(told, films):
    from cartoonize.recipes.steps import STEPS

    step = STEPS["report"](told, {}, "cpu")
    before = step.input_fingerprints()
    lines = told.reports / "scores" / "grey.jsonl"
    lines.write_text(lines.read_text().replace('"frame": 3', '"frame":  3'))
    changed = {key for key, value in step.input_fingerprints().items() if before[key] != value}
    assert changed == {"reports/scores/grey.jsonl"}
    assert {"reports/prior.json", "reports/trials/grow.png", "runs/plain-l2/curves.json"} <= set(before)


def test_a_page_of_two_results_shows_what_got_better_and_worse(cartoonize, films, tmp_path):
    from cartoonize.video import write_film
    from tests.support.films import pictures

    def mixed(worse):
        """Yield a film that is grey from frame 12 on, or before it."""
        for index, (color, grey) in enumerate(zip(pictures(1), pictures(1, grey=True), strict=True)):
            yield grey if (index >= 12) == worse else color

    folder = tmp_path / "new"
    folder.mkdir()
    write_film(tmp_path / "a.mkv", mixed(True), frame_rate=12)
    write_film(folder / "a.mkv", mixed(False), frame_rate=12)
    page = tmp_path / "page.html"
    arguments = ("evaluate", tmp_path / "a.mkv", folder / "a.mkv", "--reference", films / "e1.mkv")
    outcome = cartoonize(*arguments, "--html", page, "--json", "-w", tmp_path)
    assert outcome.code == 0, outcome.err
    assert outcome.json["html"] == str(page) and "output" not in outcome.json
    text = page.read_text()
    assert sections_of(text) == [
        "scores", "differences", "changes0", "films", "shots", "histograms", "flicker",
    ]  # fmt: skip
    better, worse = text.split('<div class="is-worse">')
    assert [int(n) >= 12 for n in re.findall(r"<h3>Frame (\d+) \([\d:.]+\): better", better)] == [True]
    assert [int(n) < 12 for n in re.findall(r"<h3>Frame (\d+) \([\d:.]+\): worse", worse)] == [True]
    assert f"{tmp_path.name}/a.mkv" in text and "new/a.mkv" in text
    assert text.count("data:video/mp4") == 4 and text.count("data:image/webp") == 6
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "new", "page.html"]


def test_one_result_has_a_page_and_three_have_one(cartoonize, films, tmp_path):
    for n in (1, 3):
        names = [films / f"e{k}.mkv" for k in range(1, n + 1)]
        page = tmp_path / "page.html"
        outcome = cartoonize("evaluate", *names, "--reference", films / "e1.mkv", "--html", page, "--force")
        assert outcome.code == 0, outcome.err
        found = sections_of(page.read_text())
        assert ("pictures" in found) == (n == 1) and ("changes1" in found) == (n == 3)


def test_pages_that_cannot_be_written_are_refused_before_the_scoring(fails, films, tmp_path, monkeypatch):
    from cartoonize.cli import evaluate as command

    monkeypatch.setattr(command, "evaluate", lambda *a, **o: pytest.fail("it began to score"))
    (tmp_path / "there.html").touch()
    (tmp_path / "folder.html").mkdir()
    same = (films / "e2.mkv", "--reference", films / "e1.mkv", "--html")
    fails("evaluate", *same, tmp_path / "there.html", words=["there.html", "exists already", "--force"])
    fails("evaluate", *same, tmp_path / "folder.html", words=["folder.html", "is a folder"])
    fails("evaluate", *same, tmp_path / "page.txt", words=["page.txt", ".html"], code=2)
    fails("evaluate", *same, tmp_path / "no" / "page.html", words=["no folder"])
    fails("evaluate", *same, tmp_path / "page.html", "--fast", words=["CIEDE2000"], code=2)
    assert (tmp_path / "there.html").read_text() == "" and not (tmp_path / "page.html").exists()


def test_the_made_up_scores_are_in_the_format_that_evaluate_writes(cartoonize, films, tmp_path):
    """The tests of the report read files in the format that the program writes."""
    output = tmp_path / "scores.json"
    assert cartoonize("evaluate", films / "e2.mkv", "--reference", films / "e1.mkv", "-o", output).code == 0
    written = [json.loads(line) for line in (tmp_path / "scores" / "e2.jsonl").read_text().splitlines()]
    made_up = list(lines_of("grey.mkv", "a", "b"))
    assert [line["kind"] for line in written if line["kind"] != "shot"] == [
        line["kind"] for line in made_up if line["kind"] != "shot"
    ]
    for kind in ("header", "frame", "shot", "histogram", "episode"):
        one, other = (next(line for line in lines if line["kind"] == kind) for lines in (made_up, written))
        assert set(one) <= set(other), kind
    assert HOSTILE in RESULTS


@pytest.fixture
def quick(monkeypatch):
    """Measure the speed of a small network."""
    from cartoonize.tasks import machine_speed

    monkeypatch.setattr(machine_speed, "WIDTH", 0.125)
    monkeypatch.setattr(machine_speed, "_ENOUGH", 0.0)


@pytest.mark.usefixtures("quick")
def test_doctor_lists_what_works(cartoonize, tmp_path):
    outcome = cartoonize("doctor", "-w", tmp_path / "new", "--json")
    checks = {check["name"]: check for check in outcome.json["checks"]}
    assert outcome.code == 0 and all(set(c) == {"name", "ok", "detail"} for c in checks.values())
    assert {"codecs", "gpu", "threads", "disk", "opencv", "one cv2 package"} <= set(checks)
    assert checks["codecs"]["ok"] and checks["opencv"]["ok"] and checks["compiled code"]["ok"]
    assert not Workspace(tmp_path / "new").root.exists()


@pytest.mark.usefixtures("quick")
def test_doctor_reports_a_check_that_breaks(cartoonize, monkeypatch):
    from cartoonize.tasks import doctor

    def broken():
        raise RuntimeError("no such codec\nat all")

    monkeypatch.setattr(doctor, "_codecs", broken)
    checks = {check["name"]: check for check in cartoonize("doctor", "--json").json["checks"]}
    assert checks["codecs"] == {"name": "codecs", "ok": False, "detail": "RuntimeError: no such codec"}
    assert checks["python"]["ok"]
