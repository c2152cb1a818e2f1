"""What every route shares, knowing nothing of the domain."""
