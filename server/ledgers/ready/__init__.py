"""Answers that take seconds to count, kept ready: so that nobody waits for a million rows."""
