"""Who did what to which hazard, and showing that nobody altered what was written of it."""
