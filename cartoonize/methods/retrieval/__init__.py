"""Methods that find similar things in coloured pictures, by features of a network that knows photographs."""
