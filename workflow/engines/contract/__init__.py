"""What every engine shares: errors, exit codes, atomic output, progress, provenance."""
