"""From genes and mutations to resistance by antimicrobial and class."""
