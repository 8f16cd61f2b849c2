"""The addresses of the review page."""

import os
import time

import pytest


def act(client, version, kind="accept", **arguments):
    return client.post("/api/actions", json={"version": version, "kind": kind, "arguments": arguments})


@pytest.fixture
def key(client):
    (film,) = client.get("/api/films").json()["films"]
    return film["key"]


def test_the_page_and_its_files(client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html") and '<script type="module"' in page.text
    assert "style=" not in page.text and "http" not in page.text.replace("http://www.w3.org", "")
    names = {part.split('"')[0] for part in page.text.split("/static/")[1:]}
    assert {"app.css", "main.js", "icon.svg"} <= names
    for name in names:
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200, name
        tag = answer.headers["etag"]
        assert client.get(f"/static/{name}", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "..", "../app.py", "%2e%2e/app.py", "..%2fapp.py", "%2e%2e%2f%2e%2e%2fpyproject.toml", "/etc/passwd",
        "%2fetc%2fpasswd", "main.js%00", "%00", "..%5capp.py", "main.js/", "//main.js", "%c0%ae%c0%ae/app.py",
        "__init__.py", "",
    ],
)  # fmt: skip
def test_no_path_reaches_the_disk(client, path):
    for start in ("/static/", "/thumbnails/", "/frames/", "/"):
        request = client.build_request("GET", "http://127.0.0.1:8123/")
        request.url = request.url.copy_with(raw_path=f"{start}{path}".encode())
        answer = client.send(request)
        is_index = answer.text == client.get("/").text  # ".." and "" may lead there
        assert answer.status_code == 404 or is_index, (start, path, answer.text[:80])


def test_films_with_their_shots(client):
    (film,) = client.get("/api/films").json()["films"]
    assert film["name"] == "e1" and film["n_frames"] == 24 and film["frame_rate"] == 12 and film["is_there"]
    start, stop, seconds, wrong, confidence, tag, changed, words = film["shots"][1]
    assert (start, stop, seconds) == (12, 24, 1.0)
    assert wrong == pytest.approx((1 - confidence) / 2, abs=1e-4) and tag and not changed and "(" in words


def test_pictures_have_validators(client, key):
    for path in (f"/thumbnails/{key}/12", f"/frames/{key}/12/now/13", f"/frames/{key}/12/grey/23"):
        answer = client.get(path)
        assert answer.headers["content-type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
        assert answer.headers["cache-control"] == "private, no-cache"
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304 and again.content == b""


@pytest.mark.parametrize(
    "path, status",
    [
        ("/thumbnails/{key}/13", 404), ("/thumbnails/0000/0", 404), ("/frames/{key}/0/now/12", 404),
        ("/frames/{key}/0/loud2/0", 404), ("/frames/{key}/0/before/0", 400), ("/thumbnails/{key}/x", 404),
        ("/frames/{key}/-12/now/0", 404), ("/nothing", 404),
    ],
)  # fmt: skip
def test_pictures_that_do_not_exist(client, key, path, status):
    assert client.get(path.format(key=key)).status_code == status


def test_accept_undo_and_redo(client, key):
    nothing = {
        "version": 0,
        "accepted": {},
        "pins": {},
        "marks": {},
        "waiting": 0,
        "undo": None,
        "redo": None,
    }
    assert client.get("/api/state").json() == nothing
    state = act(client, 0, film=key, shots=[[0, 12]]).json()
    accepted = {**nothing, "version": 1, "accepted": {key: [[0, 12]]}, "undo": "accept 1 shot"}
    assert state == accepted
    state = act(client, 1, "undo").json()
    assert state["accepted"] == {key: []} and state["redo"] == "accept 1 shot" and state["undo"] is None
    assert act(client, 2, "redo").json()["accepted"] == {key: [[0, 12]]}
    assert client.get("/api/state").json()["version"] == 3


def test_a_stale_page_is_told(client, key):
    assert act(client, 0, film=key, shots=[[0, 12]]).status_code == 200
    answer = act(client, 0, film=key, shots=[[12, 24]])
    assert answer.status_code == 409 and "the latest is 1" in answer.json()["error"]
    assert client.get("/api/state").json()["accepted"] == {key: [[0, 12]]}


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"version": 0}, {"version": "0", "kind": "accept", "arguments": {}},
        {"version": True, "kind": "undo", "arguments": {}}, {"version": 0, "kind": "undo", "arguments": []},
        {"version": 0, "kind": "undo", "arguments": {}}, {"version": 0, "kind": "rm", "arguments": {}},
        {"version": 0, "kind": "accept", "arguments": {"film": "../x", "shots": [[0, 1]]}},
        {"version": 0, "kind": "accept", "arguments": {"film": ["x"], "shots": [[0, 1]]}},
    ],
)  # fmt: skip
def test_wrong_actions(client, body):
    answer = client.post("/api/actions", json=body)
    assert answer.status_code in (400, 404) and answer.json()["error"]
    assert client.get("/api/state").json()["version"] == 0


def test_requests_that_are_not_json_or_too_large(client):
    for content, kind in ((b"version=0", "application/x-www-form-urlencoded"), (b"{", "application/json")):
        answer = client.post("/api/actions", content=content, headers={"Content-Type": kind})
        assert answer.status_code == 400 and "not JSON" in answer.json()["error"]
    deep = client.post("/api/actions", content=b"[" * 100_000, headers={"Content-Type": "application/json"})
    assert deep.status_code == 400
    large = b" " * (9 << 20)
    answer = client.post("/api/actions", content=large, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and "more than" in answer.json()["error"]


def test_folders_of_the_machine(client, tmp_path):
    (tmp_path / "films").mkdir()
    folder = client.get("/api/folder").json()
    assert folder["path"] == str(tmp_path) and "films" in folder["folders"]
    for path in ("/", "/etc", f"{tmp_path}/..", "films", "\0"):
        assert client.get("/api/folder", params={"path": path}).status_code == 400


def wait_for(client, states):
    end = time.monotonic() + 30
    while (job := client.get("/api/job").json())["state"] not in states:
        assert time.monotonic() < end, job
        time.sleep(0.02)
    return job


@pytest.fixture
def start(client, tmp_path):
    """Start a job. The pretended worker ends as the name of the file in colour says; see tests.support."""
    (tmp_path / "grey.mkv").touch()

    def start(how):
        (tmp_path / how).touch()
        body = {"colored": [str(tmp_path / how)], "grey": [str(tmp_path / "grey.mkv")], "updates": None}
        return client.post("/api/job", json=body)

    return start


def test_a_job_from_its_start_to_its_end(client, start):
    assert start("endless").json()["state"] == "running"
    answer = start("quick")
    assert answer.status_code == 400 and "another job is running" in answer.json()["error"]
    while not (works := client.get("/api/job").json()["works"]):
        time.sleep(0.02)
    assert works[0]["label"] == "colouring"
    assert client.get("/api/films").status_code == 200  # the server answers while the child works
    assert client.post("/api/job/stop", json={}).json()["state"] in ("stopping", "stopped")
    assert wait_for(client, ("stopped",))["arguments"]["grey"][0].endswith("grey.mkv")
    start("refused")
    assert "nothing to learn colours from" in wait_for(client, ("failed",))["error"]


def test_jobs_get_only_paths_that_may_be_chosen(client, tmp_path):
    (tmp_path / "link").symlink_to("/etc")
    for path in ("/etc", "../x", str(tmp_path / "link"), str(tmp_path / "nothing"), 5, "\0"):
        answer = client.post("/api/job", json={"colored": [], "grey": [path], "updates": None})
        assert answer.status_code == 400, path
    assert client.post("/api/job", json={"colored": [], "grey": [], "updates": None}).status_code == 400
    (tmp_path / "grey.mkv").touch()
    for updates in (0, -1, 10**9, 1.5, "many"):
        body = {"colored": [], "grey": [str(tmp_path / "grey.mkv")], "updates": updates}
        assert client.post("/api/job", json=body).status_code == 400, updates
    assert client.get("/api/job").json()["state"] == "none"


def test_ten_thousand_shots(client, key, colored, open_session, browse):
    """The list stays small enough to be sent at once."""
    from dataclasses import replace

    from cartoonize.tracking.confidence_file import confidence_path, read_confidence, write_confidence

    confidence = read_confidence(colored.out / "e1.mkv")
    shots = tuple(
        replace(confidence.shots[0], shot=k, start=2 * k, stop=2 * k + 2, seconds=k / 12, regions=())
        for k in range(10_000)
    )
    write_confidence(confidence_path(colored.out / "e1.mkv"), replace(confidence, shots=shots))
    many = browse(open_session(colored))
    started = time.process_time()
    answer = many.get("/api/films")
    assert len(answer.json()["films"][0]["shots"]) == 10_000
    assert len(answer.content) < 2_000_000 and time.process_time() - started < 5
    every = [[2 * k, 2 * k + 2] for k in range(10_000)]
    assert len(act(many, 0, film=key, shots=every).json()["accepted"][key]) == 10_000


def test_a_defect_is_told_and_logged(colored, open_session, browse, monkeypatch, caplog):
    session = open_session(colored)
    monkeypatch.setattr(session.journal, "state", lambda: 1 / 0)
    answer = browse(session, raise_server_exceptions=False).get("/api/state")
    assert answer.status_code == 500
    assert answer.json() == {"error": "Unexpected error: ZeroDivisionError: division by zero"}
    assert "/api/state failed" in caplog.text and "Traceback" in caplog.text


def test_nothing_is_written_before_something_is_done(client, colored):
    client.get("/")
    client.get("/api/films")
    client.get("/api/state")
    assert not os.path.lexists(colored.root / "review")


def test_a_damaged_journal_is_told(client, colored):
    (colored.root / "review").mkdir()
    (colored.root / "review" / "journal.jsonl").write_text("nonsense\n")
    answer = client.get("/api/state")
    assert answer.status_code == 400 and "line 1 is damaged" in answer.json()["error"]


def opened(client, key, start=0):
    end = time.monotonic() + 60
    while not (state := client.post(f"/api/shots/{key}/{start}/open", json={}).json())["is_ready"]:
        assert time.monotonic() < end and not state["error"], state
        time.sleep(0.02)


def test_a_thing_from_a_click_to_its_colour(client, key):
    thing = f"/api/shots/{key}/0/thing"
    answer = client.get(f"{thing}/4?x=0.25&y=0.55")
    assert answer.status_code == 400 and "not ready" in answer.json()["error"]
    opened(client, key)
    found = client.get(f"{thing}/4?x=0.25&y=0.55").json()["thing"]
    names = {
        "tracks",
        "places",
        "start",
        "stop",
        "lightness",
        "color",
        "likely",
        "outlines",
        "similar",
        "similar_outlines",
    }
    assert set(found) == names and found["places"] == [[0.25, 0.55]]
    assert (
        client.post(thing.replace("thing", "things") + "/4", json={"places": [[0.25, 0.55]]}).json()["thing"]
        == found
    )
    assert [first for first, _ in found["outlines"]] == [0, 2, 4, 6, 8, 10] and found["outlines"][2][1]
    before = client.get(f"/frames/{key}/0/corrected/4").content
    state = act(client, 0, "pin", film=key, frame=4, x=0.25, y=0.55, color="#28a032", reach="shot").json()
    (pin,) = state["pins"][key]
    assert (pin["frame"], pin["color"], pin["reach"], state["waiting"]) == (4, "#28a032", "shot", 1)
    assert client.get(f"/frames/{key}/0/corrected/4").content != before
    state = act(client, 1, "unpin", film=key, frame=4, x=0.25, y=0.55).json()
    assert state["pins"][key] == [] and state["undo"] == "remove a colour"


@pytest.mark.parametrize(
    "place", ["4?x=0.5", "4?x=1&y=0", "4?x=nan&y=0", "4?x=a&y=0", "99?x=0&y=0", "x?x=0&y=0"]
)
def test_places_that_do_not_exist(client, key, place):
    opened(client, key)
    assert client.get(f"/api/shots/{key}/0/thing/{place}").status_code in (400, 404)
