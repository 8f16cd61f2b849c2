"""Settings of the page: kept, checked, and never in the way."""

import pytest

from cartoonize.errors import UsageError
from cartoonize.review.settings import Settings


def test_settings_are_kept(tmp_path):
    path = tmp_path / "review" / "settings.json"
    first = Settings(path).read()
    assert first["place"] == "" and first["keys"] == {}
    changed = Settings(path).change({"place": "shot/abc/12", "keys": {"j": "a", "a": "j"}})
    assert changed == {**first, "place": "shot/abc/12", "keys": {"j": "a", "a": "j"}}
    assert Settings(path).change({"frame": 14}) == {**changed, "frame": 14} == Settings(path).read()


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 1},
        {"place": 3},
        {"frame": True},
        {"frame": 1.5},
        {"place": "x" * 400},
        {"keys": {"a": 1}},
        {"keys": {"a": "b" * 400}},
        {"keys": {str(n): "a" for n in range(300)}},
        {"keys": []},
    ],
)
def test_wrong_settings_are_refused(tmp_path, wrong):
    settings = Settings(tmp_path / "settings.json")
    with pytest.raises(UsageError, match="setting of the page"):
        settings.change(wrong)
    assert not (tmp_path / "settings.json").exists()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"place": 3}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_stands_for_the_first_settings(tmp_path, content):
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    assert Settings(path).read()["order"] == "worst"
    assert Settings(path).change({"order": "film"})["order"] == "film"


def test_the_page_reads_and_changes_them(colored, open_session, browse):
    client = browse(open_session(colored))
    assert client.get("/api/settings").json()["filter"] == "open"
    answer = client.post("/api/settings", json={"changed": {"filter": "all"}})
    assert answer.json() == client.get("/api/settings").json() and answer.json()["filter"] == "all"
    assert client.post("/api/settings", json={"changed": {"other": 1}}).status_code == 400
