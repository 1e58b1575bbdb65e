"""The model in PyTorch: these files travel with an export and know nothing of unimr_jax."""
