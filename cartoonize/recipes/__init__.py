"""Recipes: whole flows as TOML, and the steps that they may name."""
