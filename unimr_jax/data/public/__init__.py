"""Public data sets, each from its own files into the record format; `sets.py` lists them."""
