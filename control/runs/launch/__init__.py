"""How the driver of a run is started: on this machine."""
