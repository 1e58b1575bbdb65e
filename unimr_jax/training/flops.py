"""What a step computes and communicates, loops counted as often as they run.

XLA's `cost_analysis` counts the body of a loop once, and so misses most of a batch in microbatches.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from jax.extend.core import Jaxpr, JaxprEqn, jaxprs_in_params

_COLLECTIVE = re.compile(
    r" = (.*?) (?:all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(?:-done)?\("
)
_ARRAY = re.compile(r"\b([a-z]+)(\d*)\[([\d,]*)\]")  # f32[8,16]
_COMPUTATION = re.compile(r"^(ENTRY )?%?([\w.-]+) \(.*?\{\n(.*?)^\}", re.M | re.S)
_CALLED = re.compile(r"(?:to_apply|calls|body|branch_computations)=\{?%?([\w.-]+)")
_TRIPS = re.compile(r'"known_trip_count":\{"n":"(\d+)"\}')


def matrix_flops(jaxpr: Jaxpr) -> int:
    """Multiplications and additions of matrix products and convolutions, on all devices."""
    return sum(_flops(equation) for equation in jaxpr.eqns)


def _flops(equation: JaxprEqn) -> int:
    name, params = equation.primitive.name, equation.params
    if name == "dot_general":
        return _dot(equation)
    if name == "conv_general_dilated":
        return _convolution(equation)
    inside = [matrix_flops(jaxpr) for jaxpr in jaxprs_in_params(params)]
    if name == "cond":  # one of its branches runs
        return max(inside)
    return sum(inside) * (params["length"] if name == "scan" else 1)


def _dot(equation: JaxprEqn) -> int:
    (contracted, _), _ = equation.params["dimension_numbers"]
    left = equation.invars[0].aval.shape
    return 2 * equation.outvars[0].aval.size * math.prod(left[axis] for axis in contracted)


def _convolution(equation: JaxprEqn) -> int:
    """Every output is a sum over a window and the kernel's input channels.

    The gradient of a convolution with strides is one over an input with zeros in between, and
    products with these are none.
    """
    kernel, params = equation.invars[1].aval, equation.params
    products = kernel.size // kernel.shape[params["dimension_numbers"].rhs_spec[0]]
    zeros = math.prod(params["lhs_dilation"])
    return 2 * equation.outvars[0].aval.size * products // zeros


def bytes_communicated(hlo: str) -> int:
    """Bytes that the collectives of a compiled module hand to each device."""
    found = _COMPUTATION.findall(hlo)
    bodies = {name: body.splitlines() for _, name, body in found}

    def of_computation(name: str) -> int:
        return sum(_bytes_of_line(line, of_computation) for line in bodies[name])

    return sum(of_computation(name) for entry, name, _ in found if entry)


def _bytes_of_line(line: str, of_computation: Callable[[str], int]) -> int:
    if collective := _COLLECTIVE.search(line):
        return sum(_size(*array) for array in _ARRAY.findall(collective[1]))
    trips = _TRIPS.search(line)
    return sum(map(of_computation, _CALLED.findall(line))) * (int(trips[1]) if trips else 1)


def _size(kind: str, bits: str, shape: str) -> int:
    """Bytes of an array in HLO's notation; `pred` has no bits, and takes a byte."""
    return math.prod(map(int, filter(None, shape.split(",")))) * int(bits or 8) // 8
