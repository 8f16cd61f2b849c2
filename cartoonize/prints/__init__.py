"""Black-and-white prints of coloured films, as other stock, other laboratories and the years leave them."""
