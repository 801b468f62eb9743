"""The clusters behind false negatives and false positives: where they lie and what they are."""
