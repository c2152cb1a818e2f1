"""The ledger as it leaves the house: exports, and what is held against them."""
