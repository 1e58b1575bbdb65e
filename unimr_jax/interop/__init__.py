"""Hugging Face weights in and out, and other tools' formats."""
