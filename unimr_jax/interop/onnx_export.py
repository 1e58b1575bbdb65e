"""A trained model as ONNX graphs: one for pictures, one for documents, one for queries.

Batch and length are free; pictures are of the size that the model was made for. Tokens and pixels
come from elsewhere: the tokenizer lies beside the graphs, `config.json` says what pictures need.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unimr_jax.config import Config
from unimr_jax.data.labels import Labels
from unimr_jax.errors import UserError, needs
from unimr_jax.interop.torch_export import model_settings, state_dict, whole_directory

TOLERANCE = 1e-4  # of what onnxruntime gives from what PyTorch gives
