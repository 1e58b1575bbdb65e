"""The bridge to what others load and run."""
