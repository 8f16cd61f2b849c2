"""A second opinion on pictures that a decoder marks as damaged, some of which are whole."""

from __future__ import annotations

from collections import deque
from itertools import chain

import av

#: Codecs whose decoder, if told to be strict, raises an error at damage, and marks healthy pictures of some
#: encoders as damaged. The decoders of other codecs are right.
_CODECS = ("mpeg4", "h264", "h263", "flv1")
#: A decoder hands a picture over up to this many packets later.
_N_LATE = 40
#: Most packets that are kept.
_N_KEPT = 600


class SecondOpinion:
    """Keeps the latest packets, from a keyframe on, and decodes them strictly if a picture is in doubt.

    Parameters
    ----------
    stream : VideoStream
    """

    def __init__(self, stream: av.VideoStream) -> None:
        self._stream = stream
        self._can_tell = stream.codec_context.codec.canonical_name in _CODECS
        self._groups: deque[list[av.Packet]] = deque()
        self._n_new = _N_LATE
        """Number of packets since the last opinion."""
        self._is_asked = False

    def see(self, packet: av.Packet) -> None:
        """Take the next packet."""
        if not self._can_tell:
            return
        if packet.is_keyframe or not self._groups:
            self._groups.append([])
        self._groups[-1].append(packet)
        self._n_new += 1
        while len(self._groups) > 1 and self._n_kept - len(self._groups[0]) >= _N_LATE:
            self._groups.popleft()

    @property
    def _n_kept(self) -> int:
        return sum(map(len, self._groups))

    def is_damaged(self) -> bool:
        """Return whether there is damage, as a picture is in doubt.

        An opinion that there is none holds for some packets, so that it costs little if all are in doubt.
        """
        if not self._can_tell:
            return True
        self._is_asked = True
        return self._n_new >= _N_LATE and self._fails()

    def is_damaged_at_end(self) -> bool:
        """Return whether there is damage in the last packets, if a picture was in doubt."""
        return self._is_asked and self._n_new > 0 and self._fails()

    def _fails(self) -> bool:
        """Return whether a strict decoder raises an error."""
        self._n_new, self._is_asked = 0, False
        if self._n_kept > _N_KEPT:
            return True
        known = self._stream.codec_context
        decoder = av.VideoCodecContext.create(known.codec.name, "r")
        assert isinstance(decoder, av.VideoCodecContext)
        if known.extradata:
            decoder.extradata = known.extradata
        decoder.codec_tag = known.codec_tag
        decoder.width, decoder.height = known.width, known.height
        decoder.options = {"err_detect": "crccheck+buffer+explode"}
        try:
            for packet in chain(*self._groups, [None]):
                decoder.decode(packet)
        except av.FFmpegError:
            return True
        return False
