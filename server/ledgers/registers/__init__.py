"""The registers kept beside the ledger: what is under listing, what was struck off, every house."""
