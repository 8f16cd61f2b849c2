"""Folders of DVDs and Blu-rays: the main title is one film, and its chapters are films of their own."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from cartoonize.errors import SourceError
from cartoonize.film_parts import chapter_of, chapter_path, whole_disc
from cartoonize.video import list_streams, open_source
from cartoonize.video.disc import disc_title
from cartoonize.workspace import fingerprint
from tests.support.discs import SECTOR, chain, write_ifo, write_playlist, write_stream

pytestmark = pytest.mark.video
HEIGHT, WIDTH, N = 96, 128, 25


def pictures(light, n=N):
    """Draw pictures by whose light and boxes the stream and the frame are known."""
    for k in range(n):
        picture = np.full((HEIGHT, WIDTH, 3), light, np.uint8)
        picture[60:90, 4 * k : 4 * k + 16] = 250 if light < 128 else 20
        yield picture


def lights(path, **options):
    with open_source(path) as source:
        return [int(np.median(frame.grey)) for frame in source.frames(**options)]


def seen(values, expected):
    return all(abs(value - other) <= 4 for value, other in zip(values, expected, strict=True))


@pytest.fixture
def dvd(tmp_path):
    """A disc with a menu, a short title set, and a title set of two films in two files."""
    folder = tmp_path / "DISC" / "VIDEO_TS"
    write_stream(folder / "VIDEO_TS.VOB", pictures(240, 8))
    write_stream(folder / "VTS_01_0.VOB", pictures(230, 12))
    write_stream(folder / "VTS_01_1.VOB", pictures(220, 10))
    write_stream(folder / "VTS_02_0.VOB", pictures(210, 12))
    parts = [write_stream(tmp_path / f"{light}.vob", pictures(light)) for light in (40, 80, 120, 160)]
    sizes = [part.stat().st_size // SECTOR for part in parts]
    data = b"".join(part.read_bytes() for part in parts)
    assert len(data) == SECTOR * sum(sizes)
    cut = (sizes[0] + sizes[1] // 2) * SECTOR  # the files are cut in the middle of a cell
    (folder / "VTS_02_1.VOB").write_bytes(data[:cut])
    (folder / "VTS_02_2.VOB").write_bytes(data[cut:])
    ends = np.cumsum([0, *sizes])
    cells = [(int(a), int(b) - 1, Fraction(1), 0) for a, b in pairwise(ends)]
    write_ifo(folder / "VTS_02_0.IFO", [chain(cells[3:], [1]), chain(cells[:3], [1, 2, 3])])
    return folder.parent


def test_the_longest_title_of_a_dvd_is_read_without_menus(dvd):
    found = lights(dvd)
    assert len(found) == 3 * N
    assert seen(found, [40] * N + [80] * N + [120] * N)
    assert lights(dvd / "VIDEO_TS") == found
    assert {"mpeg2video", "ac3"} <= {stream.codec for stream in list_streams(dvd)}


def test_without_tables_the_largest_title_set_is_read(dvd):
    (dvd / "VIDEO_TS" / "VTS_02_0.IFO").write_bytes(b"DVDVIDEO-VTS" + bytes(20))
    assert seen(lights(dvd), [40] * N + [80] * N + [120] * N + [160] * N)
    (dvd / "VIDEO_TS" / "VTS_02_0.IFO").unlink()
    assert len(lights(dvd)) == 4 * N


def test_only_the_first_angle_is_read(dvd):
    folder = dvd / "VIDEO_TS"
    sizes = [p.stat().st_size // SECTOR for p in sorted(dvd.parent.glob("*.vob"), key=lambda p: int(p.stem))]
    ends = np.cumsum([0, *sizes])
    kinds = (0, 1, 3, 0)
    cells = [(int(a), int(b) - 1, Fraction(1), k) for (a, b), k in zip(pairwise(ends), kinds, strict=True)]
    write_ifo(folder / "VTS_02_0.IFO", [chain(cells, [1, 2, 4])])
    assert seen(lights(dvd), [40] * N + [80] * N + [160] * N)
    assert disc_title(dvd).chapters == (0, 1, 2)


def test_an_encrypted_dvd_is_said_to_be_encrypted(dvd):
    path = dvd / "VIDEO_TS" / "VTS_02_1.VOB"
    data = bytearray(path.read_bytes())
    for at in range(SECTOR, len(data), SECTOR):
        data[at + 20] |= 0x10  # the bits for scrambling in the header of a packet
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"is encrypted \(CSS\)"):
        open_source(dvd)


def test_a_folder_without_films_is_no_disc(tmp_path):
    (tmp_path / "VIDEO_TS").mkdir()
    (tmp_path / "VIDEO_TS" / "VIDEO_TS.IFO").write_bytes(b"DVDVIDEO-VMG")
    with pytest.raises(SourceError, match="has no films of a DVD"):
        open_source(tmp_path)


@pytest.fixture
def bluray(tmp_path):
    """A disc with a short playlist, a looping one, and a film of two clips."""
    folder = tmp_path / "BD" / "BDMV"
    for name, light in (("00001", 60), ("00002", 110), ("00009", 200)):
        write_stream(
            folder / "STREAM" / f"{name}.m2ts", pictures(light), format="mpegts", mpegts_m2ts_mode="1"
        )
    lists = folder / "PLAYLIST"
    write_playlist(lists / "00000.mpls", [("00009", 10, 11)], [(0, 10)])
    write_playlist(lists / "00001.mpls", [("00002", 10, 11), ("00001", 5, 6)], [(0, 10), (1, 5)])
    write_playlist(lists / "00002.mpls", [("00009", 10, 11)] * 9, [(0, 10)])
    return folder.parent


def test_the_longest_playlist_of_a_bluray_is_read_in_its_order(bluray):
    found = lights(bluray)
    assert seen(found, [110] * N + [60] * N)
    assert lights(bluray / "BDMV") == found
    assert disc_title(bluray).chapters == (0, 1)


def test_an_encrypted_bluray_is_said_to_be_encrypted(bluray):
    path = bluray / "BDMV" / "STREAM" / "00002.m2ts"
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(0).bytes(len(data))
    for at in range(0, len(data), 192 * 32):  # units, of which 16 bytes are plain
        data[at + 16 : at + 192 * 32] = noise[at + 16 : at + 192 * 32]
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"is encrypted \(AACS\)"):
        open_source(bluray)


def test_a_chapter_is_a_source(dvd):
    second = chapter_path(dvd, 2)
    assert second == dvd / "DISC-02.chapter" and chapter_of(second) == (dvd, 2)
    assert seen(lights(second), [80] * N)
    assert seen(lights(second, start=0.4, end=0.8), [80] * 10)
    with open_source(second) as source:
        assert source.format.n_frames == N and source.format.duration == pytest.approx(1)
        frames = list(source.frames())
    assert [frame.index for frame in frames] == list(range(N))
    assert fingerprint(second) not in (fingerprint(dvd), fingerprint(chapter_path(dvd, 3)))
    with pytest.raises(SourceError, match="has 3 chapters, no chapter 4"):
        open_source(chapter_path(dvd, 4))


def test_the_content_of_a_disc_is_that_of_its_files(dvd):
    before = fingerprint(dvd)
    assert fingerprint(dvd / "VIDEO_TS") == before
    path = dvd / "VIDEO_TS" / "VTS_02_2.VOB"
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    assert fingerprint(dvd) != before


def test_the_folder_of_a_disc_is_known_by_its_name(dvd, monkeypatch):
    assert whole_disc(dvd / "VIDEO_TS") == dvd.resolve()
    monkeypatch.chdir(dvd)
    assert whole_disc(dvd.__class__("VIDEO_TS")) == dvd.resolve()


def test_pictures_of_a_disc_are_the_same_as_of_its_parts(dvd, tmp_path):
    with open_source(dvd) as source, open_source(tmp_path / "80.vob") as part:
        joined = list(source.frames())[N : 2 * N]
        for one, other in zip(joined, part.frames(), strict=True):
            assert np.array_equal(one.luma, other.luma)
