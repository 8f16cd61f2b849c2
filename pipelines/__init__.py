"""Recipes as TOML files. ``cartoonize run`` finds them by name."""
