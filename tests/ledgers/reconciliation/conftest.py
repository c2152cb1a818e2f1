"""Ledgers are held against hazards, which are moved along the line as in the tests of hazards."""

from tests.hazards.conftest import advance, hazard_in, make

__all__ = ["advance", "hazard_in", "make"]
