"""The painted sets and their parts."""
