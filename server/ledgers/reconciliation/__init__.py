"""Another office's ledger held against ours: read, recognised, matched, compared."""
