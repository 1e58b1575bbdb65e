"""What the config of a task says that its types cannot judge."""

from __future__ import annotations

import numpy as np

from unimr_jax.config import Model, Task, choose
from unimr_jax.data.long_texts import LONG_TEXTS
from unimr_jax.data.packing import rows_of
from unimr_jax.data.tasks import FIELDS
from unimr_jax.errors import UserError
from unimr_jax.losses import CONTRASTIVE, LOSSES
from unimr_jax.losses.schedules import values, weight_schedule

# What a loss between two of a kind compares, and the option that brings the second one.
BETWEEN = {
    "paraphrase": ("the texts of a picture", "other_text"),
    "views": ("pictures of one title", "other_image"),
}


def check_task(model: Model, steps: int, name: str, task: Task, key: str) -> None:
    """Raises UserError, naming the key below `key`; `steps` are the stage's."""
    _check_sizes(task, key)
    _check_mixture(name, task, steps, key)
    _check_long_texts(name, task, key)
    _check_others(name, task, key)
    _check_negatives(name, task, key)
    _check_losses(model, name, task, key)
    _check_matryoshka(model, task, key)


def check_positive(section: object, key: str, *names: str) -> None:
    for name in names:
        value = getattr(section, name)
        if value <= 0:
            raise UserError(f"{key}.{name}={value} must be above 0")


def check_not_negative(section: object, key: str, *names: str) -> None:
    for name in names:
        value = getattr(section, name)
        if value < 0:
            raise UserError(f"{key}.{name}={value} must be 0 or more")


def check_share(section: object, key: str, *names: str) -> None:
    for name in names:
        value = getattr(section, name)
        if not 0 <= value < 1:
            raise UserError(f"{key}.{name}={value} must be 0 or more, and below 1")


# ---- sizes -------------------------------------------------------------------------------------


def _check_sizes(task: Task, key: str) -> None:
    if not task.losses or not task.datasets:
        raise UserError(f"{key} needs at least one data set and one loss")
    check_positive(task, key, "batch_size", "text_length", "positive_length")
    if task.loss_block < 0:
        raise UserError(f"{key}.loss_block={task.loss_block} must be 0 (dense) or above")
    if task.microbatch < 0 or task.batch_size % (task.microbatch or task.batch_size):
        raise UserError(
            f"{key}.microbatch={task.microbatch} must divide {key}.batch_size={task.batch_size}; "
            "0 encodes the batch in one piece"
        )
    for text, rows in rows_of(task).items():
        if rows.rows * rows.length < task.batch_size:
            raise UserError(
                f"{key}.{text}_rows={rows.rows} of {rows.length} tokens cannot hold "
                f"{task.batch_size} texts, not even a token of each; give it more rows"
            )


def _check_matryoshka(model: Model, task: Task, key: str) -> None:
    for width in task.matryoshka:
        if not 0 < width < model.embed_dim:
            raise UserError(
                f"{key}.matryoshka={task.matryoshka}: {width} does not lie between 0 and "
                f"config.model.embed_dim={model.embed_dim}"
            )


# ---- data --------------------------------------------------------------------------------------


def _check_mixture(name: str, task: Task, steps: int, key: str) -> None:
    weights = {
        dataset: _weights(spec, steps, f"{key}.datasets.{dataset}")
        for dataset, spec in task.datasets.items()
    }
    total = sum(weights.values())
    if not total.all():
        raise UserError(
            f"{key}.datasets: all weights are 0 at step {int(total.argmin())}; have one of them "
            "above 0 at every step"
        )
    for language, weight in task.language_weights.items():
        if weight < 0:
            raise UserError(f"{key}.language_weights.{language}={weight} must be 0 or more")
    if task.no_duplicates and name == "nlu":
        raise UserError(
            f"{key}.no_duplicates: rows of the nlu task are no negatives of one another, so that "
            "duplicates do no harm; leave it out"
        )


def _weights(spec: float | dict, steps: int, key: str) -> np.ndarray:
    """Of a data set at each step [steps]."""
    _check_weight(spec, key)
    found = values(spec, max(1, steps))
    wrong = ~np.isfinite(found) | (found < 0)
    if wrong.any():
        step = int(wrong.argmax())
        raise UserError(f"{key} is {found[step]} at step {step}; a weight must be 0 or more")
    return found


def _check_long_texts(name: str, task: Task, key: str) -> None:
    choose(LONG_TEXTS, task.long_texts, f"{key}.long_texts")
    queries_alone = "intent" in FIELDS[name] and "positive" not in FIELDS[name]
    if task.long_texts != "truncate" and queries_alone:
        raise UserError(
            f"{key}.long_texts={task.long_texts!r}: {name} has queries alone, whose intent a part "
            "might not show; set it to 'truncate'"
        )


def _check_negatives(name: str, task: Task, key: str) -> None:
    check_not_negative(task, key, "hard_negatives")
    if task.hard_negatives and "positive" not in FIELDS[name]:
        raise UserError(
            f"{key}.hard_negatives={task.hard_negatives}: rows of {name} have no passage that "
            "others could be taken for; set it to 0"
        )


def _check_others(name: str, task: Task, key: str) -> None:
    for option in ("other_text", "other_image"):
        if getattr(task, option) and "image" not in FIELDS[name]:
            raise UserError(f"{key}.{option} is for tasks with pictures; set it to False")
    if task.other_rows and not task.other_text:
        raise UserError(
            f"{key}.other_rows={task.other_rows} are for other texts; set {key}.other_text to "
            "True, or leave them out"
        )


# ---- losses ------------------------------------------------------------------------------------


def _check_losses(model: Model, name: str, task: Task, key: str) -> None:
    for loss, weight in task.losses.items():
        choose(LOSSES, loss, f"{key}.losses")
        _check_weight(weight, f"{key}.losses.{loss}")
        if loss in CONTRASTIVE:
            _check_contrastive(model, name, loss, key)
        elif loss in BETWEEN:
            _check_between(name, task, loss, key)
            _check_temperature(model, name, key)
        elif name.startswith("text_"):
            raise UserError(f"{key}.losses.{loss}: rows of {name} have no intent; use a query task")


def _check_between(name: str, task: Task, loss: str, key: str) -> None:
    compared, option = BETWEEN[loss]
    if "image" not in FIELDS[name]:
        raise UserError(
            f"{key}.losses.{loss} compares {compared}, and {name} has no pictures; leave it out, "
            "or give it to a task with pictures"
        )
    if not getattr(task, option):
        raise UserError(f"{key}.losses.{loss} compares {compared}; set {key}.{option} to True")


def _check_weight(weight: object, key: str) -> None:
    try:
        weight_schedule(weight)
    except ValueError as error:
        raise UserError(f"{key}: {error}") from None


def _check_temperature(model: Model, name: str, key: str) -> None:
    if name not in model.temperatures:
        raise UserError(f"config.model.temperatures.{name} is missing; {key} is contrastive")


def _check_contrastive(model: Model, name: str, loss: str, key: str) -> None:
    if name == "nlu":
        raise UserError(f"{key}.losses.{loss}: the nlu task has no pairs; use a query task")
    _check_temperature(model, name, key)
    if loss == "sigmoid" and model.temperatures[name].bias is None:
        raise UserError(
            f"config.model.temperatures.{name}.bias is missing; the sigmoid loss needs one"
        )
