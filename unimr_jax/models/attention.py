"""Attention, and the kernels that a machine may have for it.

States are [batch, heads, length, head_width]. Segments say which tokens of a row see one another;
None: all of them. A window of n lets a token see n others on either side; 0: all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from flax import struct
from jax.experimental.pallas.ops.tpu import splash_attention
from jax.sharding import PartitionSpec

from unimr_jax.losses.ring import BATCH_AXES

Array = jax.Array

MASKED = -1e9  # a logit that softmax turns into 0 without making NaN of fully masked rows
BLOCK = 128  # tokens that splash attention works on at a time
WORTH_IT = 128  # tokens from which on a fused kernel is faster than the einsums


@struct.dataclass
class Segments:
    """Tokens of the same number see one another."""

    ids: Array  # int32 [batch, length]
    # Whether rows hold one text each, from their first token on, and padding behind it, whose
    # states nobody reads: kernels then need its length alone.
    padded: bool = struct.field(pytree_node=False, default=False)

    @property
    def lengths(self) -> Array:
        """Of padded rows: int32 [batch], 1 where there is no text, since nothing gives NaN."""
        return jnp.maximum(1, (self.ids > 0).sum(axis=1, dtype=jnp.int32))


def attention(query: Array, key: Array, value: Array, mask: Array | None) -> Array:
    """Softmax attention; all [batch, heads, length, head_width].

    The mask [batch, query_length or 1, key_length] says which keys a query sees.
    """
    logits = jnp.einsum("bhqd,bhkd->bhqk", query, key) * query.shape[-1] ** -0.5
    logits = logits.astype(jnp.float32)
    if mask is not None:
        logits = jnp.where(mask[:, None], logits, MASKED)
    weights = jax.nn.softmax(logits).astype(value.dtype)
    return jnp.einsum("bhqk,bhkd->bhqd", weights, value)


def segments_of(mask: Array) -> Segments:
    """Mask [rows, texts, length] → texts of each row from 1 on, padding 0."""
    numbers = jnp.arange(1, mask.shape[1] + 1)
    return Segments((mask * numbers[:, None]).sum(axis=1), padded=mask.shape[1] == 1)


def same_segment(segments: Segments | None) -> Array | None:
    """The mask [batch, length, length] of tokens that see one another."""
    return None if segments is None else segments.ids[:, :, None] == segments.ids[:, None, :]


def visible(segments: Segments | None, window: int, length: int) -> Array | None:
    """The mask [batch or 1, length, length] of tokens that see one another; None: all do."""
    mask = same_segment(segments)
    if not window:
        return mask
    places = jnp.arange(length)
    near = (jnp.abs(places[:, None] - places) <= window)[None]
    return near if mask is None else mask & near


# ---- kernels -----------------------------------------------------------------------------------


def einsum(
    query: Array, key: Array, value: Array, segments: Segments | None, window: int = 0
) -> Array:
    return attention(query, key, value, visible(segments, window, query.shape[2]))


def cudnn(
    query: Array, key: Array, value: Array, segments: Segments | None, window: int = 0
) -> Array:
    """Flash attention (arXiv 2307.08691) by cuDNN: no logits in memory."""
    options: dict[str, Array] = {}
    if segments is not None and segments.padded and not window:
        options = dict.fromkeys(("query_seq_lengths", "key_value_seq_lengths"), segments.lengths)
    elif (mask := visible(segments, window, query.shape[2])) is not None:
        options = {"mask": mask[:, None]}
    states = (x.swapaxes(1, 2) for x in (query, key, value))
    mixed = jax.nn.dot_product_attention(*states, **options, implementation="cudnn")
    return mixed.swapaxes(1, 2)


def splash(
    query: Array,
    key: Array,
    value: Array,
    segments: Segments | None,
    window: int = 0,
    interpret: bool = False,
) -> Array:
    """Flash attention by a Pallas kernel for TPUs; `interpret` runs it anywhere, slowly."""
    shape = query.shape[0], query.shape[2]
    ids = jnp.ones(shape, jnp.int32) if segments is None else segments.ids
    run = partial(_splash, window=window, interpret=interpret)
    mesh = jax.sharding.get_abstract_mesh()
    if mesh.size > 1:  # XLA does not divide a Pallas kernel over devices by itself
        states, of_rows = PartitionSpec(BATCH_AXES, "tensor"), PartitionSpec(BATCH_AXES)
        in_specs = (states, states, states, of_rows)
        run = jax.shard_map(run, in_specs=in_specs, out_specs=states, check_vma=False)
    return run(query, key, value, ids)


def _splash(
    query: Array, key: Array, value: Array, ids: Array, window: int, interpret: bool
) -> Array:
    """On one device; the length is padded up to whole blocks, in a segment of their own."""
    heads, length, head_width = query.shape[1:]
    missing = -length % BLOCK
    ids = jnp.pad(ids, ((0, 0), (0, missing)), constant_values=-1)
    query, key, value = (
        jnp.pad(x, ((0, 0), (0, 0), (0, missing), (0, 0)))
        for x in (query * head_width**-0.5, key, value)
    )
    kernel = splash_attention.make_splash_mha_single_device(
        splash_attention.MultiHeadMask([_splash_mask(length + missing, window)] * heads),
        interpret=interpret,
    )
    mixed = jax.vmap(kernel)(query, key, value, splash_attention.SegmentIds(ids, ids))
    return mixed[:, :, :length]


def _splash_mask(length: int, window: int) -> splash_attention.Mask:
    if not window:
        return splash_attention.FullMask((length, length))
    return splash_attention.LocalMask((length, length), (window, window), offset=0)


def auto(
    query: Array, key: Array, value: Array, segments: Segments | None, window: int = 0
) -> Array:
    """The fastest kernel that this machine has for states of this shape and type."""
    return KERNELS[fastest(query, segments, window)](query, key, value, segments, window)


KERNELS: dict[str, Callable[[Array, Array, Array, Segments | None, int], Array]] = {
    "auto": auto,
    "einsum": einsum,
    "cudnn": cudnn,
    "splash": splash,
}


# ---- which of them run -------------------------------------------------------------------------

Shaped = Array | jax.ShapeDtypeStruct


def fastest(query: Shaped, segments: Segments | None, window: int = 0) -> str:
    """What `auto` takes.

    On an H200 cuDNN took 0.8 ms where the einsums took 1.9 at 512 tokens, and 0.41 where they took
    0.25 at 64 (docs/benchmarks).
    """
    if query.shape[2] < WORTH_IT:
        return "einsum"
    if obstacle("cudnn", query, segments, window) is None:
        return "cudnn"
    if obstacle("splash", query, segments, window) is None and _divides_over_devices(query):
        return "splash"
    return "einsum"


def _divides_over_devices(query: Shaped) -> bool:
    """Whether `splash` can give every device as many rows and heads as any other."""
    mesh = jax.sharding.get_abstract_mesh()
    if mesh.empty:
        return jax.device_count() == 1
    shares = [mesh.shape.get(axis, 0) for axis in (*BATCH_AXES, "tensor")]
    if 0 in shares:  # a mesh of someone else's
        return False
    return query.shape[0] % (shares[0] * shares[1]) == query.shape[1] % shares[2] == 0


def obstacle(kernel: str, query: Shaped, segments: Segments | None, window: int = 0) -> str | None:
    """What the kernel needs and this machine or these states lack; None: it can run."""
    return OBSTACLES[kernel](query, segments, window) if kernel in OBSTACLES else None


def _obstacle_to_cudnn(query: Shaped, segments: Segments | None, window: int) -> str | None:
    """What `jax.nn.dot_product_attention` would refuse, in a traceback."""
    length, head_width = query.shape[2:]
    if not _is_ampere_or_later():
        return "needs an NVIDIA GPU of compute capability 8.0 or above"
    if query.dtype not in (jnp.bfloat16, jnp.float16):
        return f"needs bfloat16 or float16, found {query.dtype.name}"
    if head_width % 8 or head_width > 128:
        return f"needs heads of 8, 16, … or 128 features, found {head_width}"
    has_mask = window or (segments is not None and not segments.padded)
    if has_mask and length % 2:
        return f"needs an even number of tokens, found {length}"
    return None


def _obstacle_to_splash(query: Shaped, segments: Segments | None, window: int) -> str | None:
    return None if jax.default_backend() == "tpu" else "needs a TPU"


def _is_ampere_or_later() -> bool:
    device = jax.local_devices()[0]
    if "cuda" not in device.client.platform_version:
        return False
    return int(device.compute_capability.split(".")[0]) >= 8


OBSTACLES = {"cudnn": _obstacle_to_cudnn, "splash": _obstacle_to_splash}
