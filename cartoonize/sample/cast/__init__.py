"""The figures of the series, and how bodies turn, walk and talk."""
