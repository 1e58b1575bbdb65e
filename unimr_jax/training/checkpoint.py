"""What a stage left: the parameters of its latest checkpoint, and the mark that it is done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from flax.traverse_util import flatten_dict, unflatten_dict

from unimr_jax.errors import Foreseen, UserError
from unimr_jax.training import processes
from unimr_jax.training.digest import checksums, params_sha256
from unimr_jax.training.step import TrainState
from unimr_jax.whole import write_atomically

DONE = "DONE.json"


class CheckpointError(Foreseen):
    """A checkpoint could not be written or read."""


def steps_of(stage: Path) -> list[int]:
    """The steps of a stage that have a checkpoint under its final name."""
    return ocp.utils.checkpoint_steps(stage) if stage.is_dir() else []


def reason(error: Exception) -> str:
    """The operating system's word where there is one, else the start of the message."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    message = " ".join(str(error).split())
    quoted = re.search(r"([^:]+) \[os_error_code", message)
    return quoted[1].strip() if quoted else message[:200]


def load_params(stage: Path, like: dict[str, Any], include: str = ".*") -> dict[str, Any]:
    """Parameters of another stage's latest checkpoint, in the types and the layout of `like`.

    Args:
      stage: a `stages/NN_name` directory, or one checkpoint in it.
      like: the tree wanted: arrays, or shapes with shardings where all of it is brought.
      include: regex over paths; parameters that do not match are taken from `like` as they are.

    Raises:
      UserError: no checkpoint there, or a parameter missing or of another shape.
      CheckpointError: it cannot be read, or was changed since it was written.
    """
    directory = latest(stage.absolute()) / "params"
    flat = flatten_dict(like, sep="/")
    wanted = {path: x for path, x in flat.items() if re.fullmatch(include, path)}
    if not wanted:
        raise UserError(f"{stage}: init_include={include!r} matches no parameter of the model")
    try:
        found = _read_params(stage, directory, wanted)
    except UserError:
        raise
    except Exception as error:
        raise CheckpointError(f"{directory}: cannot be read ({reason(error)})") from error
    return unflatten_dict(flat | flatten_dict(found, sep="/"), sep="/")


def latest(path: Path) -> Path:
    """The latest checkpoint of a stage's directory; a checkpoint is itself.

    Raises UserError where there is none.
    """
    if path.name.isdigit() and int(path.name) in steps_of(path.parent):
        return path
    steps = steps_of(path)
    if not steps:
        raise UserError(f"{path}: no checkpoint there; train that stage, or name another")
    return path / str(max(steps))


def _read_params(stage: Path, directory: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    with ocp.PyTreeCheckpointer() as checkpointer:
        tree = checkpointer.metadata(directory).item_metadata.tree
        stored = {"/".join(path): x for path, x in sorted(flatten_dict(tree).items())}
        _check_shapes(stage, wanted, stored)
        as_saved = {
            path: jax.ShapeDtypeStruct(x.shape, stored[path].dtype, sharding=x.sharding)
            for path, x in wanted.items()
        }
        args = restore_args(unflatten_dict(as_saved, sep="/"), partial=True)
        found = flatten_dict(checkpointer.restore(directory, args=args), sep="/")
    _check_sums(directory.parent, list(stored), found)
    typed = {path: x.astype(wanted[path].dtype) for path, x in found.items()}
    return unflatten_dict(typed, sep="/")


def _check_shapes(stage: Path, wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    for path, x in wanted.items():
        found = tuple(stored[path].shape) if path in stored else "nothing"
        if found != x.shape:
            raise UserError(
                f"{stage}: parameter {path} should be {x.shape}, found {found}; "
                "leave it out by the stage's init_include"
            )


def _check_sums(checkpoint: Path, paths: Sequence[str], found: Mapping[str, jax.Array]) -> None:
    """Against those that were saved, parameters first, in the order of their `paths`."""
    meta = checkpoint / "meta" / "metadata"
    if not meta.exists():  # an import has its parameters alone
        return
    saved = dict(zip(paths, json.loads(meta.read_text(encoding="utf-8"))["checksums"]))
    if checksums(list(found.values())) != [saved[path] for path in found]:
        raise ValueError("its arrays are not those that were saved")


def restore_args(item: Any, partial: bool = False) -> ocp.args.PyTreeRestore:
    """Has `item`, arrays or shapes with shardings, read in that layout, whatever it was saved in.

    `partial`: the checkpoint may hold more.
    """
    layout = ocp.checkpoint_utils.construct_restore_args(item)
    return ocp.args.PyTreeRestore(item=item, restore_args=layout, partial_restore=partial)


def mark_done(directory: Path, state: TrainState) -> None:
    """All processes call it together; the mark is there for each of them when it returns."""
    done = {"step": int(state.step), "params_sha256": params_sha256(state.params)}
    with processes.first_alone("stage done"):
        if processes.is_first():
            write_atomically(directory / DONE, json.dumps(done, indent=1) + "\n")


def is_done(directory: Path) -> bool:
    return (directory / DONE).is_file()
