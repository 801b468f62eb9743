"""What every engine writes reports with: sections of texts, tables, pictures; as a page or PDF."""
