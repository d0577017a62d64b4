"""What every network's program must do: the same in Keras, over TFLite units, in a bundle, and nearly so in int8."""

import functools

import numpy as np

from keras_models import programs
from keras_models.datasets import network_input
from keras_models.functional.asked import FAR
from keras_models.policies.operating_points import Setting
from tests.families import sides
from tests.families.case import ran
from tests.keras_models.harness import call
from tflite.batched.steps import walk
from tflite.batched.values import Value
from tflite.bundle import Bundle
from tflite.graph import flatbuffer
from tflite.graph.byte_inputs import encoding
from tflite.runtime.chain import Chain
from tflite.runtime.server_parts import server_parts
from tools.pipeline import bundling, conversion

PROBED = 6  # images that the one-by-one runtime sees under every setting


def float_chain(case, settings) -> Chain:
    """The network as a float32 bundle, with an operating point a setting."""
    work = case.conversion(quantize="float32", calibration_images=16)
    write(case, work, settings, case.folder / "bundle")
    bundle = Bundle.load(case.folder / "bundle")
    return Chain(bundle, remote=server_parts(bundle), warm_up=False)


def write(case, work, settings, folder):
    """Writes a conversion whose units are made as a bundle, with an operating point a setting, and full depth."""
    values, labels = case.values, case.task.load("held_out")[1]
    reference = conversion.sweep_of(work, values, labels)
    sweep = conversion.sweep_of(work, values, labels, work.units)
    named = {f"point_{i}": setting for i, setting in enumerate(settings)} | {"full": case.network.full_depth()}
    every = {name: knob.default for name, knob in case.network.parameters().items() if not knob.names}
    measured = sweep.measure([every | setting for setting in named.values()], case.kept())
    points = {name: Setting(seen, float(np.mean(seen.costs))) for name, seen in zip(named, measured, strict=True)}
    folder.mkdir()
    bundling.write_bundle(work, folder, case.kept(), points, sweep, reference)


def check_call(case):
    """The network's answers to a batch are those of its program: of every exit in a line, else at the defaults."""
    if case.tiny.boxes:
        check_boxes_call(case)
        return
    logits = call(case.network, network_input(case.values))
    in_a_line = programs.in_a_line(case.network.program())
    outcomes = case.session.run({}, trace=in_a_line)
    near = 1e-4 * np.abs(logits[logits > FAR]).max()
    if in_a_line:
        assert logits.shape[1] == len(outcomes.ends)
        np.testing.assert_allclose(np.stack([s.outputs for s in outcomes.stops], axis=1), logits, atol=near)
    else:
        assert logits.shape[1] in (1, len(outcomes.ends))
        answers = outcomes.end if logits.shape[1] > 1 else 0
        expected = logits[np.arange(len(logits)), answers]
        own = expected > FAR  # others stand behind the answers of a task with fewer classes
        assert (np.isfinite(outcomes.outputs) == own).all()
        np.testing.assert_allclose(outcomes.outputs[own], expected[own], atol=near)


def check_boxes_call(case):
    """What a network that answers with boxes says to a batch is what one of its parts gives, port for port."""
    said = case.network(network_input(case.values), training=False)
    steps = [
        step for _, step in walk(case.network.program()) if step["op"] == "run" and set(step["outputs"]) == set(said)
    ]
    (ports,) = [step["outputs"] for step in steps]
    kept = case.session.run({}, keep=list(ports.values())).kept
    for port, value in ports.items():
        real = np.asarray(said[port])
        np.testing.assert_allclose(kept[value].real, real, atol=1e-4 * np.abs(real).max())


def check_units(case, settings):
    """Over float TFLite units every image goes the same way to the same answer as over Keras parts."""
    session = case.begin(case.executor(case.units))
    for setting in settings:
        expected, found = case.session.run(setting), session.run(setting)
        assert found.paths() == expected.paths() and found.end.tolist() == expected.end.tolist(), setting
        np.testing.assert_allclose(found.outputs, expected.outputs, atol=_near(expected.outputs))


def check_chain(case, chain, settings):
    """The one-by-one runtime goes the same ways, gives the same answers, and counts the same costs."""
    assert Chain(chain.bundle, warm_up=False).self_test() == [], "a device alone"
    units = {name: part.units for name, part in chain.manifest.parts.items()}
    macs = {name: {"macs": cost} for name, cost in case.network.part_macs.items()}
    session = over_the_wire(case)
    for setting in settings:
        expected = session.run(setting)
        paths, costs = expected.paths(), expected.costs(macs)["macs"]
        rows = {int(np.argmax(expected.end == end)) for end in set(expected.end)} | set(range(PROBED))
        for row in rows:
            given = known_defaults(case, setting) | setting | case.asked(row)
            result = chain.run(case.images[row], parameters=given)
            assert tuple(unit for part in result.path for unit in units[part]) == paths[row], setting
            assert result.exit == expected.ends[expected.end[row]]
            answer = expected.outputs[row][np.isfinite(expected.outputs[row])]
            answer = answer[: result.answer.size].reshape(result.answer.shape)  # behind the last box there is nothing
            np.testing.assert_allclose(result.answer, answer, atol=_near(expected.outputs))
            assert result.costs["macs"] == costs[row] == spent_here(case, result, units)


def over_the_wire(case):
    """A session over Keras parts, of which those on the server see what is sent to them: bytes, where they say so."""
    executor = case.executor()
    for name, part in case.network.parts().items():
        forms = {port: (np.uint8, encoding(*ends)) for port, ends in part.sent.items()}
        if forms:
            executor.parts[name] = functools.partial(_sent, executor.parts[name], forms)
    return case.begin(executor)


def _sent(part, forms, inputs):
    return part(inputs | {port: Value(inputs[port].requantized(*form).real()) for port, form in forms.items()})


def check_alone(case, chain, settings):
    """Without its server the one-by-one runtime does what the program says for that, as the batch does."""
    runs = [where for where, step in walk(case.network.program()) if step["op"] == "run" and "otherwise" in step]
    alone = Chain(chain.bundle, warm_up=False)
    units = {name: part.units for name, part in chain.manifest.parts.items()}
    for setting in settings if runs else ():
        expected = case.session.run(setting, force=dict.fromkeys(runs, "otherwise"))
        assert expected.paths() != case.session.run(setting).paths()
        for row in range(PROBED):
            given = known_defaults(case, setting) | setting | case.asked(row)
            result = alone.run(case.images[row], parameters=given)
            assert tuple(unit for part in result.path for unit in units[part]) == expected.paths()[row]
            np.testing.assert_allclose(result.answer, expected.outputs[row], atol=_near(expected.outputs))


def spent_here(case, result, units) -> float:
    """Multiply-adds of what a result says has happened on the device: parts, and crops as their steps have them."""
    crops = [step for _, step in walk(case.network.program()) if step["op"] == "crop"]
    crops = {step["output"]: step.get("costs", {}).get("macs", 0.0) for step in crops}
    ran_here = [event.name for event in result.events if event.kind == "run"]
    cut = [crops[event.name] for event in result.events if event.kind == "crop"]
    return sum(case.network.part_macs[unit] for part in ran_here for unit in units[part]) + sum(cut)


def _near(outputs) -> float:
    return 1e-4 * np.abs(outputs[np.isfinite(outputs)]).max()


def known_defaults(case, setting) -> dict:
    """The defaults of the parameters that a setting leaves out: a bundle's are those of an operating point."""
    return {name: knob.default for name, knob in case.network.parameters().items() if name not in setting}


def check_sides(case, settings):
    """Some image takes each side of every branch, select and exit under one of the settings."""
    taken = set().union(*(sides.sides(case.session, setting) for setting in settings))
    assert sides.every_side(case.session) - taken == set()


def check_full_depth(case, settings):
    """At full depth no image costs less than elsewhere, and no less than the reference, whose parts have all run."""
    network = case.network
    macs = {name: {"macs": cost} for name, cost in network.part_macs.items()}
    full = case.session.run(network.full_depth())
    spent = full.costs(macs)["macs"]
    for setting in settings:
        assert (case.session.run(setting).costs(macs)["macs"] <= spent).all(), setting
    for row, path in enumerate(full.paths()):
        reference = programs.at(network.reference(), {name: int(n) for name, n in case.asked(row).items()})
        assert ran(reference) <= set(path)
        assert 0 < programs.total_cost(reference, network.part_macs) <= spent[row]


def check_int8(case, settings) -> float:
    """The network becomes int8 of built-in operators; returns the share of ways that rounding changes, below 1."""
    work = case.conversion(quantize="int8", calibration_images=16)
    kept_float = {name for name, part in case.network.parts().items() if part.keep_float}
    conversion.quantize_units(work, kept_float)
    assert work.calibration["chosen"]
    changed = {name for name, content in work.units.items() if content != case.units[name]}
    assert changed == set(work.units) - kept_float and changed
    for content in work.units.values():
        assert all(code.customCode is None for code in flatbuffer.load(content).operatorCodes)
    session = case.begin(case.executor(work.units))
    moved = []
    for setting in settings:
        pairs = zip(session.run(setting).paths(), case.session.run(setting).paths(), strict=True)
        moved += [one != other for one, other in pairs]
    share = float(np.mean(moved))
    assert share < 1
    return share
