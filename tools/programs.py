"""Questions about a bundle's program: which parts and which answers it has, in the order in which they are written."""


def parts(steps) -> list[str]:
    """Names of the parts that a program may run, each once."""
    from tflite.bundle.check_program import walk

    return list(dict.fromkeys(step.part for step in walk(steps) if hasattr(step, "part")))


def answers(steps) -> list[str]:
    """Names of a program's exits and answers."""
    from tflite.bundle.check_program import walk

    return [step.name for step in walk(steps) if hasattr(step, "activation")]
