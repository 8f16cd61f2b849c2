"""Backgrounds: each frame gets the background of its shot."""

import numpy as np

from cartoonize.color.lab import rgb_to_lab
from cartoonize.filters.backgrounds import backgrounds, with_backgrounds
from cartoonize.frames import Frame

#: For each shot: the grey of the background, and the number of drawings.
SHOTS = ((90, 6), (200, 4))


def frames():
    """Yield frames of a box that walks over an even background; each drawing is held for two frames."""
    number = drawing = 0
    for shot, (ground, n_drawings) in enumerate(SHOTS):
        for place in range(n_drawings):
            grey = np.full((64, 96), ground, np.uint8)
            grey[20:40, 14 * place : 14 * place + 12] = 30
            for _ in range(2):
                yield Frame(number, number, grey, grey, drawing=drawing, shot=shot)
                number += 1
            drawing += 1


def test_each_frame_gets_the_background_of_its_shot():
    plates = list(backgrounds(frames()))
    assert len(plates) == len(SHOTS)
    for plate in plates:
        assert plate.shape == (256, 256) and np.isfinite(plate).mean() > 0.9
        assert np.ptp(plate[np.isfinite(plate)]) < 0.02
    assert np.nanmean(plates[0]) < np.nanmean(plates[1])
    given = list(with_backgrounds(frames(), (plate for plate in plates)))
    assert [f.index for f in given] == list(range(20))
    assert all(f.background is plates[f.shot] for f in given)


def test_the_background_has_the_requested_luminance():
    color = (210, 40, 50)
    colored = [f.having(rgb=np.broadcast_to(np.uint8(color), (64, 96, 3))) for f in frames()]
    (grey, *_), (cielab, *_) = (list(backgrounds(colored, luminance=one)) for one in ("grey", "cielab"))
    assert np.allclose(cielab, rgb_to_lab(np.uint8([[color]]))[0, 0, 0] / 100, atol=0.01)
    assert np.nanmean(grey) < np.nanmean(cielab) - 0.05
