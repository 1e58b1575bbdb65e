"""Models in PyTorch beside ours."""

from __future__ import annotations

import pytest
from transformers import dynamic_module_utils


@pytest.fixture(scope="session", autouse=True)
def code_of_exports(tmp_path_factory):
    """Where transformers copies the code that exports bring: not into the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        directory = str(tmp_path_factory.mktemp("modules"))
        patch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", directory)
        yield
