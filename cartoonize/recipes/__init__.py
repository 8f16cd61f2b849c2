"""Recipes: whole flows as TOML files, and the steps of their stages."""
