"""The OpenRosa protocol, for ODK Collect and any other OpenRosa client."""
