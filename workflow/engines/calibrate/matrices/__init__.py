"""Misclassification matrices: found, read, checked, and brought to the causes of the deaths."""
