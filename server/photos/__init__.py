"""Photos: originals, content-addressed and never altered."""
