"""Memory that is freed stays with the process."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS_OF_ONE_MORE_ARRAY = """
import resource
import numpy as np
from unimr_jax.allocator import keep_freed_memory

if {keep}:
    keep_freed_memory()
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(2**24)  # 128 MiB, freed at once
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(keep: bool) -> int:
    code = FAULTS_OF_ONE_MORE_ARRAY.format(keep=keep)
    return int(subprocess.check_output([sys.executable, "-c", code]))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc's allocator")
def test_an_array_as_large_as_one_before_asks_the_kernel_for_nothing():
    assert page_faults(keep=False) > 100
    assert page_faults(keep=True) < 10
