"""Documents that an office issues of a hazard, and the archive of one hazard (一患一档)."""
