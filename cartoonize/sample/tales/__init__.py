"""The tales of the series, one a file: what an episode shows and says."""

from cartoonize.sample.tales.birthday import BIRTHDAY
from cartoonize.sample.tales.letter import LETTER
from cartoonize.sample.tales.picnic import PICNIC
from cartoonize.sample.tales.seaside import SEASIDE
from cartoonize.sample.tales.windmill import WINDMILL

#: In the order of the episodes.
TALES = (WINDMILL, PICNIC, LETTER, SEASIDE, BIRTHDAY)

__all__ = ["TALES"]
