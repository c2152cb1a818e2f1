"""Figures of the ledger: for dashboards, and for the national monthly reports (F1, F2)."""
