"""What a chain is compared with: the same trained network in other shapes, each as a chain of the same runtime.

A baseline is a bundle in memory. So it gets the same preprocessing, the same interpreter settings and the same path
from a uint8 image to a label as the chain. There are four:

- **static** (`static_bundle`): all parts linked to one model of the last answer; every image pays for all of it;
- **cut short** (`static_bundle` up to an exit): the same network at a fixed depth, whose exit answers for every image;
- **conditional** (`conditional_bundle`): one model whose exits are nested IF operators, at one operating point;
- **full depth** (`full_depth`): the chain itself, nothing left out. It shows the cost of its steps.
"""

from .analysis import TOLERANCES, cheapest_within
from .bundles import (
    BaselineError,
    all_remote,
    describe_tensors,
    example_inputs,
    inputs_of_goldens,
    part_model,
    with_one_file,
    with_program,
)
from .conditional import conditional_bundle
from .device_alone import device_alone
from .full_depth import full_depth
from .linear import LinearProgram, is_linear, linearize
from .static import CUT, FULL_DEPTH, STATIC, attempt, count_macs, static_bundle, static_shapes, write_static_bundle

__all__ = [
    "BaselineError",
    "CUT",
    "FULL_DEPTH",
    "LinearProgram",
    "STATIC",
    "TOLERANCES",
    "all_remote",
    "attempt",
    "cheapest_within",
    "conditional_bundle",
    "describe_tensors",
    "count_macs",
    "device_alone",
    "example_inputs",
    "full_depth",
    "is_linear",
    "inputs_of_goldens",
    "linearize",
    "part_model",
    "static_bundle",
    "static_shapes",
    "with_one_file",
    "with_program",
    "write_static_bundle",
]
