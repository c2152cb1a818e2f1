"""What can be wrong with a ledger, ours or another office's: plain functions over plain values."""
