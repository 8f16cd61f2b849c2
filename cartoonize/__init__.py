"""Learn a cartoon series from its coloured part and colour the black-and-white rest, video to video."""

__version__ = "0.1.0"
