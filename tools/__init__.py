"""Programs that `make` and developers call."""
