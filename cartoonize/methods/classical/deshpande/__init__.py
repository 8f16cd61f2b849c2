"""Large-scale automatic colorization (Deshpande, Rock, Forsyth 2015)."""
