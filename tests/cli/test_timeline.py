"""cartoonize timeline: shots of a film for editing programs, with markers."""

import json
from fractions import Fraction
from urllib.parse import unquote, urlparse

import av
import cv2
import numpy as np
import pytest

from cartoonize.annotations.pins import Pin, write_pins
from cartoonize.tracking.confidence import DoubtfulRegion, ShotDoubt, Suggestion
from cartoonize.tracking.confidence_file import FilmConfidence, confidence_path, write_confidence
from cartoonize.video import open_source, open_writer, write_film
from cartoonize.video.shot_clips import open_clips

pytestmark = pytest.mark.video

#: Frames at which the shots of the film begin, and its end.
STARTS, N_FRAMES = (0, 10, 16), 24


def picture(index):
    """Draw a frame; shots differ much."""
    shot = sum(index >= start for start in STARTS)
    drawn = np.full((96, 128, 3), 60 * shot, np.uint8)
    drawn[20 * shot : 20 * shot + 20, 10 + index : 50 + index] = 255 - 60 * shot
    return drawn


def coloured(path, *, timecode="01:00:00:00", first=0, rate=24, **options):
    """Write a coloured film with its confidence file."""
    pictures = [picture(index) for index in range(N_FRAMES)]
    write_film(path, pictures, frame_rate=rate, codec="ffv1", metadata={"timecode": timecode}, **options)
    doubts(path, first=first, rate=rate)
    return path


def doubts(path, *, first=0, rate=24, source="/films/grey one.mkv"):
    rate = float(rate)

    def region(frame, confidence):
        return DoubtfulRegion(frame + first, 0.2, 0.8, 0.11, confidence, (frame + first) / rate, None)

    shots = [
        ShotDoubt(number, start + first, stop + first, (start + first) / rate, 0.8, regions)
        for number, (start, stop, regions) in enumerate(
            [
                (0, 10, (region(4, 0.3), region(6, 0.9))),
                (10, 16, (region(12, 0.6),)),
                (16, 24, ()),
            ]
        )
    ]
    suggestions = tuple(Suggestion(f + first, (f + first) / rate, 0, 0.5, 0.25) for f in (2, 18))
    film = FilmConfidence(path.name, tuple(shots), suggestions, source=str(source))
    write_confidence(confidence_path(path), film)


@pytest.fixture
def timeline(cartoonize, tmp_path):
    def call(film, output, *arguments):
        outcome = cartoonize("timeline", film, "-w", tmp_path, "-o", tmp_path / output, "--json", *arguments)
        assert outcome.code == 0, outcome.err
        text = (tmp_path / output).read_text(encoding="utf-8")
        return outcome.json, json.loads(text) if output.endswith(".otio") else text

    return call


def clips_of(edit, track=0):
    return edit["tracks"]["children"][track]["children"]


def frames_of(span):
    assert span["start_time"]["rate"] == span["duration"]["rate"]
    start = span["start_time"]["value"]
    return start, start + span["duration"]["value"]


def markers_of(clip):
    return [(m["color"], m["marked_range"]["start_time"]["value"], m["name"]) for m in clip["markers"]]


def file_of(reference):
    return unquote(urlparse(reference["target_url"]).path)


HOUR = 3600 * 24


def test_one_clip_for_each_shot_with_doubts_and_corrections(timeline, tmp_path):
    film = coloured(tmp_path / "film #1.mkv")
    pins = [Pin("grey one", 12, 0.25, 0.5, "#ff8000"), Pin("another film", 3, 0.5, 0.5, "#000000")]
    write_pins(tmp_path / "pins.json", pins)
    summary, edit = timeline(film, "film.otio")
    assert summary == {"output": str(tmp_path / "film.otio"), "n_shots": 3, "n_markers": 5}
    assert edit["OTIO_SCHEMA"] == "Timeline.1" and edit["name"] == "film #1"
    assert edit["global_start_time"]["value"] == HOUR and edit["global_start_time"]["rate"] == 24
    clips = clips_of(edit)
    assert [frames_of(clip["source_range"]) for clip in clips] == [
        (HOUR, HOUR + 10), (HOUR + 10, HOUR + 16), (HOUR + 16, HOUR + 24),
    ]  # fmt: skip
    for clip in clips:
        reference = clip["media_reference"]
        assert reference["OTIO_SCHEMA"] == "ExternalReference.1" and file_of(reference) == str(film)
        assert frames_of(reference["available_range"]) == (HOUR, HOUR + 24)
    assert [markers_of(clip) for clip in clips] == [
        [
            ("CYAN", HOUR + 2, "paint this frame (1)"),
            ("RED", HOUR + 4, "lower left: probably wrong (11% of the picture)"),
        ],
        [
            ("GREEN", HOUR + 12, "pinned colour #ff8000"),
            ("ORANGE", HOUR + 12, "lower left: may be wrong (11% of the picture)"),
        ],
        [("CYAN", HOUR + 18, "paint this frame (2)")],
    ]
    assert clips[0]["metadata"]["cartoonize"]["confidence"] == 0.8


def test_sound_has_a_track(timeline, tmp_path):
    tone = np.zeros((44100, 1), np.float32)
    film = coloured(tmp_path / "film.mkv", sound=tone)
    _, edit = timeline(film, "film.otio", "--suggestions", "0")
    assert [track["kind"] for track in edit["tracks"]["children"]] == ["Video", "Audio"]
    assert len(clips_of(edit, 1)) == 3 and not any(clip["markers"] for clip in clips_of(edit, 1))
    assert not any(color == "CYAN" for clip in clips_of(edit) for color, *_ in markers_of(clip))


def test_the_same_as_an_edl(timeline, tmp_path):
    film = coloured(tmp_path / "film.mkv", rate=Fraction(30000, 1001), timecode="00:59:59;20")
    _, text = timeline(film, "film.edl")
    lines = text.splitlines()
    assert lines[:2] == ["TITLE: film", "FCM: DROP FRAME"]
    events = [line for line in lines if line[:3].isdigit()]
    assert events == [
        "001  AX       V     C        00:59:59;20 01:00:00;00 00:59:59;20 01:00:00;00",
        "002  AX       V     C        01:00:00;00 01:00:00;06 01:00:00;00 01:00:00;06",
        "003  AX       V     C        01:00:00;06 01:00:00;14 01:00:00;06 01:00:00;14",
    ]
    assert lines.count("* FROM CLIP NAME: film.mkv") == 3
    assert "* LOC: 00:59:59;24 RED     lower left: probably wrong (11% of the picture)" in lines
    assert "* LOC: 01:00:00;02 YELLOW  lower left: may be wrong (11% of the picture)" in lines


def test_a_part_of_a_film_counts_from_its_own_first_frame(timeline, tmp_path):
    film = coloured(tmp_path / "part.mkv", first=240)
    _, edit = timeline(film, "film.otio")
    assert [frames_of(c["source_range"])[0] - HOUR for c in clips_of(edit)] == [0, 10, 16]
    assert markers_of(clips_of(edit)[0])[1][:2] == ("RED", HOUR + 4)


def test_irregular_times_count(timeline, tmp_path):
    """A shot that begins later than its number of frames says begins at its time."""
    pts = [1000 * k // 24 + (1000 if k >= 10 else 0) for k in range(N_FRAMES)]
    film = tmp_path / "film.mkv"
    pictures = [picture(k) for k in range(N_FRAMES)]
    write_film(film, pictures, frame_rate=24, codec="ffv1", pts=pts, time_base=Fraction(1, 1000))
    shots = [
        ShotDoubt(n, s, e, pts[s] / 1000, 1.0, ()) for n, (s, e) in enumerate([(0, 10), (10, 16), (16, 24)])
    ]
    write_confidence(confidence_path(film), FilmConfidence(film.name, tuple(shots)))
    _, edit = timeline(film, "film.otio")
    rate = clips_of(edit)[0]["source_range"]["duration"]["rate"]
    seconds = [frames_of(clip["source_range"])[0] / rate for clip in clips_of(edit)]
    assert seconds == pytest.approx([0, pts[10] / 1000, pts[16] / 1000], abs=0.5 / rate)


@pytest.mark.parametrize("handles", [0, 2])
@pytest.mark.parametrize("codec, suffix", [("ffv1", "mkv"), ("prores", "mov")])
def test_clips_of_shots_are_their_own_media(timeline, tmp_path, codec, suffix, handles):
    film = coloured(tmp_path / "film.mkv")
    with (
        open_source(film) as source,
        open_clips(tmp_path / "clips", source.format, copy_from=film, codec=codec, handles=handles) as writer,
    ):
        for frame in source.frames():
            writer.write(frame.having(shot=sum(frame.index >= start for start in STARTS)))
    doubts(tmp_path / "clips")
    _, edit = timeline(tmp_path / "clips", "film.otio")
    spans = [(0, 10), (10, 16), (16, 24)]
    for number, (clip, (start, stop)) in enumerate(zip(clips_of(edit), spans, strict=True), 1):
        assert frames_of(clip["source_range"]) == (HOUR + start, HOUR + stop)
        reference = clip["media_reference"]
        assert file_of(reference) == str(tmp_path / "clips" / f"clips.{number:04d}.{suffix}")
        available = (HOUR + max(0, start - handles), HOUR + min(24, stop + handles))
        assert frames_of(reference["available_range"]) == available
    assert markers_of(clips_of(edit)[1])[0][:2] == ("ORANGE", HOUR + 12)


def test_pictures_are_sequences(timeline, tmp_path):
    (tmp_path / "stills").mkdir()
    for index in range(N_FRAMES):
        cv2.imwrite(str(tmp_path / "stills" / f"shot_{index + 101:05d}.png"), picture(index))
    doubts(tmp_path / "stills")
    _, edit = timeline(tmp_path / "stills", "film.otio")
    clip = clips_of(edit)[1]
    reference = clip["media_reference"]
    assert reference["OTIO_SCHEMA"] == "ImageSequenceReference.1"
    assert (reference["name_prefix"], reference["name_suffix"]) == ("shot_", ".png")
    assert (reference["start_frame"], reference["frame_zero_padding"]) == (101, 5)
    assert frames_of(clip["source_range"]) == (111, 117)
    assert frames_of(reference["available_range"]) == (101, 125)


def test_pictures_of_each_shot_tell_their_place(timeline, tmp_path):
    film = coloured(tmp_path / "film.mkv")
    with (
        open_source(film) as source,
        open_clips(tmp_path / "clips", source.format, codec="png", handles=2) as writer,
    ):
        for frame in source.frames():
            writer.write(frame.having(shot=sum(frame.index >= start for start in STARTS)))
    doubts(tmp_path / "clips")
    _, edit = timeline(tmp_path / "clips", "film.otio")
    spans = [frames_of(clip["source_range"]) for clip in clips_of(edit)]
    assert spans == [(1, 11), (11, 17), (17, 25)]
    available = [frames_of(clip["media_reference"]["available_range"]) for clip in clips_of(edit)]
    assert available == [(1, 13), (9, 19), (15, 25)]


def test_other_films_are_searched_for_cuts(timeline, tmp_path):
    film = coloured(tmp_path / "film.mkv", timecode="")
    confidence_path(film).unlink()
    summary, edit = timeline(film, "film.otio")
    assert summary["n_shots"] == 3 and summary["n_markers"] == 0
    assert [frames_of(clip["source_range"]) for clip in clips_of(edit)] == [(0, 10), (10, 16), (16, 24)]


@pytest.mark.parametrize("codec", ["ffv1", "exr"])
def test_clips_without_handles_tell_the_shots_themselves(timeline, fails, tmp_path, codec):
    film = coloured(tmp_path / "film.mkv")
    for name, handles in (("clips", 0), ("overlapping", 2)):
        with (
            open_source(film) as source,
            open_clips(
                tmp_path / name, source.format, copy_from=film, codec=codec, handles=handles
            ) as writer,
        ):
            for frame in source.frames():
                writer.write(frame.having(shot=sum(frame.index >= start for start in STARTS)))
    _, edit = timeline(tmp_path / "clips", "film.otio")
    first = HOUR if codec == "ffv1" else 1
    spans = [frames_of(clip["source_range"]) for clip in clips_of(edit)]
    assert spans == [(first, first + 10), (first + 10, first + 16), (first + 16, first + 24)]
    fails("timeline", tmp_path / "overlapping", "-w", tmp_path, words=["handles"])


def test_the_source_tells_the_frame_rate_of_pictures(timeline, tmp_path):
    film = tmp_path / "grey one.mkv"
    write_film(film, [picture(index) for index in range(N_FRAMES)], frame_rate=25, codec="ffv1")
    with (
        open_source(film) as source,
        open_writer(tmp_path / "seq", source.format, codec="exr") as writer,
    ):
        for frame in source.frames():
            writer.write(frame)
    doubts(tmp_path / "seq", rate=25, source=film)
    _, edit = timeline(tmp_path / "seq", "film.otio")
    clip = clips_of(edit)[2]
    assert clip["source_range"]["duration"] == {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": 8.0}
    assert clip["media_reference"]["name_suffix"] == ".exr" and clip["media_reference"]["rate"] == 25.0


def test_the_default_is_beside_the_film(cartoonize, tmp_path):
    film = coloured(tmp_path / "film.mkv")
    outcome = cartoonize("timeline", confidence_path(film), "-w", tmp_path)
    assert outcome.code == 0 and "film.otio: 3 shots, 4 markers." in outcome.err + outcome.out
    assert (tmp_path / "film.otio").exists()


def test_bad_input_is_said_in_a_line(fails, tmp_path):
    film = coloured(tmp_path / "film.mkv")
    fails("timeline", film, "-o", tmp_path / "film.aaf", words=[".otio or .edl"], code=2)
    fails("timeline", tmp_path / "none.mkv", "-w", tmp_path, words=["does not exist"])
    (tmp_path / "film.edl").write_text("mine")
    fails("timeline", film, "-w", tmp_path, "-o", tmp_path / "film.edl", words=["exists already"])
    assert (tmp_path / "film.edl").read_text() == "mine"
    confidence_path(film).write_text("{}")
    fails("timeline", film, "-w", tmp_path, words=["damaged"])


def test_clips_that_do_not_fit_the_shots_are_refused(fails, tmp_path):
    film = coloured(tmp_path / "film.mkv")
    with open_source(film) as source, open_clips(tmp_path / "clips", source.format, codec="ffv1") as writer:
        for frame in source.frames():
            writer.write(frame.having(shot=frame.index // 12))
    doubts(tmp_path / "clips")
    fails("timeline", tmp_path / "clips", "-w", tmp_path, words=["2 clips", "3 shots"])
    with av.open(str(tmp_path / "clips" / "clips.0001.mkv")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 12
