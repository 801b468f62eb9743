"""Which statements speak of a variant, and how well they fit it."""
