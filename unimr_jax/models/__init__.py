"""Pure-functional Flax modules: no state but the parameter tree."""
