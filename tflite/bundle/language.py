"""The language of programs: the steps and the rules of format version 2, as frozen structs.

docs/bundle.md says what each does. Lists are tuples, so that a program can be shared between threads and never changes.
"""

from __future__ import annotations

from typing import Annotated, Literal, Union

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Dimension = Annotated[int, Meta(ge=1, le=2**24)]
Shape = Annotated[tuple[Dimension, ...], Meta(max_length=8)]
# Far inside float32, so that neither a constant nor a sum of costs can overflow.
Real = Annotated[float, Meta(ge=-1e30, le=1e30)]
Number = Union[Real, Annotated[tuple[Real, ...], Meta(min_length=1, max_length=2**20)]]
Activation = Literal["softmax", "none"]
Cost = Annotated[float, Meta(ge=0, le=1e30)]
KeptValue = Literal["boxes", "scores", "classes", "rows", "count"]
Given = Annotated[dict[Name, Name], Meta(min_length=1)]  # output -> value


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Frozen; an unknown field is an error. (`kw_only` is not inherited, hence on every class below.)"""


class ParameterReference(Strict, kw_only=True):
    """Stands where a number could: the present value of a parameter."""

    parameter: Name


Setting = Union[Real, ParameterReference]


class Rule(Strict, kw_only=True, tag_field="rule"):
    """When an exit answers or a branch takes `then`; see docs/bundle.md for what each kind computes."""

    value: Name
    threshold: Setting


class AtLeast(Rule, kw_only=True, tag="at_least"):
    """The value, of one element, is at least the threshold."""


class MaxSoftmax(Rule, kw_only=True, tag="max_softmax"):
    """The largest probability is at least the threshold."""

    activation: Activation = "softmax"


class Entropy(Rule, kw_only=True, tag="entropy"):
    """The entropy in nats is at most the threshold."""

    activation: Activation = "softmax"


class Margin(Rule, kw_only=True, tag="margin"):
    """The largest probability less the second largest is at least the threshold."""

    activation: Activation = "softmax"


class LogisticEntropy(Rule, kw_only=True, tag="logistic_entropy"):
    """1 / (1 + exp(-(weight * entropy + bias))) is at most the threshold (IDK cascades)."""

    weight: Setting
    bias: Setting
    activation: Activation = "softmax"


AnyRule = Union[AtLeast, MaxSoftmax, Entropy, Margin, LogisticEntropy]


class Step(Strict, kw_only=True, tag_field="op"):
    """One step of a program."""


class Run(Step, kw_only=True, tag="run"):
    """Runs a part: `inputs` maps part inputs to values, `outputs` part outputs to values.

    `otherwise` is gone where a remote part cannot be reached, fails or would be late.
    """

    part: Name
    inputs: dict[Name, Name]
    outputs: Annotated[dict[Name, Name], Meta(min_length=1)]
    on: Literal["local", "remote"] = "local"
    otherwise: tuple[AnyStep, ...] | None = None


class Exit(Step, kw_only=True, tag="exit"):
    """Answers if the rule holds, or if the budget does not reach the next answer: `gives` maps outputs to values."""

    name: Name
    rule: AnyRule
    gives: Given


class Branch(Step, kw_only=True, tag="branch"):
    """Goes one of two ways."""

    rule: AnyRule
    then: tuple[AnyStep, ...]
    otherwise: tuple[AnyStep, ...] = ()


class Select(Step, kw_only=True, tag="select"):
    """The largest element of `value` picks the case (the lowest index among equals), or the number of `parameter`."""

    value: Name | None = None
    parameter: Name | None = None
    cases: Annotated[tuple[tuple[AnyStep, ...], ...], Meta(min_length=1)]


class Crop(Step, kw_only=True, tag="crop"):
    """Cuts a piece of `size` (height, width) from the image in `value`, where `at` says; outside of it is `padding`."""

    value: Name
    at: Name
    output: Name
    size: tuple[Dimension, Dimension]
    mode: Literal["theta", "box", "glimpse"] = "theta"
    scales: Annotated[int, Meta(ge=1, le=8)] = 1
    padding: Real = 0.0
    costs: dict[Name, Cost] = {}


class Repeat(Step, kw_only=True, tag="repeat"):
    """Runs its steps `times` times."""

    times: Annotated[int, Meta(ge=1, le=1000)]
    steps: Annotated[tuple[AnyStep, ...], Meta(min_length=1)]


class Leave(Step, kw_only=True, tag="leave"):
    """Leaves the innermost repeat or each around it if the rule holds."""

    rule: AnyRule


class Keep(Step, kw_only=True, tag="keep"):
    """The best of many boxes `[1, rows, 4]`: at most `most` that score `threshold`, none overlapping a better one.

    `outputs` maps what is kept ("boxes", "scores", "classes", "rows", "count") to values.
    """

    boxes: Name
    scores: Name
    threshold: Setting
    overlap: Setting
    most: Annotated[int, Meta(ge=1, le=1000)]
    outputs: Annotated[dict[KeptValue, Name], Meta(min_length=1)]
    costs: dict[Name, Cost] = {}


class Each(Step, kw_only=True, tag="each"):
    """Runs its steps for one row after another, as long as the budget reaches the next one.

    `rows` maps the value of a row to the value whose rows they are, `stacks` a value to the one whose rows it collects.
    """

    rows: Given
    count: Name | None = None
    steps: Annotated[tuple[AnyStep, ...], Meta(min_length=1)]
    stacks: Given
    done: Name | None = None


class Fill(Step, kw_only=True, tag="fill"):
    """A constant: one number, as many numbers as the shape holds, or a parameter."""

    output: Name
    shape: Shape
    content: Union[Number, ParameterReference]


class Answer(Step, kw_only=True, tag="answer"):
    """Answers: the end of the program. `gives` maps outputs to values."""

    name: Name
    gives: Given


AnyStep = Union[Run, Exit, Branch, Select, Crop, Repeat, Leave, Keep, Each, Fill, Answer]
