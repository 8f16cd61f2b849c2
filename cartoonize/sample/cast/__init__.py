"""The figures of the series: bodies that turn, walk and talk."""
