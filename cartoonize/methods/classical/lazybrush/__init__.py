"""LazyBrush (Sykora, Dingliana, Collins 2009)."""
