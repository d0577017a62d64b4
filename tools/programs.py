"""Questions about a bundle's program: which parts and which answers it has, in the order in which they are written."""


def walk(steps):
    """Yields every step of a program, inner ones behind the step that holds them."""
    from tflite.check_program import inner_lists

    for step in steps:
        yield step
        for _, inner in inner_lists(step):
            yield from walk(inner)


def parts(steps) -> list[str]:
    """Names of the parts that a program may run, each once."""
    return list(dict.fromkeys(step.part for step in walk(steps) if hasattr(step, "part")))


def answers(steps) -> list[str]:
    """Names of a program's exits and answers."""
    return [step.name for step in walk(steps) if hasattr(step, "activation")]
