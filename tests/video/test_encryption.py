"""Encrypted videos are called encrypted, not damaged."""

import re

import numpy as np
import pytest

from cartoonize.errors import SourceError
from cartoonize.video import open_source
from cartoonize.video.encryption import is_encrypted
from tests.support.recordings import cut, damaged, noise, write_recording

pytestmark = pytest.mark.video

CENC = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}


def refused(path, **options):
    with pytest.raises(SourceError) as caught, open_source(path, **options) as source:
        list(source.frames())
    return caught.value


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4"])
@pytest.mark.parametrize("more", [{}, {"movflags": "faststart"}, {"movflags": "frag_keyframe+empty_moov"}])
def test_an_encrypted_mp4(tmp_path, codec, more):
    path = tmp_path / "film.mp4"
    write_recording(path, format="mp4", codec=codec, n=10, muxer={**CENC, **more})
    for allow_damaged in (False, True):
        error = refused(path, allow_damaged=allow_damaged)
        assert str(error).startswith(f"{path} is encrypted") and "damaged" not in str(error)
        assert "not protected" in error.hint


def scrambled_transport(data):
    """Set the scrambling bits of all video packets, and change what they hold."""
    noise = np.random.default_rng(0)
    changed = bytearray(data)
    for at in range(0, len(data), 188):
        number = int.from_bytes(data[at + 1 : at + 3]) & 0x1FFF
        if number == 0x100:
            changed[at + 3] |= 0x80
            begin = at + 4 + (1 + data[at + 4] if data[at + 3] & 0x20 else 0)
            changed[begin : at + 188] = noise.bytes(at + 188 - begin)
    return bytes(changed)


def scrambled_program(data):
    """Do the same to the packets of a DVD, as CSS does."""
    noise = np.random.default_rng(0)
    changed = bytearray(data)
    for match in re.finditer(rb"\x00\x00\x01\xe0(..)[\x80-\xbf]", data, re.DOTALL):
        at, length = match.start(), int.from_bytes(match[1])
        begin, end = at + 9 + data[at + 8], at + 6 + length
        changed[at + 6] |= 0x10
        changed[begin:end] = noise.bytes(end - begin)
    return bytes(changed)


@pytest.mark.parametrize("format", ["mpegts", "vob"])
def test_scrambled_television_and_discs(tmp_path, format):
    path = tmp_path / "film.mpg"
    write_recording(path, format=format, codec="mpeg2video", pictures=noise(25), gop=10, sound="mp2")
    assert not is_encrypted(path)
    scramble = scrambled_transport if format == "mpegts" else scrambled_program
    path.write_bytes(scramble(path.read_bytes()))
    assert str(refused(path)).startswith(f"{path} is encrypted")


def test_damage_is_not_called_encryption(tmp_path):
    for format, codec, suffix in (("mp4", "libx264", "mp4"), ("vob", "mpeg2video", "vob")):
        path = tmp_path / f"film.{suffix}"
        options = {"movflags": "faststart"} if format == "mp4" else {}
        write_recording(path, format=format, codec=codec, pictures=noise(50), gop=10, muxer=options)
        line = str(refused(damaged(path, n=2000)))
        assert "encrypted" not in line and re.search("damaged|incomplete", line)
        assert not is_encrypted(cut(path)) and not is_encrypted(path)


@pytest.mark.parametrize(
    ("start", "is_it"),
    [
        (
            b"\x1a\x45\xdf\xa3" + bytes(40) + b"\x6d\x80\x8f\x62\x40\x8c\x50\x33\x81\x01\x50\x35\x85\x47\xe1",
            True,
        ),
        (b"\x1a\x45\xdf\xa3" + bytes(40) + b"\x6d\x80\x8f\x62\x40\x8c\x50\x34\x81\x01", False),
        (b"\x30\x26\xb2\x75" + bytes(20) + bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"), True),
        (b"\x30\x26\xb2\x75" + bytes(60), False),
        (b"", False),
    ],
    ids=["matroska", "compressed matroska", "asf", "plain asf", "empty"],
)
def test_headers_that_declare_encryption(tmp_path, start, is_it):
    path = tmp_path / "film"
    path.write_bytes(start + bytes(100) if start else b"")
    assert is_encrypted(path) is is_it
