"""Passes over random programs, run symbolically: what is seen stays the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tflite.conversion.test_passes import fill, leave, run
from tflite.conversion.passes import drop_dead, group_runs

VALUES = ["image", "v0", "v1", "v2", "v3"]
values = st.sampled_from(VALUES)
runs = st.builds(
    lambda part, reads, write: run(part, " ".join(sorted(reads)), write),
    st.sampled_from("abcdef"),
    st.sets(values, min_size=1, max_size=2),
    values,
)
fills = st.builds(fill, values, st.integers(0, 9).map(float))
exits = st.builds(leave, st.just("exit"), values, values)


def nested(steps):
    """Steps that hold lists of steps."""
    lists = st.lists(steps, max_size=4)
    branch = st.builds(
        lambda v, a, b: {"op": "branch", "rule": {"value": v}, "then": a, "otherwise": b}, values, lists, lists
    )
    select = st.builds(lambda v, a, b: {"op": "select", "value": v, "cases": [a, b]}, values, lists, lists)
    return branch | select | st.builds(lambda a: {"op": "repeat", "times": 2, "steps": a}, lists)


simple = runs | runs | runs | fills | exits
programs = st.lists(st.recursive(simple, nested, max_leaves=12), max_size=12)


class Machine:
    """Runs a program symbolically: a value is the way it was computed. Notes the units and what exits would see."""

    def __init__(self, groups, choices):
        self.groups = {group.name: group for group in groups}
        self.choices, self.env, self.seen = list(choices), {name: name for name in VALUES}, []

    def steps(self, steps):
        for step in steps:
            getattr(self, step["op"])(step)
        return self

    def unit(self, step, env):
        made = (step["part"], tuple((port, env[value]) for port, value in sorted(step["inputs"].items())))
        self.seen.append(made)
        return {value: hash((port, made)) for port, value in step["outputs"].items()}

    def run(self, step):
        group = self.groups.get(step["part"])
        if group is None:
            self.env |= self.unit(step, self.env)
            return
        env = {port: self.env[value] for port, value in step["inputs"].items()}  # nothing but its inputs is in reach
        for inner in group.steps:
            env |= self.unit(inner, env)
        self.env |= {value: env[port] for port, value in step["outputs"].items()}

    def fill(self, step):
        self.env[step["output"]] = step["content"]

    def exit(self, step):
        self.seen.append(("exit", self.env[step["gives"]["label"]], self.env[step["rule"]["value"]]))

    def choose(self, value):
        """A decision depends on the value that it reads alone: a decision that is dropped changes no other."""
        return self.choices[hash(value) % len(self.choices)]

    def branch(self, step):
        value = self.env[step["rule"]["value"]]
        self.seen.append(("branch", value))
        self.steps(step["then" if self.choose(value) else "otherwise"])

    def select(self, step):
        value = self.env[step["value"]]
        self.seen.append(("select", value))
        self.steps(step["cases"][self.choose(value)])

    def repeat(self, step):
        for _ in range(step["times"]):
            self.steps(step["steps"])


@settings(max_examples=80, deadline=None)
@given(programs, st.lists(st.integers(0, 1), min_size=5, max_size=5), values)
def test_a_grouped_program_runs_the_same_units_on_the_same_values(program, choices, last):
    program = [*program, leave("last", last, last)]
    grouped, groups = group_runs(program)
    assert Machine(groups, choices).steps(grouped).seen == Machine([], choices).steps(program).seen
    for group in groups:
        written = [value for step in group.steps for value in step["outputs"].values()]
        assert len(set(group.units)) == len(group.units) and len(set(written)) == len(written)
        assert not set(written) & set(group.inputs)


@settings(max_examples=60, deadline=None)
@given(programs, st.lists(st.integers(0, 1), min_size=5, max_size=5), values)
def test_dropping_the_dead_changes_nothing_that_is_seen(program, choices, last):
    program = [*program, leave("last", last, last)]
    deciding = [
        [s for s in Machine([], choices).steps(p).seen if s[0] == "exit"] for p in (program, drop_dead(program))
    ]
    assert deciding[0] == deciding[1]
    assert drop_dead(drop_dead(program)) == drop_dead(program)
