"""What the genotypes of a sample tell of its sex, and of another person's reads among its own."""
