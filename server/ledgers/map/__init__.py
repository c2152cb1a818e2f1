"""The ledger on a map: how areas stand, and where the hazards are."""
