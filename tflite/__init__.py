"""Converts and runs bundles: dynamic networks as chains of static TFLite parts (the format is in docs/bundle.md).

    chain = tflite.Chain.load("bundles/demo")
    result = chain.run(image, budget=tflite.Budget(latency_ms=4))

The names below are loaded when they are first asked for, so that `import tflite` costs nothing. This package knows
nothing of keras_models or tools. (PyPI has another package of this name, a flatbuffer reader; this one has `Chain`.)
"""

from importlib import import_module

_HOMES = {
    "Budget": "runtime.budget",
    "Bundle": "bundle.files",
    "BundleError": "errors",
    "Chain": "runtime.chain",
    "ChainError": "errors",
    "Decision": "runtime.governor",
    "Evaluation": "runtime.evaluation",
    "FrugalError": "errors",
    "Governor": "runtime.governor",
    "Manifest": "bundle.manifest",
    "NoAnswerError": "errors",
    "Policy": "runtime.governor",
    "Prepared": "runtime.inputs",
    "Preparer": "runtime.inputs",
    "Reading": "runtime.governor",
    "Result": "runtime.result",
    "Trace": "runtime.tracing",
    "write_goldens": "bundle.goldens",
    "write_manifest": "bundle.files",
}

__all__ = sorted(_HOMES)


def __getattr__(name):
    """Loads an exported name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    """Names for completion."""
    return sorted({*globals(), *_HOMES})
