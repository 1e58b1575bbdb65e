"""`prepare NAME`: what brings data into the record format, or works on it, by name.

A name is one module beside this one and one line below; what is heavy is imported by its `run`, so
that `--help` stays fast.
"""

from __future__ import annotations

from unimr_jax.data.prepare.convert import CONVERT
from unimr_jax.data.prepare.inspect import INSPECT
from unimr_jax.data.prepare.negatives import NEGATIVES
from unimr_jax.data.prepare.preparation import Preparation
from unimr_jax.data.prepare.public import PUBLIC_SETS
from unimr_jax.data.prepare.queries import QUERIES
from unimr_jax.data.prepare.scenes import SCENES
from unimr_jax.data.prepare.table import TABLE

PREPARE: dict[str, Preparation] = {
    "scenes": SCENES,
    "table": TABLE,
    "inspect": INSPECT,
    "convert": CONVERT,
    "queries": QUERIES,
    "negatives": NEGATIVES,
    **PUBLIC_SETS,
}
