"""The yardstick of quantization: a chain's float units by ai-edge-quantizer, in the place of this package."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np

from ..graph import flatbuffer
from .chain_units import ChainUnits
from .unit_chain import UnitChain, record


def quantize_by_recipe(work: ChainUnits, recipe_name: str, images: np.ndarray, widest: bool = False) -> None:
    """Quantizes the float units that may be, in chain order; what decides stays in float.

    Args:
        work: its units are exported in float32.
        recipe_name: of ai-edge-quantizer, such as "static_wi8_ai8".
        images: normalised, `[samples, h, w, c]`, to calibrate on.
        widest: whether the extremes over all images count (its `min_max_update`), not its default, a moving average of
            those of single images, which clips.
    """
    from ai_edge_quantizer import calibrator, quantizer, recipe, recipe_manager
    from ai_edge_quantizer.utils import qsv_utils

    rules, update = getattr(recipe, recipe_name)(), qsv_utils.min_max_update if widest else None

    parts = work.chain.parts()
    chain = UnitChain(work.all_exits, work.units, work.defaults)
    for visit, _ in record(chain.session(images)).visits.values():
        name = visit.step["part"]
        if parts[name].keep_float:
            continue
        tool = quantizer.Quantizer(bytearray(work.units[name]), rules)
        feeds = [{port: value.real()[i : i + 1] for port, value in visit.inputs.items()} for i in range(len(images))]
        with _hushed():
            seen = calibrator.Calibrator(work.units[name], **({"qsv_update_func": update} if update else {}))
            manager = recipe_manager.RecipeManager()
            manager.load_quantization_recipe(rules)
            seen.calibrate({"serving_default": feeds}, manager)
            quantized = tool.quantize(seen.get_model_qsvs()).quantized_model
        work.units[name] = flatbuffer.with_weights_inside(quantized)


@contextlib.contextmanager
def _hushed():
    """Without what ai-edge-quantizer prints and draws, and its warning that it keeps all tensors to look at them."""
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with warnings.catch_warnings(), quiet[0], quiet[1]:
        warnings.simplefilter("ignore")
        yield
