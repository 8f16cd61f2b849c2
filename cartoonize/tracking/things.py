"""Things: the most doubtful tracks of a shot, which a painted frame may mend in other shots, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from cartoonize.tracking.knots import N_KNOTS

if TYPE_CHECKING:
    from cartoonize.tracking.votes import TrackVotes

#: Largest numbers of tracks of a shot, and of a film, that count as doubtful.
_N_OF_SHOT, _N_OF_FILM = 48, 4000


@dataclass(frozen=True, slots=True, eq=False)
class Things:
    """The most doubtful tracks of a shot, or of a part of a long one."""

    doubt: NDArray[np.float32]
    """(things,) expected pixels with a wrong colour, over all frames."""
    lightness: NDArray[np.float32]
    """(things,) mean CIE L, 0..100."""
    descriptors: NDArray[np.float16]
    """(things, n) mean descriptors; n is 0 if no method describes regions."""
    shown: NDArray[np.bool_]
    """(frames, things) True if a frame that could be painted shows a thing."""

    @classmethod
    def of(cls, doubt: NDArray[Any], shown: NDArray[np.bool_], votes: TrackVotes | None) -> Self:
        """Return the most doubtful tracks.

        Parameters
        ----------
        doubt : ndarray, shape (tracks,)
            Expected pixels with a wrong colour.
        shown : bool ndarray, shape (frames, tracks)
            Which tracks the frames show.
        votes : TrackVotes or None
            Predictions for the tracks. Tracks that the user has divided off have none.
        """
        most = np.argsort(-doubt, kind="stable")[:_N_OF_SHOT]
        lightness, descriptors = _looks(votes, len(doubt))
        return cls(doubt[most].astype(np.float32), lightness[most], descriptors[most], shown[:, most])


NO_THINGS = Things(
    np.empty(0, np.float32), np.empty(0, np.float32), np.empty((0, 0), np.float16), np.empty((0, 0), bool)
)


def select_frames(parts: Sequence[Things], n_most: int) -> list[tuple[int, int, float]]:
    """Select frames of a film one after the other, each with the largest gain beside those before it.

    Each thing of the film counts with its doubt, multiplied by the largest share to which it is recognised as
    a thing that a selected frame shows. Frames that show it equally well mend it no more than one of them
    does. Things of a frame's own shot are followed there anyway, so that only those that it shows count for
    it fully.

    Parameters
    ----------
    parts : sequence of Things
        Of the shots of the film, or of their parts.
    n_most : int
        Largest number of frames.

    Returns
    -------
    list of (int, int, float)
        Part, position of the frame in it, and gain in pixels; the best first.
    """
    from cartoonize.tracking.recognition import recognised_share, similarities, unit_rows

    if not parts:
        return []
    owners = np.concatenate([np.full(len(one.doubt), k) for k, one in enumerate(parts)])
    doubt = np.concatenate([one.doubt for one in parts]).astype(np.float64)
    most = np.sort(np.argsort(-doubt, kind="stable")[:_N_OF_FILM])
    lightness = np.concatenate([one.lightness for one in parts])[most]
    width = max((one.descriptors.shape[1] for one in parts), default=0)
    looks = unit_rows(np.concatenate([_padded(one.descriptors, width) for one in parts])[most])
    frames: list[tuple[int, int]] = []
    shares: list[NDArray[np.float32]] = []
    for k, one in enumerate(parts):
        own = np.flatnonzero(owners[most] == k)
        seen = one.shown[:, most[own] - np.searchsorted(owners, k)]
        recognised = recognised_share(similarities(looks[own], lightness[own], looks, lightness))
        recognised[np.arange(len(own)), own] = 1
        for position, shows in enumerate(seen):
            if shows.any():
                frames.append((k, position))
                shares.append(recognised[shows].max(0))
    left = np.array(shares, np.float32).reshape(len(frames), len(most))  # what each frame mends more
    found: list[tuple[int, int, float]] = []
    for _ in frames[:n_most]:
        gains = left @ doubt[most]
        best = int(gains.argmax())
        if gains[best] <= 0:
            break
        found.append((*frames[best], float(gains[best])))
        left = np.maximum(left - left[best], 0)
    return found


def _looks(votes: TrackVotes | None, n_tracks: int) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
    """Return the lightness (tracks,) and descriptors (tracks, n) of tracks; zeros without votes."""
    if votes is None:
        return np.zeros(n_tracks, np.float32), np.zeros((n_tracks, 0), np.float16)
    tracks, n = votes.codes // N_KNOTS, max(n_tracks, votes.n_tracks)
    areas = np.maximum(np.bincount(tracks, votes.areas, n), 1e-6)
    lightness = np.bincount(tracks, votes.light, n) / areas
    sums = np.zeros((n, votes.descriptors.shape[1]), np.float32)
    np.add.at(sums, tracks, votes.descriptors.astype(np.float32) * votes.areas[:, None])
    descriptors = sums / areas[:, None]
    return lightness[:n_tracks].astype(np.float32), descriptors[:n_tracks].astype(np.float16)


def _padded(descriptors: NDArray[np.float16], width: int) -> NDArray[np.float16]:
    return np.pad(descriptors, ((0, 0), (0, width - descriptors.shape[1])))
