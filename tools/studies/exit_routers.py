"""How well policy networks choose exits, by exit and kind of image, and what routed inference reaches."""

from __future__ import annotations

import numpy as np

from keras_models.functional import which_exit
from tools import console


class Router:
    """A run of a network that chooses exits. Raises UserError for another one, or one of another task."""

    def __init__(self, folder, task_name: str):
        from keras_models import datasets
        from tools.pipeline import runs

        self.run = runs.read(folder)
        self.network, self.task = runs.load_model(self.run), datasets.get(self.run.config["task"], console.progress)
        if not hasattr(self.network, "choose"):
            raise console.UserError(f"expected a run of a network that chooses exits, received {folder}")
        if self.task.name != task_name:
            raise console.UserError(f"expected a router of {task_name}, received {folder} of {self.task.name}")
        self.name = self.run.folder.resolve().name


def judge(router: Router, split: str, limit: int | None) -> dict:
    """What a router does on a split.

    Returns:
        {"name", "exits": names of its choices, "judged": as of `which_exit.judged`, "kinds": {kind: the same},
        "accuracy" and "cost" of routed inference: mean multiply-adds, the router's among them, "first" and "last":
        accuracy where all take the first and the last of its choices}.
    """
    from keras_models import programs
    from keras_models.policies import routing
    from tools.reporting import samples

    network = router.network
    images, truth, groups = router.task.load(split)
    rows = samples.draw_rows(len(truth), limit)
    seen = network.observe(router.task.normalise(images[rows]))
    logits, predicted = routing.answers(seen), network.choose(seen["image"])
    settings = router.run.config["stages"]["router"]
    wanted = routing.labels(logits, truth[rows], network.label_costs(), network.chosen, settings)
    count, places = len(network.chosen), np.arange(len(rows))
    right = logits.argmax(-1)[:, network.chosen] == truth[rows][:, None]
    prices = network.part_macs
    ways = [programs.path_costs(programs.cut_short(network.network.program(), e), prices)[-1] for e in network.exits]
    own = sum(prices[name] for name in ("router", "choice"))
    kinds = {}
    for number, kind in enumerate(router.task.group_names if groups is not None else ()):
        own_rows = groups[rows] == number
        kinds[kind] = which_exit.judged(predicted[own_rows], wanted[own_rows], count)
    return {
        "name": router.name,
        "exits": network.exits,
        "judged": which_exit.judged(predicted, wanted, count),
        "kinds": kinds,
        "accuracy": float(right[places, predicted].mean()),
        "cost": float(own + np.asarray(ways)[predicted].mean()),
        "first": float(right[:, 0].mean()),
        "last": float(right[:, -1].mean()),
    }
