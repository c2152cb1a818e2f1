"""Intake: a filled form and its photos, checked, stored once, turned into hazards."""
