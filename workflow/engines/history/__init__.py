"""The history of results: what was measured, run after run, in Parquet files that stay."""
