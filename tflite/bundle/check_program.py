"""Static checks of a program: values are written before they are read, shapes fit, every path ends in an answer.

The check is an abstract interpretation: it follows every path with the set of tensor types that each value may have at
each step. (A value may be written again with another type, as a recurrent state is.) The compiler uses the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..errors import BundleError
from . import manifest as m

MAX_NESTING = 16
MAX_STEPS = 10_000
MAX_ELEMENTS = 1 << 26


@dataclass
class Facts:
    """What the check learned about a program.

    Attributes:
        tensors: path of a reading field (`program[3].inputs.image`, `program[4].rule.value`) -> the set of tensors that
            the step may find there.
        values: name of a value -> the set of tensors that it may be anywhere in the program.
        overwritten: names of the values that a step writes.
        targets: name of a value -> the set of part inputs (`Tensor`s) that read it, with None for any other reader.
    """

    tensors: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    overwritten: set = field(default_factory=set)
    targets: dict = field(default_factory=dict)


def check_program(manifest: m.Manifest) -> Facts:
    """Checks the program of a manifest.

    Returns:
        The `Facts` that the program's compiler needs.

    Raises:
        BundleError: a check fails; the error names the step and the field.
    """
    return _Walk(manifest).facts()


def require(condition: bool, problem: str, where: str) -> None:
    """Checks a condition.

    Args:
        condition: what has to hold.
        problem: the error's sentence.
        where: the manifest's field at fault.

    Raises:
        BundleError: the condition does not hold.
    """
    if not condition:
        raise BundleError(problem, field=where)


def check_elements(shape: Sequence[int], where: str) -> int:
    """How many elements a shape holds; BundleError, naming the field, if that is more than a tensor may have."""
    count = math.prod(shape)
    require(count <= MAX_ELEMENTS, f"expected at most {MAX_ELEMENTS} elements, received {count}", where)
    return count


class _Walk:
    """One pass over the program. An environment maps a value's name to the frozenset of tensors it may hold."""

    def __init__(self, manifest):
        self.manifest = manifest
        self.labels = len(manifest.task.labels)
        self._facts = Facts()
        self._names = set()

    def facts(self):
        """Checks the whole program."""
        image = m.Tensor(shape=(1, *self.manifest.input.shape), type="float32")
        self._check_size(self.manifest.program)
        self._check_names(self.manifest.program, "program")
        env = {self.manifest.input.name: frozenset({image})}
        self._facts.values.update(env)
        after = self._steps(self.manifest.program, env, "program")
        require(after is None, "expected every way to end in an answer, received one that does not", "program")
        return self._facts

    def _check_size(self, program):
        steps = _count(program, 0)
        require(steps <= MAX_STEPS, f"expected at most {MAX_STEPS} steps a run, received {steps}", "program")

    def _check_names(self, steps, where):
        for i, step in enumerate(steps):
            if isinstance(step, (m.Exit, m.Answer)):
                unique = step.name not in self._names
                require(unique, f"expected names that differ, received {step.name!r} twice", f"{where}[{i}].name")
                self._names.add(step.name)
            for key, inner in inner_lists(step):
                self._check_names(inner, f"{where}[{i}].{key}")

    def _steps(self, steps, env, where):
        """Returns the environment after the steps, or None if every path through them has answered."""
        for i, step in enumerate(steps):
            require(env is not None, "expected nothing behind an answer, received a step", f"{where}[{i}]")
            env = getattr(self, "_" + type(step).__name__.lower())(step, env, f"{where}[{i}]")
        return env

    def _read(self, env, value, where, target=None):
        require(value in env, f"expected a value that every way here has written, received {value!r}", where)
        self._facts.targets.setdefault(value, set()).add(target)
        self._facts.tensors[where] = self._facts.tensors.get(where, frozenset()) | env[value]
        return env[value]

    def _write(self, env, value, tensors):
        self._facts.overwritten.add(value)
        self._facts.values[value] = self._facts.values.get(value, frozenset()) | tensors
        return {**env, value: tensors}

    def _elements(self, env, value, where, expected=None, least=1):
        for tensor in self._read(env, value, where):
            count = math.prod(tensor.shape)
            require(count >= least, f"expected at least {least} elements, received {count} in {value!r}", where)
            require(
                expected is None or count == expected,
                f"expected {expected} element(s), received {count} in {value!r}",
                where,
            )

    def _setting(self, setting, where):
        if isinstance(setting, m.ParameterReference):
            parameter = self._parameter(setting.parameter, where)
            require(
                not isinstance(parameter.default, tuple),
                f"expected a parameter that is one number, received the list {setting.parameter!r}",
                where,
            )

    def _parameter(self, name, where):
        parameter = self.manifest.parameters.get(name)
        require(parameter is not None, f"expected a parameter of the bundle, received {name!r}", where)
        return parameter

    def _rule(self, rule, env, where):
        one = 1 if isinstance(rule, m.AtLeast) else None
        self._elements(env, rule.value, f"{where}.value", expected=one, least=2 if isinstance(rule, m.Margin) else 1)
        for key in ("threshold", "weight", "bias"):
            self._setting(getattr(rule, key, 0.0), f"{where}.{key}")

    def _run(self, step, env, where):
        part = self.manifest.parts.get(step.part)
        require(part is not None, f"expected a part of the bundle, received {step.part!r}", f"{where}.part")
        local = step.on == "local"
        require(
            part.file is not None or not local,
            f"expected a file for {step.part!r}, which runs locally",
            f"{where}.part",
        )
        require(
            set(step.inputs) == set(part.inputs),
            f"expected the inputs {sorted(part.inputs)}, received {sorted(step.inputs)}",
            f"{where}.inputs",
        )
        for key, value in step.inputs.items():
            for tensor in self._read(env, value, f"{where}.inputs.{key}", part.inputs[key]):
                expected = part.inputs[key].shape
                require(
                    tensor.shape == expected,
                    f"expected the shape {list(expected)}, received {list(tensor.shape)} in {value!r}",
                    f"{where}.inputs.{key}",
                )
        values = list(step.outputs.values())
        require(len(set(values)) == len(values), f"expected values that differ, received {values}", f"{where}.outputs")
        for key, value in step.outputs.items():
            known = key in part.outputs
            require(known, f"expected one of the outputs {sorted(part.outputs)}, received {key!r}", f"{where}.outputs")
            env = self._write(env, value, frozenset({part.outputs[key]}))
        return env

    def _exit(self, step, env, where):
        self._rule(step.rule, env, f"{where}.rule")
        self._elements(env, step.value, f"{where}.value", expected=self.labels)
        return env

    def _answer(self, step, env, where):
        self._elements(env, step.value, f"{where}.value", expected=self.labels)

    def _branch(self, step, env, where):
        self._rule(step.rule, env, f"{where}.rule")
        return _join([self._steps(inner, env, f"{where}.{key}") for key, inner in inner_lists(step)])

    def _select(self, step, env, where):
        self._elements(env, step.value, f"{where}.value", expected=len(step.cases))
        return _join([self._steps(inner, env, f"{where}.{key}") for key, inner in inner_lists(step)])

    def _crop(self, step, env, where):
        one = step.mode == "theta"
        plain = step.scales == 1 or not one
        require(plain, f"expected 1 for the mode theta, received {step.scales}", f"{where}.scales")
        self._elements(env, step.at, f"{where}.at", expected=4 if one else 2)
        written = frozenset()
        for tensor in self._read(env, step.value, f"{where}.value"):
            image = len(tensor.shape) == 4 and tensor.shape[0] == 1
            require(image, f"expected [1, height, width, channels], received {list(tensor.shape)}", f"{where}.value")
            shape = (1, *step.size, tensor.shape[3] * step.scales)
            largest = math.prod(shape) * 4 ** (step.scales - 1)
            problem = f"expected at most {MAX_ELEMENTS} pixels, received {largest}"
            require(largest <= MAX_ELEMENTS, problem, f"{where}.size")
            written |= {m.Tensor(shape=shape, type="float32")}
        return self._write(env, step.output, written)

    def _repeat(self, step, env, where):
        while True:  # to a fixed point: an iteration may read what the one before it wrote
            after = self._steps(step.steps, env, f"{where}.steps")
            require(after is not None, "expected a way to its end, but every way answers before", f"{where}.steps")
            entry = _join([env, after]) if step.times > 1 else env
            if entry == env:
                return after
            env = entry

    def _fill(self, step, env, where):
        count = check_elements(step.shape, f"{where}.shape")
        content = step.content
        if isinstance(content, m.ParameterReference):
            content = self._parameter(content.parameter, f"{where}.content").default
        if isinstance(content, tuple):
            problem = f"expected {count} numbers for the shape, received {len(content)}"
            require(len(content) == count, problem, f"{where}.content")
        return self._write(env, step.output, frozenset({m.Tensor(shape=step.shape, type="float32")}))


def inner_lists(step: m.Step) -> Iterator[tuple[str, tuple[m.Step, ...]]]:
    """Yields (key, steps) of the lists inside a step: `then` and `otherwise`, `cases[i]`, `steps`."""
    if isinstance(step, m.Branch):
        yield "then", step.then
        yield "otherwise", step.otherwise
    elif isinstance(step, m.Select):
        for i, case in enumerate(step.cases):
            yield f"cases[{i}]", case
    elif isinstance(step, m.Repeat):
        yield "steps", step.steps


def walk(steps: Iterable[m.Step]) -> Iterator[m.Step]:
    """Yields every step of a program, inner steps after the step that holds them."""
    for step in steps:
        yield step
        for _, inner in inner_lists(step):
            yield from walk(inner)


def _count(steps, depth):
    """The largest number of steps that a run of the list can execute, repeats included."""
    require(depth <= MAX_NESTING, f"expected at most {MAX_NESTING} steps inside each other, received more", "program")
    total = 0
    for step in steps:
        inner = max((_count(inner, depth + 1) for _, inner in inner_lists(step)), default=0)
        total += 1 + inner * (step.times if isinstance(step, m.Repeat) else 1)
    return total


def _join(environments):
    """Joins the environments of several paths: the values written on all of them; None if all have answered."""
    open_paths = [env for env in environments if env is not None]
    if not open_paths:
        return None
    shared = set(open_paths[0]).intersection(*open_paths[1:])
    return {value: frozenset().union(*(env[value] for env in open_paths)) for value in shared}
