"""Concordance of several call sets without a truth: each pair compared, then put together."""
