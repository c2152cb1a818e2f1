"""The heart: the hazard, its five measures, its lifecycle and its chain of events."""
