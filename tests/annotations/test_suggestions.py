"""Lists of suggested pictures."""

import json

import cv2
import numpy as np
import pytest

from cartoonize.annotations.suggestions import (
    SuggestedPicture,
    SuggestionList,
    fingerprint_of_picture,
    is_painted,
    read_suggestions,
    write_suggestions,
)
from cartoonize.errors import SourceError
from cartoonize.video.images import write_grey


@pytest.fixture
def suggested(tmp_path):
    """Write a grey picture; return its path and its entry."""
    path = tmp_path / "a-000012.png"
    write_grey(path, np.full((8, 12), 90, np.uint8))
    return path, SuggestedPicture(path.name, 12, 0.5, 3, 0.25, 0.125, fingerprint_of_picture(path))


def test_a_written_list_is_read_again(tmp_path, suggested):
    listed = SuggestionList("/films/a.mkv", "ab", (suggested[1],))
    assert read_suggestions(tmp_path) is None
    write_suggestions(tmp_path, listed)
    assert read_suggestions(tmp_path) == listed
    assert read_suggestions(suggested[0]) is None  # it is not a folder


@pytest.mark.parametrize(
    "change", [lambda data: "", lambda data: "[]", lambda data: json.dumps({**data, "version": 9}),
               lambda data: json.dumps({**data, "pictures": [{"file": "../a.png"}]})],
)  # fmt: skip
def test_a_damaged_list_is_refused(tmp_path, change):
    write_suggestions(tmp_path, SuggestionList("/films/a.mkv", "ab"))
    path = tmp_path / "suggestions.json"
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(SourceError, match=r"suggestions\.json: damaged"):
        read_suggestions(tmp_path)


def test_a_picture_is_painted_if_it_has_colour(suggested):
    path, entry = suggested
    assert not is_painted(path, entry)
    grey = np.full((8, 12, 4), (90, 90, 90, 255), np.uint8)
    cv2.imwrite(str(path), grey, [cv2.IMWRITE_PNG_COMPRESSION, 0])
    assert fingerprint_of_picture(path) != entry.fingerprint and not is_painted(path, entry)  # saved again
    grey[2:4, 2:4] = (0, 0, 200, 0)
    cv2.imwrite(str(path), grey)
    assert not is_painted(path, entry)  # what is transparent has no colour
    grey[2:4, 2:4, 3] = 255
    cv2.imwrite(str(path), grey)
    assert is_painted(path, entry)
    path.write_bytes(b"half a picture")
    assert is_painted(path, entry)
    path.unlink()
    assert not is_painted(path, entry)
