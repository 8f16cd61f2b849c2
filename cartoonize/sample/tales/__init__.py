"""The tales of the series, one per file: scenes and dialogue of an episode."""

from cartoonize.sample.tales.birthday import BIRTHDAY
from cartoonize.sample.tales.letter import LETTER
from cartoonize.sample.tales.picnic import PICNIC
from cartoonize.sample.tales.seaside import SEASIDE
from cartoonize.sample.tales.windmill import WINDMILL

#: Tales in the order of the episodes.
TALES = (WINDMILL, PICNIC, LETTER, SEASIDE, BIRTHDAY)

__all__ = ["TALES"]
