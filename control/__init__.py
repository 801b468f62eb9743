"""The control plane: what a run leaves behind, and (with later parts) who shows and steers it."""
