"""EPNet's tables 1 and 2 and figures 6 to 10 (Dai, Kong and Guo, CIKM 2020, section 5), on one trained network.

Every item is computed into plain rows, which `epnet_pages.py` writes down and draws. Prices are kappa, a
fraction of a right answer for an average convolution; the paper's beta is m times one over that convolution's
multiplications, with accuracy in percent, so that kappa = m / 100 for m = 1 .. 5 (1 .. 10 on CIFAR-10).
"""

from dataclasses import dataclass

import numpy as np

from keras_models.functional import evaluation, thresholds
from keras_models.functional.halting import first_exit
from keras_models.policies import choice, controllers, names
from tools.studies import epnet_pages as shown
from tools.studies.pages import Item
from tools.studies.study import Study

TITLE, FIRST_STAGE, QUICK = "EPNet", True, "epnet_digits"
DATASETS = {"max_min_mnist": "epnet_max_min", "multi_scale_fashion": "epnet_multi_scale", "cifar10": "epnet_cifar10"}

KAPPAS = {"cifar10": tuple(m / 100 for m in range(1, 11))}
FEW_KAPPAS = tuple(m / 100 for m in range(1, 6))
FIGURE_8 = (0.025, 0.125, 0.25)
GAMMAS = {"cifar10": (0.1, 0.01)}
ENTROPIES = (0.2, 0.3)
SLACK = 0.99  # of the budget that a setting chosen on held-out images may use there, so that it fits on others
EPNET, FOR_ALL, FOR_LATENCY = "EPNet", "EPNet, one for all prices", "EPNet, one for all, learned for latency"

# Beyond the paper: one layer on the sorted log-probabilities of the exit's answer, and nothing of its features. Few
# images that the classifiers have not seen are learned by heart less easily so.
ON_ANSWERS = "EPNet, one for all, on ranked answers"
RANKED = {"ranked": True, "controller_in": (), "controller_cat": (32,)}

# Table 1 as printed: acc^b, accuracy, percent, on each of `DATASETS`.
PRINTED_1 = {
    EPNET: ((95.51, 95.51), (88.68, 88.68), (88.61, 88.61)),
    "BranchyNet-0.2": ((67.65, 93.71), (61.09, 88.41), (86.54, 88.35)),
    "BranchyNet-0.3": ((70.82, 93.03), (68.11, 87.88), (87.83, 87.83)),
    "BranchyNet in budget": ((84.13, 84.13), (85.68, 85.68), None),
    "softmax gate-0.2": ((87.76, 87.76), (85.38, 85.38), None),
    "softmax gate-0.1": (None, None, (87.53, 87.53)),
    "softmax gate-0.01": ((61.53, 94.59), (49.88, 88.69), (71.72, 88.76)),
    "ResNet": ((46.86, 95.69), (32.14, 89.92), (47.82, 89.89)),
}

# Table 2: widths of f_in and f_cat, and the printed benefit, accuracy, multiplications and those of the controllers.
SIZES = (
    ((10, 10, 10), (10, 10), (82.40, 88.42, 1.203e7, 0.107e4)),
    ((50, 10, 10), (50, 50), (83.17, 88.45, 1.054e7, 0.724e4)),
    ((100, 10, 10), (100, 100, 50), (83.51, 88.61, 1.019e7, 2.419e4)),
    ((), (100, 100, 50), (82.99, 88.37, 1.074e7, 1.700e4)),
)


@dataclass(frozen=True)
class Model:
    """A way to decide: where each test image leaves, and what leaving through each exit costs, in price units."""

    name: str
    exits: np.ndarray
    costs: np.ndarray


def fitting(study: Study) -> str:
    """How the controllers were fitted, one clause."""
    effort, count = study.effort, len(study.fitting["labels"])
    return (
        f"controllers: {effort.policy_epochs} passes over the observed values of {count:,} images "
        f"({effort.views} shifts of every image), seed 0 unless said"
    )


def kappas(study: Study) -> tuple[float, ...]:
    """The paper's sweep on this data set."""
    return KAPPAS.get(study.task.name, FEW_KAPPAS)


def learned(study: Study, kappa: float, network=None, name: str = EPNET) -> Model:
    """Controllers at a price, leaving from a stop probability of one half on; fitted for it alone if none are given."""
    network = network or study.fitted(kappa)
    stop = study.stop(network, kappa, study.judged)
    return Model(name, np.asarray(first_exit(stop)), study.costs(names.OWN, network))


def gated(study: Study, text: str, threshold: float, name: str) -> Model:
    """A gate with one threshold on its confidence for all exits."""
    gate = choice.parse(text, study.network).gate
    exits = thresholds.first_exits(study.confidence(gate, study.judged), threshold)
    return Model(name, exits, study.costs(text))


def static(study: Study) -> Model:
    """The whole network, without exits."""
    costs = study.costs(names.STATIC)
    return Model("ResNet", np.full(len(study.judged["labels"]), len(costs) - 1), costs)


def within_budget(study: Study, text: str, budget: float, name: str, network=None) -> Model | None:
    """The most accurate setting of a policy on the held-out images whose mean cost there is within the budget."""
    exits = study.within_budget(text, SLACK * budget, study.held_out, network)
    return None if exits is None else Model(name, exits, study.costs(text, network))


def smallest_entropy(study: Study, budget: float) -> Model:
    """BranchyNet with the smallest entropy, in steps of .05, that fits the budget on test images, as the paper's."""
    for threshold in np.arange(0.05, 2.35, 0.05):
        model = gated(study, "entropy", -threshold, "BranchyNet in budget")
        if np.mean(model.costs[model.exits]) <= budget:
            break
    return Model(f"BranchyNet in budget ({threshold:.2f})", model.exits, model.costs)


def table_1(study: Study) -> dict:
    """Budget-constrained accuracy: the budget is what EPNet, fitted for the lowest price, spends on the test images."""
    price = kappas(study)[0]
    epnet = learned(study, price)
    budget = float(np.mean(epnet.costs[epnet.exits]))
    gammas = GAMMAS.get(study.task.name, (0.2, 0.01))
    models = [
        epnet,
        within_budget(study, names.OWN, budget, FOR_ALL, study.fitted(None)),
        within_budget(study, names.OWN, budget, FOR_LATENCY, study.fitted(None, exit_prices=study.latency_prices)),
        within_budget(study, names.OWN, budget, ON_ANSWERS, study.fitted(None, arguments=RANKED)),
        within_budget(study, names.FITTED, budget, "fitted threshold an exit"),
        within_budget(study, names.QUANTILE, budget, "MSDNet's quantiles"),
        *(gated(study, "entropy", -t, f"BranchyNet-{t:g}") for t in ENTROPIES),
        smallest_entropy(study, budget),
        *(gated(study, "max_softmax", 1 - g, f"softmax gate-{g:g}") for g in gammas),
        within_budget(study, "patience", budget, "patience"),
        within_budget(study, "random", budget, "random exits"),
        static(study),
    ]
    rows = [budget_row(study, model, budget) for model in models if model is not None]
    for rank, row in enumerate(sorted(rows, key=lambda row: -row["budgeted"]), 1):
        row["rank"] = rank
    return {"kappa": price, "budget": budget / study.static_cost, "rows": rows}


def budget_row(study: Study, model: Model, budget: float) -> dict:
    """One row of table 1, beside what the paper prints."""
    judged, correct = study.judged, study.correct(study.judged)
    answers, labels, classes = controllers.answers(judged).argmax(-1), judged["labels"], len(study.task.labels)
    total = budget * len(labels)
    return {
        "name": model.name,
        "budgeted": evaluation.budgeted_accuracy(correct, model.costs, model.exits, total, classes),
        "drawn": evaluation.drawn_budgeted_accuracy(answers, labels, model.costs, model.exits, total, classes, seed=0),
        "accuracy": evaluation.accuracy(correct, model.exits),
        "share": float(np.mean(model.costs[model.exits]) / study.static_cost),
        "finished": float(np.mean(evaluation.finished(model.costs, model.exits, total))),
        "printed": dict(zip(DATASETS, PRINTED_1.get(model.name.split(" (")[0], ()))).get(study.task.name),
    }


def table_2(study: Study) -> dict:
    """Sizes of the controllers at the lowest price."""
    price, rows = kappas(study)[0], []
    correct, seeds = study.correct(study.judged), range(max(1, min(3, study.effort.seeds)))
    for f_in, f_cat, printed in SIZES:
        sizes = {"controller_in": f_in, "controller_cat": f_cat, "conditioned": False}
        scores = []
        for seed in seeds:
            network = study.fitted(price, seed=seed, arguments=sizes)
            model = learned(study, price, network=network)
            benefit = evaluation.benefit_score(correct, model.costs, model.exits, price)
            accuracy, spent = 100 * evaluation.accuracy(correct, model.exits), np.mean(model.costs[model.exits])
            parts = [network.part_costs[f"controller_{i}"].macs for i in range(1, network.exits)]
            scores.append((benefit, accuracy, spent * network.price_unit(), np.mean(parts)))
        mean, spread = np.mean(scores, axis=0), np.std(scores, axis=0)
        row = {"f_in": f_in, "f_cat": f_cat, "benefit": mean[0], "spread": spread[0], "seeds": len(scores)}
        rows.append(row | {"accuracy": mean[1], "macs": mean[2], "controllers": mean[3], "printed": printed})
    return {"kappa": price, "rows": rows}


def figure_6(study: Study) -> dict:
    """Benefit against the price, of every way to decide."""
    prices, curves = kappas(study), {}
    networks = {FOR_ALL: study.fitted(None), FOR_LATENCY: study.fitted(None, exit_prices=study.latency_prices)}
    networks[ON_ANSWERS] = study.fitted(None, arguments=RANKED)
    test, fitting = study.correct(study.judged), study.correct(study.fitting)
    opened = study.kept[:-1]

    def add(model: Model, price: float):
        curves.setdefault(model.name, []).append(evaluation.benefit_score(test, model.costs, model.exits, price))

    for price in prices:
        add(learned(study, price), price)
        for name, network in networks.items() if price <= max(networks[FOR_ALL].kappa) else ():
            add(learned(study, price, network, name), price)
        for text, name in (("entropy", "BranchyNet"), ("max_softmax", "softmax gate")):
            gate, costs = choice.parse(text, study.network).gate, study.costs(text)
            for correct, values, kind in ((test, study.judged, "oracle"), (fitting, study.fitting, "tuned")):
                rewards = correct - price * costs
                sure = study.confidence(gate, values)[:, opened]
                best = thresholds.fit_shared_threshold(sure, rewards[:, study.kept])
                add(gated(study, text, best, f"{name}, {kind}"), price)
        gate, costs = choice.parse(names.FITTED, study.network).gate, study.costs(names.FITTED)
        sure, limits = study.confidence(gate, study.fitting)[:, opened], np.full(len(opened), np.inf)
        limits[opened] = thresholds.fit_thresholds(sure, (fitting - price * costs)[:, study.kept])
        exits = thresholds.first_exits(study.confidence(gate, study.judged), limits)
        add(Model("fitted threshold an exit", exits, costs), price)
        for entropy in ENTROPIES:
            add(gated(study, "entropy", -entropy, f"BranchyNet-{entropy:g}"), price)
        add(static(study), price)
    return {"kappas": prices, "curves": curves}


def exit_rates(study: Study, prices) -> dict:
    """Figures 7 and 8: cumulative exit rate by kind of image, `[kinds, exits]` a price."""
    groups = study.judged.get("groups")
    kinds = study.task.group_names if groups is not None else ("all",)
    rates = []
    for price in prices:
        model = learned(study, price)
        rates.append(evaluation.cumulative_exit_rates(model.exits, len(model.costs), groups).tolist())
    return {"kappas": tuple(prices), "kinds": tuple(kinds), "rates": rates, "panels": len(rates)}


def figure_9(study: Study) -> dict:
    """Accuracy of every exit on all images and on those that left there, and how many did, at the lowest price."""
    model = learned(study, kappas(study)[0])
    found = evaluation.exit_accuracies(study.correct(study.judged), model.exits)
    return {"kappa": kappas(study)[0], **{name: values.tolist() for name, values in found.items()}}


def figure_10(study: Study) -> dict:
    """Expected benefit on held-out images by epoch: exact gradient and REINFORCE, `[seeds, epochs]` each."""
    price, curves = kappas(study)[0], {}
    for estimator in ("exact", "reinforce"):
        options = {"estimator": estimator, "warm_up": 0.0}
        traces = [study.fitted(price, seed=seed, trace=True, **options)[1] for seed in range(study.effort.seeds)]
        curves[estimator] = [trace.tolist() for trace in traces]
    return {"kappa": price, "curves": curves}


ITEMS = {
    "table 1": Item(table_1, shown.write_table_1),
    "table 2": Item(table_2, shown.write_table_2),
    "figure 6": Item(figure_6, shown.write_figure_6, shown.paint_figure_6),
    "figure 7": Item(lambda study: exit_rates(study, kappas(study)[:1]), paint=shown.paint_exit_rates),
    "figure 8": Item(lambda study: exit_rates(study, FIGURE_8), paint=shown.paint_exit_rates),
    "figure 9": Item(figure_9, shown.write_figure_9, shown.paint_figure_9),
    "figure 10": Item(figure_10, shown.write_figure_10, shown.paint_figure_10),
}
