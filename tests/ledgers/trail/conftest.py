"""Hazards with a history."""

from tests.hazards.conftest import advance, hazard_in, make
from tests.hazards.test_audit import tamper, unguarded

__all__ = ["advance", "hazard_in", "make", "tamper", "unguarded"]
