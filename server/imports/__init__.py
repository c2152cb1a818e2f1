"""People and sites taken in from a file: tried first, then whole or not at all."""
