"""Static checks of a program: values are written before they are read, shapes fit, every path ends in an answer.

The check is an abstract interpretation: it follows every path with the set of tensor types that each value may have at
each step. (A value may be written again with another type, as a recurrent state is.) The compiler uses the result.
Every visit of a step or of a list of steps is counted, so that no program takes long to check.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from . import manifest as m
from .check_size import check_cells, check_elements, check_size, inner_lists, require, window_pixels

MAX_CONSTANT = 1 << 24  # of a fill, or of a crop's windows
MAX_NUMBERS = 1 << 20  # of a value that is read as numbers
MAX_TENSORS = 16
MAX_VISITS = 20_000


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


class _Walk:
    """One pass over the program. An environment maps a value's name to the frozenset of tensors it may hold."""

    def __init__(self, manifest):
        self.manifest = manifest
        self.labels = len(manifest.task.labels)
        self._facts = Facts()
        self._names = set()
        self._visits = 0
        self._loops = {}  # path of a repeat -> (environment at the start of its steps, environment behind it)

    def facts(self):
        """Checks the whole program."""
        image = m.Tensor(shape=(1, *self.manifest.input.shape), type="float32")
        check_size(self.manifest)
        self._check_names(self.manifest.program, "program")
        env = {self.manifest.input.name: frozenset({image})}
        self._facts.values.update(env)
        after = self._steps(self.manifest.program, env, "program")
        require(after is None, "expected every way to end in an answer, received one that does not", "program")
        check_cells(self.manifest.program, self._facts.tensors)
        return self._facts

    def _check_names(self, steps, where):
        for i, step in enumerate(steps):
            if isinstance(step, (m.Exit, m.Answer)):
                unique = step.name not in self._names
                require(unique, f"expected names that differ, received {step.name!r} twice", f"{where}[{i}].name")
                self._names.add(step.name)
            for key, inner in inner_lists(step):
                self._check_names(inner, f"{where}[{i}].{key}")

    def _steps(self, steps, env, where):
        """Returns the environment after the steps, or None if every path through them has answered.

        `env` is the walk's own: it is changed.
        """
        self._visit()
        for i, step in enumerate(steps):
            self._visit()
            require(env is not None, "expected nothing behind an answer, received a step", f"{where}[{i}]")
            env = getattr(self, "_" + type(step).__name__.lower())(step, env, f"{where}[{i}]")
        return env

    def _visit(self):
        self._visits += 1
        problem = f"expected a program that is checked in {MAX_VISITS} visits of steps, received one that takes more"
        require(self._visits <= MAX_VISITS, problem, "program")

    def _read(self, env, value, where, target=None):
        require(value in env, f"expected a value that every way here has written, received {value!r}", where)
        self._facts.targets.setdefault(value, set()).add(target)
        self._facts.tensors[where] = self._facts.tensors.get(where, frozenset()) | env[value]
        return env[value]

    def _write(self, env, value, tensors, where):
        self._facts.overwritten.add(value)
        every = self._facts.values[value] = self._facts.values.get(value, frozenset()) | tensors
        problem = f"expected at most {MAX_TENSORS} kinds of tensors in a value, received more in {value!r}"
        require(len(every) <= MAX_TENSORS, problem, where)
        env[value] = tensors
        return env

    def _elements(self, env, value, where, expected=None, least=1):
        for tensor in self._read(env, value, where):
            count = math.prod(tensor.shape)
            require(
                count <= MAX_NUMBERS, f"expected at most {MAX_NUMBERS} elements, received {count} in {value!r}", where
            )
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
            env = self._write(env, value, frozenset({part.outputs[key]}), f"{where}.outputs")
        return env

    def _exit(self, step, env, where):
        self._rule(step.rule, env, f"{where}.rule")
        self._elements(env, step.value, f"{where}.value", expected=self.labels)
        return env

    def _answer(self, step, env, where):
        self._elements(env, step.value, f"{where}.value", expected=self.labels)

    def _branch(self, step, env, where):
        self._rule(step.rule, env, f"{where}.rule")
        return _join([self._steps(inner, dict(env), f"{where}.{key}") for key, inner in inner_lists(step)])

    def _select(self, step, env, where):
        self._elements(env, step.value, f"{where}.value", expected=len(step.cases))
        return _join([self._steps(inner, dict(env), f"{where}.{key}") for key, inner in inner_lists(step)])

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
            pixels = window_pixels(step, tensor)
            problem = f"expected at most {MAX_CONSTANT} pixels, received {pixels}"
            require(pixels <= MAX_CONSTANT, problem, f"{where}.size")
            written |= {m.Tensor(shape=shape, type="float32")}
        return self._write(env, step.output, written, where)

    def _repeat(self, step, env, where):
        """Walks the steps until nothing is new at their start: an iteration may read what the one before it wrote.

        What an earlier visit of this repeat found is a lower bound, so a visit that brings nothing new walks nothing.
        """
        start, after = self._loops.get(where, (None, None))
        entry = _join([start, env])
        while entry != start:
            start, after = entry, self._steps(step.steps, dict(entry), f"{where}.steps")
            require(after is not None, "expected a way to its end, but every way answers before", f"{where}.steps")
            entry = _join([entry, after]) if step.times > 1 else entry
        self._loops[where] = start, after
        return dict(after)

    def _fill(self, step, env, where):
        count = check_elements(step.shape, f"{where}.shape", MAX_CONSTANT)
        content = step.content
        if isinstance(content, m.ParameterReference):
            content = self._parameter(content.parameter, f"{where}.content").default
        if isinstance(content, tuple):
            problem = f"expected {count} numbers for the shape, received {len(content)}"
            require(len(content) == count, problem, f"{where}.content")
        return self._write(env, step.output, frozenset({m.Tensor(shape=step.shape, type="float32")}), where)


def _join(environments):
    """Joins the environments of several paths: the values written on all of them; None if all have answered."""
    open_paths = [env for env in environments if env is not None]
    if not open_paths:
        return None
    joined = dict(open_paths[0])
    for env in open_paths[1:]:
        for value in list(joined):
            if value not in env:
                del joined[value]
            elif env[value] is not joined[value]:
                joined[value] = joined[value] | env[value]
    return joined
