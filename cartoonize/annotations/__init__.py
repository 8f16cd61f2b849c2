"""What users say about colours: references, scribbles, swatches and pins."""
