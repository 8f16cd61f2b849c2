"""Whole flows as TOML recipes, found by name by ``cartoonize run``."""
