"""`bench`: how fast each stage of a config trains on this machine, and what bounds it."""
