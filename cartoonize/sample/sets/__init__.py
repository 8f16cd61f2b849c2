"""The painted sets, and what they are made of."""
