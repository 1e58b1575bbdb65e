"""Steps that are not finite leave everything as it was; too many in a row end the stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from unimr_jax.errors import Foreseen

Array = jax.Array


class DivergedError(Foreseen):
    """Too many steps in a row had gradients that are not finite."""


class SkipState(NamedTuple):
    inner: optax.OptState
    total: Array  # int32 []: steps skipped so far
    in_a_row: Array  # int32 []: of them, those up to now


def skip_non_finite(
    inner: optax.GradientTransformation, limit: int
) -> optax.GradientTransformation:
    """`inner`, but for steps whose gradients or updates hold a NaN or an infinity.

    Those leave parameters and the state of `inner` as they are, to the bit. From `limit` of them
    in a row on every step does, so that the state stays good until the host looks.

    `optax.apply_if_finite` branches instead of selecting, and a branch on a GPU waits for the
    host to read which way to go.
    """

    def init(params: optax.Params) -> SkipState:
        return SkipState(inner.init(params), jnp.zeros((), jnp.int32), jnp.zeros((), jnp.int32))

    def update(gradients: optax.Updates, state: SkipState, params: optax.Params):
        updates, after = inner.update(gradients, state.inner, params)
        good = _finite((gradients, updates)) & (state.in_a_row < limit)
        # x + (-0.0) is x whatever x is; 0.0 would turn a -0.0 around.
        updates = jax.tree.map(lambda x: jnp.where(good, x, jnp.full_like(x, -0.0)), updates)
        kept = jax.tree.map(lambda new, old: jnp.where(good, new, old), after, state.inner)
        in_a_row = jnp.where(good, 0, state.in_a_row + 1)
        return updates, SkipState(kept, state.total + ~good, in_a_row)

    return optax.GradientTransformation(init, update)


def _finite(tree: Any) -> Array:
    """Whether every number is.

    The least of the answers of all arrays, by sorting: that is done once, where XLA would compile a
    reduction of them into every selection that depends on it, which takes it minutes.
    """
    return jnp.sort(jnp.stack([jnp.isfinite(x).all() for x in jax.tree.leaves(tree)]))[0]


def counts(state: SkipState) -> dict[str, Array]:
    """What the metrics say of it."""
    return {"total": state.total, "in_a_row": state.in_a_row}


@dataclass(frozen=True)
class Guard:
    """Ends a stage that skips too many steps in a row."""

    stage: str
    directory: Path  # of the stage
    limit: int
    last_checkpoint: Callable[[], int | None]  # its step

    def check(self, line: Mapping[str, Any]) -> None:
        """Looks at the metrics of a step.

        Raises:
          DivergedError: `limit` steps in a row were skipped.
        """
        in_a_row = int(line["skipped"]["in_a_row"])
        if in_a_row >= self.limit:
            first = line["step"] - in_a_row + 1
            raise DivergedError(
                f"stage {self.stage!r} diverged: from step {first} on, the gradients of "
                f"{self.limit} steps in a row are not finite; {self._mend()}"
            )

    def _mend(self) -> str:
        step = self.last_checkpoint()
        lower = "take a lower learning rate, in another --workdir"
        if step is None:
            return f"there is no checkpoint before it; {lower}"
        good = self.directory / str(step)
        start = f"--config.stages.{self.stage}.init_from={good}"
        return f"the last good checkpoint is {good}; {lower}, starting from it by {start}"
