"""Composes stages: a whole way from an episode to a video, and recipes. The only place where stages meet."""
