"""The list of packages. Everything else is in pyproject.toml.

The folder ``pipelines/`` is installed as ``cartoonize.pipelines``. In ``pyproject.toml``, setuptools
can either find packages or map folders to packages, but not both.
"""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["cartoonize*"]), "cartoonize.pipelines"],
    package_dir={"cartoonize.pipelines": "pipelines"},
)
