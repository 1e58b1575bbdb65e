"""The claim: one unified model against its specialists, and what NLU features do for queries.

    python launch/sweep.py configs/claim.py --workdir=runs/claim

trains and evaluates the whole matrix on `scenes`, three seeds each, and writes its table;
docs/experiments.md says what came of it. One cell alone:

    python -m unimr_jax train --config=configs/claim.py:unified_gate --workdir=runs/gate

Data, parameters, steps and examples are equal. A specialist (`image_only`, `text_only`,
`nlu_only`) spends all of them on one task, in one stage in which all of it trains;
`unified_FUSION` has all tasks. After a name, `+one_stage`: the same examples in as many steps, all
tasks at once; `+own_share`, of a specialist: as many steps, but only as many examples as the
unified model has of that task. Three such together train on no more than the one model does.

Scored on test, three seeds on 2 CPU cores, recall@1: query_to_image 0.802 with `unified_gate` and
0.619 with `unified_none`, query_to_text 0.878 and 0.806, text_to_image 0.950 and with `image_only`
0.952; docs/experiments.md, entries 16 and 18. Five variants and three seeds of 400 joint steps for
600 took 77 minutes, two at a time and with other work beside them.

`smoke+` before a name: a few steps of a tiny model; `configs/claim.py:smoke` sweeps them all.
"""

import ml_collections
import quickstart

from unimr_jax.config_file import unknown_variant
from unimr_jax.models.fusion import FUSIONS

SPECIALISTS = ("image_only", "text_only", "nlu_only")
UNIFIED = tuple(f"unified_{fusion}" for fusion in FUSIONS)
ONE_STAGE, OWN_SHARE = "+one_stage", "+own_share"
# Convolutions take a tenth of the text encoder's time, where attention takes six tenths: the fewer
# layers, the less for a single text, so two of them see as far as three would.
HEAD = {"layer": 0, "block": "convolution", "depth": 2, "width": 64, "reach": 5}
HEAD_RULES = (("nlu/.*", 3.0, 1.0),)  # so few parameters want more than the joint stage's rate
ROWS = ("text_rows", "other_rows", "positive_rows")
MATRIX = (
    *UNIFIED,
    *SPECIALISTS,
    *(f"{name}{ONE_STAGE}" for name in UNIFIED),
    *(f"{name}{OWN_SHARE}" for name in SPECIALISTS),
)


def get_sweep(variant: str = "") -> dict:
    """What `launch/sweep.py` runs; `variant`: "" or "smoke"."""
    if variant not in ("", "smoke"):
        raise unknown_variant(variant, ["smoke"])
    return {
        "variants": [f"smoke+{name}" if variant else name for name in MATRIX],
        "seeds": [0] if variant else [0, 1, 2],
        "share_stages": ["text", "nlu"],
        "against": "smoke+unified_none" if variant else "unified_none",
    }


def get_config(variant: str = "") -> ml_collections.ConfigDict:
    config = quickstart.get_config()
    config.data.scenes_test = 2400  # of 600, text_to_image finds 0.97: too few to tell models apart
    config.model.nlu.update(HEAD)
    config.stages.nlu.steps = 300
    config.stages.nlu.optimizer.learning_rate = 3e-2
    config.model.temperatures.query_to_text = {"init": 0.03}
    config.stages.joint.steps = 600
    config.stages.joint.tasks.text_to_image.update(batch_size=64, text_rows=28)
    config.stages.joint.tasks.query_to_image.losses.slot = 4.0
    config.stages.joint.tasks.query_to_text = quickstart.task(
        48, {"softmax": 0.5}, text_length=128, text_rows=24, positive_length=96
    )
    return varied(config, variant)


def varied(config: ml_collections.ConfigDict, variant: str) -> ml_collections.ConfigDict:
    """One cell of the matrix, made of a config that has all tasks."""
    name = variant.removeprefix("smoke").removeprefix("+") or "unified_gate"
    if name not in MATRIX:
        raise unknown_variant(variant, [*MATRIX, "smoke"])
    method = name.removesuffix(ONE_STAGE).removesuffix(OWN_SHARE)
    if method in UNIFIED:
        fusion = method.removeprefix("unified_")
        config.model.nlu.fusion = fusion
        config.stages.joint.rules = (*HEAD_RULES, *quickstart.joint_rules(fusion))
    else:
        specialise(config, method, name.endswith(OWN_SHARE))
    if name.endswith(ONE_STAGE):
        all_at_once(config)
    if variant.startswith("smoke"):
        smoke(config)
    return config


def specialise(config: ml_collections.ConfigDict, method: str, own_share: bool) -> None:
    """One task has all steps, and the examples of all tasks or its own; nothing is frozen."""
    name, task_among = {
        "image_only": ("text_to_image", lambda tasks: tasks.get("text_to_image", {})),
        "text_only": ("text_to_text", lambda tasks: tasks.get("text_to_text", {})),
        "nlu_only": ("nlu", understanding),
    }[method]
    task = task_among(config.stages[config.stage_order[-1]].tasks)
    for stage in config.stages.values():
        counted = [task_among(stage.tasks)] if own_share else stage.tasks.values()
        stage.tasks = {name: resized(task, sum(each.get("batch_size", 0) for each in counted))}
        stage.rules = ((".*", 1.0, 1.0),)
    all_at_once(config)


def resized(task: dict, batch_size: int) -> dict:
    """The task with another number of examples, in rows that are as full."""
    rows = {key: -(-task[key] * batch_size // task["batch_size"]) for key in ROWS if key in task}
    return {**task, **rows, "batch_size": batch_size}


def understanding(tasks: ml_collections.ConfigDict) -> dict:
    """One task of what the tasks say of intents and slots, without pictures and passages."""
    merged = {}
    for task in tasks.values():
        losses = {name: task.losses[name] for name in ("intent", "slot") if name in task.losses}
        if losses:
            own = {key: task[key] for key in task if not key.startswith("other_")}
            own["losses"] = losses
            merged = merge(merged, own) if merged else own
    return merged


def merge(one: dict, other: dict) -> dict:
    """Both tasks' examples in one batch, under the losses of the other."""
    sizes = {key: one[key] + other[key] for key in ("batch_size", "text_rows")}
    return {**other, **sizes, "datasets": mixed(one, other)}


def mixed(*tasks: dict) -> dict:
    """Data sets by how many examples of a batch come from each."""
    shares = {}
    for task in tasks:
        total = sum(task["datasets"].values())
        for name, weight in task["datasets"].items():
            shares[name] = shares.get(name, 0.0) + task["batch_size"] * weight / total
    return shares


def all_at_once(config: ml_collections.ConfigDict) -> None:
    """The last stage alone with every task, in the steps of all and with as many examples.

    A task's loss weights are those of the last stage that has it; the optimizer is that of the
    first, which begins with nothing learnt as well, with the schedule of the last, which ends.
    """
    stages = [config.stages[name] for name in config.stage_order]
    steps = sum(stage.steps for stage in stages)
    last = stages[-1]
    tasks = {name: task for stage in stages for name, task in stage.tasks.items()}
    last.tasks = {name: {**task, **mean_sizes(name, stages, steps)} for name, task in tasks.items()}
    own = {key: value for key, value in stages[0].optimizer.items() if key != "schedule"}
    last.optimizer = {"schedule": last.optimizer.get("schedule", "cosine"), **own}
    last.steps = steps
    config.stages = {config.stage_order[-1]: last}
    config.stage_order = config.stage_order[-1:]


def mean_sizes(task: str, stages: list, steps: int) -> dict:
    """Batch size and rows, so that as many examples are seen as in the stages together."""
    seen = {}
    for stage in stages:
        own = stage.tasks.get(task, {})
        for key in ("batch_size", *ROWS):
            if key in own:
                seen[key] = seen.get(key, 0) + stage.steps * own[key]
    return {key: -(-number // steps) for key, number in seen.items()}


def smoke(config: ml_collections.ConfigDict) -> None:
    quickstart.smoke(config)
    config.data.scenes_test = 0
    config.model.image.update(depth=1, width=64, heads=1)
    config.model.text.update(depth=1, width=64, heads=1)
    config.model.nlu.update(depth=1, heads=1)
