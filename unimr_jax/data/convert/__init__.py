"""Data sets from one format to another, shard by shard."""
