"""Ledgers as files: the sheets and tables that they are written to, and ledger A itself."""
