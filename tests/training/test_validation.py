"""What the types of a config cannot judge is judged before any work, key by key."""

from __future__ import annotations

from unittest.mock import patch

import jax
import pytest
from jax.sharding import Mesh

from tests.runs import tiny_config
from unimr_jax.errors import UserError
from unimr_jax.models import attention
from unimr_jax.training.validation import check, check_mesh

TEXT = "stages.text"
PAIRS = "stages.text.tasks.text_to_image"
NLU = "stages.nlu.tasks.nlu"
QUERIES = "stages.joint.tasks.query_to_image"
DOWN = "{'kind': 'linear', 'init_value': 1.0, 'end_value': -2.0, 'transition_steps': 3}"

COMPLAINTS = [
    # names that no registry has
    ("model.dtype", "int8", "config.model.dtype='int8' is not known; choose from: float32"),
    ("evaluation.analysis", ("tokns",), "config.evaluation.analysis='tokns' is not known; did you"),
    ("model.attention", "cudn", "config.model.attention='cudn' is not known; did you mean 'cudnn'"),
    ("model.attention", "splash", "config.model.attention='splash' needs a TPU; 'auto' takes what"),
    ("model.attention", "cudnn", "config.model.attention='cudnn' needs an NVIDIA GPU of compute"),
    ("model.image.remat", "ful", "config.model.image.remat='ful' is not known; did you mean 'full"),
    ("model.text.remat", "dot", "config.model.text.remat='dot' is not known; did you mean 'dots'"),
    ("model.image.pooling", "mena", "config.model.image.pooling='mena' is not known; did you"),
    ("model.text.pooling", "mapp", "config.model.text.pooling='mapp' is not known; did you mean"),
    ("model.nlu.pooling", "maxx", "config.model.nlu.pooling='maxx' is not known; did you mean"),
    ("model.nlu.fusion", "gaet", "config.model.nlu.fusion='gaet' is not known; did you mean"),
    ("model.nlu.fusion_dropout", "1.0", "config.model.nlu.fusion_dropout=1.0 must be 0 or more"),
    ("model.temperatures.nlo", "{}", "config.model.temperatures='nlo' is not known; did you mean"),
    ("model.temperatures.text_to_image.init", "0.001", "init=0.001 is below its minimum 0.01"),
    ("data.fit", "corp", "config.data.fit='corp' is not known; did you mean 'crop'?"),
    ("data.interpolation", "cubic", "config.data.interpolation='cubic' is not known; did you mea"),
    ("data.resize", "15", "config.data.resize=15 leaves less than the config.model.image.size=16 "),
    ("data.max_patches", "9", "config.data.max_patches=9 with config.data.fit='crop': it must be"),
    ("data.fit", "naflex", "config.data.max_patches=0 with config.data.fit='naflex': it must be a"),
    (f"{TEXT}.optimizer.name", "adam", "optimizer.name='adam' is not known; did you mean 'adamw'?"),
    (f"{TEXT}.optimizer.schedule", "cos", "optimizer.schedule='cos' is not known; did you mean"),
    (f"{TEXT}.tasks", "{'nlo': {'datasets': {}, 'batch_size': 8, 'losses': {}}}", "tasks='nlo'"),
    (f"{PAIRS}.losses", "{'sofmax': 1}", f"config.{PAIRS}.losses='sofmax' is not known; did you"),
    # sizes
    ("model.embed_dim", "0", "config.model.embed_dim=0 must be above 0"),
    ("model.image.patch", "0", "config.model.image.patch=0 must be above 0"),
    ("model.image.size", "-16", "config.model.image.size=-16 must be above 0"),
    ("model.image.patch", "17", "config.model.image.size=16 is less than a patch, config.mod"),
    ("model.image.stem", "convolution", "config.model.image.stem='convolution' is not known; di"),
    ("model.image.stem_channels", "0", "config.model.image.stem_channels=0 must be above 0"),
    ("model.image.heads", "0", "config.model.image.width=16 must be an even multiple of config.mo"),
    ("model.image.heads", "16", "config.model.image.width=16 must be an even multiple of config.m"),
    ("model.text.embedding_deviation", "0.0", "text.embedding_deviation=0.0 must be above 0"),
    ("model.text.heads", "3", "config.model.text.width=16 must be an even multiple of config.mode"),
    ("model.nlu.heads", "0", "config.model.nlu.heads=0 must be above 0"),
    ("model.nlu.heads", "3", "config.model.nlu.heads=3 does not divide the text tower's width 16"),
    ("model.nlu.width", "-8", "config.model.nlu.width=-8 must be 0, for the text tower"),
    ("model.nlu.width", "6", "config.model.nlu.heads=2 does not divide config.model.nlu.width=6"),
    ("model.nlu.block", "convolutional", "config.model.nlu.block='convolutional' is not known; "),
    ("model.nlu.reach", "0", "config.model.nlu.reach=0 must be above 0"),
    ("model.nlu.layer", "2", "config.model.nlu.layer=2 must lie between 0 and 1 with config.model"),
    ("model.nlu.layer", "-1", "config.model.nlu.layer=-1 must lie between 0 and 1"),
    ("model.temperatures.nlu.init", "0", "config.model.temperatures.nlu.init=0.0 must be above 0"),
    ("model.temperatures.nlu.minimum", "0", "temperatures.nlu.minimum=0.0 must be above 0"),
    ("evaluation.batch_size", "0", "config.evaluation.batch_size=0 must be above 0"),
    ("evaluation.max_length", "0", "config.evaluation.max_length=0 must be above 0"),
    (f"{TEXT}.steps", "-1", "config.stages.text.steps=-1 must be 0 or more"),
    (f"{TEXT}.log_every", "0", "config.stages.text.log_every=0 must be above 0"),
    (f"{TEXT}.checkpoint_every", "0", "config.stages.text.checkpoint_every=0 must be above 0"),
    (f"{PAIRS}.batch_size", "0", f"config.{PAIRS}.batch_size=0 must be above 0"),
    (f"{PAIRS}.text_length", "0", f"config.{PAIRS}.text_length=0 must be above 0"),
    (f"{PAIRS}.positive_length", "0", f"config.{PAIRS}.positive_length=0 must be above 0"),
    (f"{PAIRS}.loss_block", "-1", f"config.{PAIRS}.loss_block=-1 must be 0 (dense) or above"),
    (f"{PAIRS}.matryoshka", "(8, 16)", "(8, 16): 16 does not lie between 0 and config.model.emb"),
    (f"{PAIRS}.microbatch", "3", f"{PAIRS}.microbatch=3 must divide config.{PAIRS}.batch_size=8;"),
    (f"{PAIRS}.microbatch", "-4", "microbatch=-4 must divide"),
    (f"{PAIRS}.hard_negatives", "1", "hard_negatives=1: rows of text_to_image have no passage"),
    (f"{PAIRS}.hard_negatives", "-1", f"config.{PAIRS}.hard_negatives=-1 must be 0 or more"),
    ("model.image.depth", "-1", "config.model.image.depth=-1 must be 0 or more"),
    ("model.nlu.depth", "-1", "config.model.nlu.depth=-1 must be 0 or more"),
    ("model.text.dropout", "1.0", "config.model.text.dropout=1.0 must be 0 or more, and below 1"),
    ("model.image.dropout", "-0.5", "config.model.image.dropout=-0.5 must be 0 or more, and bel"),
    ("model.text.mlp_ratio", "0.0", "config.model.text.mlp_ratio=0.0 must be above 0"),
    ("model.image.pooling_heads", "3", "pooling_heads=3 must divide config.model.image.width=16"),
    ("model.image.pooling_heads", "-2", "pooling_heads=-2 must divide config.model.image.width"),
    # optimizer
    (f"{TEXT}.optimizer.clip", "0.0", "config.stages.text.optimizer.clip=0.0 must be above 0"),
    (f"{TEXT}.optimizer.learning_rate", "-0.1", "optimizer.learning_rate=-0.1 must be above 0"),
    (f"{TEXT}.optimizer.b1", "1.5", "optimizer.b1=1.5 must be 0 or more, and below 1"),
    (f"{TEXT}.optimizer.warmup_steps", "-5", "optimizer.warmup_steps=-5 must be 0 or more"),
    (f"{TEXT}.optimizer.weight_decay", "-1", "optimizer.weight_decay=-1.0 must be 0 or more"),
    # data
    ("data.threads", "-1", "config.data.threads=-1 must be 0 or more"),
    ("data.prefetch", "-1", "config.data.prefetch=-1 must be 0 or more"),
    ("data.language_temperature", "-1", "data.language_temperature=-1.0 must be 0 or more"),
    ("data.scenes_test", "90", "config.data.scenes_test=90 asks for test pictures of scenes, of w"),
    ("data.scenes_size", "64", "config.data.scenes_size=64 writes scenes into the workdir, but d"),
    ("seed", "-1", "config.seed=-1 must lie between 0 and 2³²"),
    ("seed", str(2**32), "config.seed=4294967296 must lie between 0 and 2³²"),
    # pictures
    ("data.augment.hue", "0.6", "config.data.augment.hue=0.6 must lie between 0 (none) and 0.5"),
    ("data.augment.scale", "-0.1", "config.data.augment.scale=-0.1 must lie between 0 (none) and"),
    (
        f"{TEXT}.image_size",
        "7",
        "config.stages.text.image_size=7 is less than a patch, config.mod",
    ),
    # mixtures
    (f"{PAIRS}.datasets.scenes", "-1", f"config.{PAIRS}.datasets.scenes is -1.0 at step 0; a weig"),
    (f"{PAIRS}.datasets.scenes", "0", f"config.{PAIRS}.datasets: all weights are 0 at step 0; hav"),
    (f"{PAIRS}.datasets.scenes", DOWN, f"config.{PAIRS}.datasets.scenes is -1.0 at step 2; a weig"),
    (f"{PAIRS}.datasets.scenes", "{'kind': 'up'}", "datasets.scenes: schedule kind 'up' is not o"),
    (f"{PAIRS}.language_weights", "{'en': -1}", f"config.{PAIRS}.language_weights.en=-1.0 must be"),
    (f"{NLU}.no_duplicates", "True", f"config.{NLU}.no_duplicates: rows of the nlu task are no ne"),
    # long texts
    (f"{PAIRS}.long_texts", "cut", f"config.{PAIRS}.long_texts='cut' is not known; choose from: t"),
    (f"{NLU}.long_texts", "chunk", f"config.{NLU}.long_texts='chunk': nlu has queries alone, whos"),
    (f"{QUERIES}.long_texts", "chunk", "long_texts='chunk': query_to_image has queries alone, w"),
    # other texts and pictures
    (f"{NLU}.other_text", "True", f"{NLU}.other_text is for tasks with pictures; set it to Fal"),
    (f"{NLU}.other_image", "True", f"{NLU}.other_image is for tasks with pictures; set it to Fal"),
    (f"{PAIRS}.other_rows", "8", f"config.{PAIRS}.other_rows=8 are for other texts; set conf"),
    (f"{NLU}.losses.paraphrase", "1", "the texts of a picture, and nlu has no pictures; leave it"),
    (f"{PAIRS}.losses.paraphrase", "1", "paraphrase compares the texts of a picture; set config.s"),
    (f"{PAIRS}.losses.views", "1", "views compares pictures of one title; set config.stages.text"),
    # what a task needs
    (f"{TEXT}.tasks", "{}", "config.stages.text.tasks is empty; give the stage a task"),
    (f"{PAIRS}.losses", "{}", f"config.{PAIRS} needs at least one data set and one loss"),
    (f"{PAIRS}.datasets", "{}", f"config.{PAIRS} needs at least one data set and one loss"),
    (f"{PAIRS}.losses.intent", "1", "losses.intent: rows of text_to_image have no intent; use a"),
    (f"{PAIRS}.losses", "{'sigmoid': 1}", "config.model.temperatures.text_to_image.bias is miss"),
    ("stages.nlu.tasks.nlu.losses", "{'softmax': 1}", "losses.softmax: the nlu task has no pairs"),
    (
        "model.temperatures",
        "{'text_to_image': {}, 'text_to_text': {}}",
        f"config.model.temperatures.query_to_image is missing; config.{QUERIES} is contrastive",
    ),
    # weights that change
    (f"{PAIRS}.losses.softmax", "{'kind': 'liner'}", "losses.softmax: schedule kind 'liner' is no"),
    (f"{PAIRS}.losses.softmax", "{'kind': 'linear', 'a': 1}", "'linear': "),
    (
        f"{PAIRS}.losses.softmax",
        "{'kind': 'piecewise', 'init_value': 1.0, 'boundaries_and_scales': 3}",
        "losses.softmax: schedule 'piecewise': ",
    ),
    # parameters
    (f"{TEXT}.rules", "(('nul/.*', 1, 1), ('.*', 1, 1))", "no parameter is left for 'nul/.*'"),
    (f"{TEXT}.rules", "(('.*', 1, 1), ('nlu/.*', 1, 1))", "no parameter is left for 'nlu/.*'"),
    (f"{TEXT}.rules", "(('nlu/.*', 1, 1),)", "no rule covers the parameter"),
    (f"{TEXT}.rules", "(('(', 1, 1),)", "config.stages.text.rules[0]: '(' is not a regular expre"),
    (f"{TEXT}.rules", "(('.*', 0, 1),)", "config.stages.text.rules freeze every parameter"),
    (
        f"{TEXT}.frozen_dtype",
        "bf16",
        "config.stages.text.frozen_dtype='bf16' is not known; did you",
    ),
    ("model.adapters", "(('(', 4),)", "config.model.adapters[0]: '(' is not a regular expression"),
    ("model.adapters", "(('text/.*', -1),)", "config.model.adapters[0]: rank -1 must be above 0"),
    (
        "model.adapters",
        "(('.*', 4), ('a', 4))",
        "model.adapters[1]: no linear layer is left for 'a'",
    ),
    (f"{TEXT}.init_include", "(", "config.stages.text.init_include='(': missing ), unterminated"),
]


def test_the_convolutional_stem_needs_patches_that_it_can_halve(tmp_path):
    stem = "--config.model.image.stem=convolutional"
    check(tiny_config(tmp_path, stem))
    with pytest.raises(UserError, match="config.model.image.patch=4 must be a multiple of 8"):
        check(tiny_config(tmp_path, stem, "--config.model.image.patch=4"))


def test_one_block_for_all_layers_cannot_be_another_in_the_first(tmp_path):
    flags = (
        "--config.model.image.scan_layers=True",
        "--config.model.image.block.unnormed_first=True",
    )
    with pytest.raises(UserError, match="config.model.image.scan_layers compiles one block"):
        check(tiny_config(tmp_path, *flags))


NAFLEX = (
    "--config.data.fit=naflex",
    "--config.data.max_patches=9",
    "--config.data.augment.shift=0",
)


@pytest.mark.parametrize(
    "flag, said",
    [
        (
            "data.resize=32",
            "config.data.resize=32 is of fit 'crop', found config.data.fit='na",
        ),
        ("data.augment.flip=True", "config.data.augment changes squares, which config.data.fit='n"),
        ("model.image.stem=convolutional", "config.model.image.stem='convolutional' sees beyond"),
        (
            "stages.text.image_size=8",
            "config.stages.text.image_size=8: pictures of config.data.fi",
        ),
    ],
)
def test_naflex_cuts_patches_out_of_whole_pictures(tmp_path, flag, said):
    check(tiny_config(tmp_path, *NAFLEX))
    with pytest.raises(UserError) as error:
        check(tiny_config(tmp_path, *NAFLEX, f"--config.{flag}"))
    message = str(error.value)
    assert said in message and "\n" not in message


@pytest.mark.parametrize("key, value, said", COMPLAINTS)
def test_names_what_is_wrong(tmp_path, key, value, said):
    config = tiny_config(tmp_path, f"--config.{key}={value}")
    with pytest.raises(UserError) as error:
        check(config)
    message = str(error.value)
    assert said in message and "\n" not in message


@pytest.mark.parametrize("loss, option", [("views", "other_image"), ("paraphrase", "other_text")])
def test_a_loss_between_two_of_a_kind_has_a_temperature_too(tmp_path, loss, option):
    flags = (
        f"--config.{PAIRS}.losses={{'{loss}': 1.0}}",
        f"--config.{PAIRS}.{option}=True",
        "--config.model.temperatures={'text_to_text': {'init': 0.1}, 'query_to_image': {}}",
    )
    with pytest.raises(UserError, match=r"temperatures\.text_to_image is missing; config\.stages"):
        check(tiny_config(tmp_path, *flags))


def test_film_needs_a_layer_to_modulate(tmp_path):
    config = tiny_config(tmp_path, "--config.model.nlu.layer=1", variant="film")
    with pytest.raises(UserError, match="layer=1 must lie between 0 and 0 .* fusion 'film'"):
        check(config)


def test_cudnn_needs_half_precision_and_even_lengths_of_packed_rows(tmp_path):
    cudnn, half = "--config.model.attention=cudnn", "--config.model.dtype=bfloat16"
    with patch.object(attention, "_is_ampere_or_later", return_value=True):
        with pytest.raises(UserError, match="'cudnn' needs bfloat16 or float16, found float32; "):
            check(tiny_config(tmp_path, cudnn))
        with pytest.raises(UserError, match="'cudnn' needs an even number of tokens, found 9;"):
            odd = f"--config.{PAIRS}.text_length=9", f"--config.{PAIRS}.text_rows=8"
            check(tiny_config(tmp_path, cudnn, half, *odd))


@pytest.mark.parametrize(
    "overrides",
    [
        ("model.dtype=bfloat16",),
        ("model.attention=einsum",),
        ("model.nlu.layer=1",),
        (f"{PAIRS}.matryoshka=(4, 8)",),
        (f"{PAIRS}.losses={{'sigmoid': 1}}", "model.temperatures.text_to_image.bias=-2"),
        (f"{PAIRS}.losses.softmax={{'kind': 'constant', 'value': 1.0}}",),
    ],
)
def test_lets_pass_what_works(tmp_path, overrides):
    check(tiny_config(tmp_path, *(f"--config.{override}" for override in overrides)))


class TestMesh:
    def mesh(self, *shape: int) -> Mesh:
        return jax.make_mesh(shape, ("data", "fsdp", "tensor"))

    def test_batches_must_divide_over_data_and_fsdp(self, tmp_path):
        config = tiny_config(tmp_path, f"--config.{QUERIES}.batch_size=6")
        with pytest.raises(UserError) as error:
            check_mesh(config, self.mesh(2, 2, 2))
        assert str(error.value) == (
            f"config.{QUERIES}.batch_size=6 does not divide over 4 devices (config.mesh); "
            "take a multiple of 4"
        )

    def test_leave_a_device_whole_blocks_of_the_loss(self, tmp_path):
        task = f"--config.{QUERIES}"
        config = tiny_config(tmp_path, f"{task}.batch_size=32", f"{task}.loss_block=6")
        with pytest.raises(UserError) as error:
            check_mesh(config, self.mesh(2, 2, 2))
        assert str(error.value) == (
            f"config.{QUERIES}.loss_block=6 does not divide the 8 rows that a device holds of "
            "batch_size=32; take a divisor of 8"
        )

    @pytest.mark.parametrize("block", [0, 4, 8, 9])
    def test_may_be_one_block_or_several(self, tmp_path, block):
        task = f"--config.{QUERIES}"
        config = tiny_config(tmp_path, f"{task}.batch_size=32", f"{task}.loss_block={block}")
        check_mesh(config, self.mesh(2, 2, 2))

    def test_needs_a_token_of_the_rows_for_each_text(self, tmp_path):
        sizes = {"batch_size": 32, "text_rows": 2, "text_length": 15}
        flags = [f"--config.{QUERIES}.{name}={size}" for name, size in sizes.items()]
        with pytest.raises(UserError, match="text_rows=2 of 15 tokens cannot hold 32 texts"):
            check(tiny_config(tmp_path, *flags))

    def test_microbatches_must_divide_over_data_and_fsdp(self, tmp_path):
        config = tiny_config(tmp_path, f"--config.{QUERIES}.microbatch=2")
        with pytest.raises(UserError, match="query_to_image.microbatch=2 does not divide over 4"):
            check_mesh(config, self.mesh(2, 2, 2))

    @pytest.mark.parametrize("shape", [(2, 1, 4), (1, 2, 4), (8, 1, 1)])
    def test_is_fine_where_it_does(self, tmp_path, shape):
        size = 2 if shape[0] < 8 else 8
        check_mesh(
            tiny_config(tmp_path, f"--config.{QUERIES}.batch_size={size}"), self.mesh(*shape)
        )

    def test_must_divide_the_parameters(self, tmp_path):
        config = tiny_config(tmp_path, "--config.model.image.width=12")
        with pytest.raises(UserError, match="mesh.fsdp=8 does not divide dimension . of 'image"):
            check_mesh(config, self.mesh(1, 8, 1))

    def test_overrides_must_fit_the_parameters(self, tmp_path):
        config = tiny_config(tmp_path, "--config.mesh.overrides=(('txt/.*', ('fsdp',)),)")
        with pytest.raises(UserError, match=r"config.mesh.overrides\[0\]: no parameter is left"):
            check_mesh(config, self.mesh(1, 8, 1))


def test_learned_positions_must_reach_to_the_end_of_texts(tmp_path):
    learned = "--config.model.text.positions=learned"
    check(tiny_config(tmp_path, learned))
    with pytest.raises(UserError, match="max_length=.* is more than config.model.text.max_positi"):
        check(tiny_config(tmp_path, learned, "--config.model.text.max_positions=3"))
