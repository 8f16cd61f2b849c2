"""Tracks: regions that are followed through a shot, and the decision on their colours."""
