"""Colouring of films: the plan, the pipeline of filters for a shot, the shot cache, and the results."""
