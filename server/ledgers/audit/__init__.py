"""The self-audit: the rules held against our own ledger, every night and on demand."""
