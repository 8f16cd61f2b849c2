"""HTML pages drawn from saved scores. No score is computed here."""
