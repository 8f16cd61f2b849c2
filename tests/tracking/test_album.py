"""Album: drawings that are found again in coloured ones."""

import cv2
import numpy as np
import pytest

from cartoonize.annotations.hints import ColorHints
from cartoonize.frames import Frame
from cartoonize.tracking.album import Album
from tests.support.cartoons import town
from tests.support.streams import track

SIZE = 256
Y, X = np.mgrid[:SIZE, :SIZE]


def moved(picture, matrix):
    return cv2.warpAffine(picture, np.float32(matrix), (SIZE, SIZE), flags=cv2.INTER_AREA)


def album_of(*seeds):
    album = Album()
    for seed in seeds:
        grey, ab = town(seed)
        album.add(grey, ColorHints.everywhere(ab))
    return album


def wrong(found, ab):
    """Return the share of the found pixels that have a wrong colour."""
    return (np.abs(found.ab - ab).max(-1)[found.confidence > 0] > 8).mean()


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0, 0], [0, 1, 0]],
        [[1, 0, 37], [0, 1, -20]],
        [[1.4, 0, -60], [0, 1.4, -50]],
        [[0.7, 0.1, 40], [-0.1, 0.7, 60]],
    ],
    ids=["in place", "moved", "nearer", "farther, turned"],
)
def test_a_drawing_that_is_drawn_again_gets_its_colours(matrix):
    grey, ab = town(1)
    found = album_of(0, 1, 2).find(moved(grey, matrix))
    assert (found.confidence > 0).mean() > 0.25
    assert wrong(found, moved(ab, matrix)) < 0.05
    assert set(np.unique(found.confidence).tolist()) == {0, np.float32(0.9)}


def test_two_parts_may_have_moved_apart():
    grey, ab = town(1)
    apart, wanted = grey.copy(), ab.copy()
    for picture, whole in ((apart, grey), (wanted, ab)):
        picture[:, 128:] = moved(whole, [[1, 0, 0], [0, 1, 45]])[:, 128:]
    found = album_of(1).find(apart)
    assert wrong(found, wanted) < 0.05
    assert (found.confidence[:, :120] > 0).mean() > 0.2 and (found.confidence[50:, 136:] > 0).mean() > 0.2


def test_a_part_that_is_lighter_is_not_found():
    grey, ab = town(1)
    lighter = grey.copy()
    lighter[:, 128:] = np.minimum(grey[:, 128:].astype(int) + 40, 255)
    found = album_of(1).find(lighter)
    assert (found.confidence[:, :128] > 0).mean() > 0.2 and not found.confidence[:, 140:].any()


def test_other_drawings_are_not_found():
    assert album_of(0, 1).find(town(7)[0]) is None
    assert album_of(0, 1).find(np.full((SIZE, SIZE), 90, np.uint8)) is None
    assert Album().find(town(0)[0]) is None
    noise = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE)).astype(np.uint8)
    assert album_of(0, 1).find(noise) is None


def test_only_the_painted_part_of_a_page_counts():
    grey, ab = town(1)
    album = Album()
    album.add(grey, ColorHints(ab, (X < 128).astype(np.float32)))
    found = album.find(grey)
    assert (found.confidence[:, :127] > 0).mean() > 0.3 and not found.confidence[:, 129:].any()


def frames(greys, ab=(30.0, 30.0)):
    """Yield drawings for which one colour is predicted."""
    import torch

    from cartoonize.color.bins import soft_histogram

    one = soft_histogram(torch.tensor([ab])).numpy()[0]
    histogram = np.broadcast_to(one[:, None, None], (313, 56, 56)).astype(np.float32)
    for k, grey in enumerate(greys):
        yield Frame(k, k / 12, grey, grey, drawing=k, shot=0, histogram=histogram)


def test_tracks_get_the_colours_that_were_found():
    grey, ab = town(1)
    drawings = [moved(grey, [[1, 0, 2 * t], [0, 1, 0]]) for t in range(6)]
    wanted = [moved(ab, [[1, 0, 2 * t], [0, 1, 0]]) for t in range(6)]
    alone = list(track(frames(drawings)))
    album = album_of(0, 1)
    helped = list(track(frames(drawings), find=album.find))
    light = grey > 60
    for t in (0, 5):
        right = [np.abs(f[t].ab[0] - wanted[t]).max(-1)[light & (X > 15)] < 8 for f in (alone, helped)]
        assert right[0].mean() < 0.1 and right[1].mean() > 0.75


def test_one_of_ten_drawings_is_looked_up_and_hints_come_first():
    """A drawing with hints is looked up too, since its hints may be removed later. Until then they count."""
    grey, ab = town(1)
    drawings = [moved(grey, [[1, 0, t], [0, 1, 0]]) for t in range(21)]
    hints = {10: ColorHints.everywhere(moved(ab, [[1, 0, 10], [0, 1, 0]]))}
    wrong_colors = ColorHints.everywhere(np.full_like(ab, 40))

    def colored(found):
        """Colour the drawings; something is found for drawing 10, which has hints."""
        looked_up = []

        def find(drawing):
            looked_up.append(drawing)
            return found if len(looked_up) == 2 else None

        colored = [frame.ab for frame in track(frames(drawings), hints, find=find)]
        assert len(colored) == 21
        assert all(np.array_equal(a, drawings[k]) for a, k in zip(looked_up, (0, 10, 20), strict=True))
        return colored

    pairs = zip(colored(None), colored(wrong_colors), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
