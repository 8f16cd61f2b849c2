"""The local web page on which a person looks at coloured films and makes them right."""
