"""One retrieval model for images, short and long texts and spoken-style queries."""
