"""Moving bytes from a source to this machine: sources, one resumable download, verification."""
