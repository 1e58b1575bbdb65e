"""Before jax starts: the CPU, as eight devices, so that meshes can be tried on any machine."""

from __future__ import annotations

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax

jax.config.update("jax_num_cpu_devices", 8)
