"""``cartoonize report`` and ``cartoonize doctor``."""

import json
from pathlib import Path

from cartoonize.workspace import Workspace


def test_the_page_holds_scores_curves_and_pictures(cartoonize, studio):
    studio.out.mkdir(exist_ok=True)
    assert cartoonize("colorize", "-w", studio.root, "-o", studio.out / "a.mkv").code == 0
    name = '<script>alert("x")</script>.mkv'
    scores = [{"colorized": "a.mkv", "ciede2000": 7.25}, {"colorized": name, "ciede2000": None}]
    studio.reports.mkdir(exist_ok=True)
    (studio.reports / "scores.json").write_text(json.dumps(scores))
    outcome = cartoonize("report", "-w", studio.root, "--json")
    page = Path(outcome.json["page"]).read_text()
    assert outcome.json["page"] == str(studio.reports / "report.html")
    assert "7.250" in page and "plain-l2" in page and "polyline" in page
    assert page.count("data:image/jpeg") >= 3 * 3
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "http:" not in page and "https:" not in page


def test_nothing_to_report_and_damaged_files(fails, studio, tmp_path):
    fails("report", "-w", tmp_path, words=["nothing to report"])
    studio.reports.mkdir(exist_ok=True)
    for text in ("[1", '{"a": 1}', "[1]"):
        (studio.reports / "scores.json").write_text(text)
        fails("report", "-w", studio.root, words=["scores.json"])
    (studio.reports / "scores.json").unlink()
    (studio.runs / "plain-l2" / "curves.json").write_text('{"losses": [1]')
    fails("report", "-w", studio.root, words=["curves.json"])
    (studio.runs / "plain-l2" / "curves.json").write_text('{"losses": [1]}')
    fails("report", "-w", studio.root, words=["curves.json"])


def test_doctor_tells_what_works(cartoonize, tmp_path):
    outcome = cartoonize("doctor", "-w", tmp_path / "new", "--json")
    checks = {check["name"]: check for check in outcome.json["checks"]}
    assert outcome.code == 0 and all(set(c) == {"name", "ok", "detail"} for c in checks.values())
    assert {"codecs", "gpu", "threads", "disk", "opencv", "one cv2 package"} <= set(checks)
    assert checks["codecs"]["ok"] and checks["opencv"]["ok"] and checks["compiled code"]["ok"]
    assert not Workspace(tmp_path / "new").root.exists()


def test_doctor_reports_a_check_that_breaks(cartoonize, monkeypatch):
    from cartoonize.stages import doctor

    def broken():
        raise RuntimeError("no such codec\nat all")

    monkeypatch.setattr(doctor, "_codecs", broken)
    checks = {check["name"]: check for check in cartoonize("doctor", "--json").json["checks"]}
    assert checks["codecs"] == {"name": "codecs", "ok": False, "detail": "RuntimeError: no such codec"}
    assert checks["python"]["ok"]
