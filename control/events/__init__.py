"""The event path: files of runs → numbered journal → clients (DESIGN 4)."""
