"""DeepMoE's tables and figures from finished runs: error against cost, shuffled gates, gates by class; and clusters.

Wang, UCB/EECS-2020-236, section 3.4 (table 3.2, figures 3.3 and 3.4). Clusters of gate patterns as static networks are
not in the source. Every item is computed into plain rows, which `deepmoe_pages.py` writes down and draws.
"""

import numpy as np

from keras_models.functional import experts
from tools import console
from tools.phone import models
from tools.pipeline import runs
from tools.studies import finished
from tools.studies.deepmoe_study import ExpertStudy, answers, deployed, layer_shares, summary, theory

SAME = 1.05  # of a cost: what counts as no more than another network's


def measured(study: ExpertStudy) -> dict:
    """All items by name, as plain rows."""
    networks = [trade_off(study, run) for run in (*study.static, *study.gated)]
    clusters = [clustered(study, run) for run in study.clustered]
    found = {
        "task": study.task.name,
        "samples": len(study.judged[1]),
        "networks": networks,
        "clusters": clusters,
        "goals": goals(networks, clusters),
        "shuffled": shuffled(study),
        "gates": gates_by_class(study),
    }
    return console.plain(found)


def title(study: ExpertStudy, run: runs.Run) -> str:
    """What a run is called: `wide DeepMoE, lambda 0.01`."""
    network, plain = study.network(run), study.network(study.static[0])
    wider = sum(network.channels) / sum(plain.channels)
    if not network.gated:
        keep = run.config["arguments"].get("keep", 1.0)
        before = "plain" if round(wider / keep, 1) == 1 else f"widened to {round(wider / keep, 1):.0%}"
        return before if keep == 1 else f"{before}, pruned by norm to {keep:.0%}"
    kind = "narrow" if wider == 1 else "wide"
    experts = f", {network.experts} experts a layer" if network.experts else ""
    if network.deploy == "clusters":
        return f"{kind} DeepMoE, {network.cluster_count} clusters, rare {run.config['stages']['clusters']['rare']:g}"
    return f"{kind} DeepMoE{experts}, lambda {run.config['stages']['joint']['sparsity']:g}"


def trade_off(study: ExpertStudy, run: runs.Run) -> dict:
    """A network that is deployed whole or in branches, or a static one: what it answers, and its three costs."""
    network, (images, labels) = study.network(run), study.judged
    console.say(title(study, run))
    gates = network.gates_of(images) if network.gated else None
    row = {"name": title(study, run), "gated": network.gated, "deploy": network.deploy, "run": trained_as(run)}
    row |= summary(answers(network, images) == labels) | {"theory": theory(network, gates)}
    if network.gated:
        row |= {"open": float((gates > 0).mean()), "layers": layer_shares(network, gates)}
    return row | {"int8": deployed(study, network)}


def clustered(study: ExpertStudy, run: runs.Run) -> dict:
    """A network that is deployed in clusters: also before its weights were fitted to them."""
    network, (images, labels) = study.network(run), study.judged
    console.say(title(study, run))
    gates = network.gates_of(images)
    row = {"name": title(study, run), "clusters": network.cluster_count, "run": trained_as(run)}
    row |= {"rare": run.config["stages"]["clusters"]["rare"], "theory": theory(network, gates)}
    before = study.before_refined(run)
    row["before"] = None if before is None else summary(answers(before, images) == labels)
    row |= summary(answers(network, images) == labels) | {"int8": deployed(study, network)}
    members = [part["share"] for name, part in row["int8"]["parts"].items() if name.startswith("cluster_")]
    return row | {"members": sorted(members, reverse=True)}


def goals(networks: list[dict], clusters: list[dict]) -> dict:
    """What a wide network gains over the plain one at its multiply-adds in theory, and what clusters keep of it.

    Gains are in points of accuracy over the plain network: float for the wide network, int8 over int8 for clusters,
    which count if they take no more instructions than the plain network. None where no network is so cheap.
    """
    plain = networks[0]
    cheap = [row for row in networks[1:] if row["gated"] and row["theory"] <= SAME * plain["theory"]]
    gain = max((100 * (row["accuracy"] - plain["accuracy"]) for row in cheap), default=None)
    unit = models.UNIT if plain["int8"][models.UNIT] else "macs"
    within = [row for row in clusters if row["int8"][unit] <= SAME * plain["int8"][unit]]
    kept = max((100 * (row["int8"]["accuracy"] - plain["int8"]["accuracy"]) for row in within), default=None)
    return {"gain": gain, "kept": kept, "unit": unit, "wanted": 0.5, "same": SAME}


def static_at(rows: list[dict], cost: float, unit: str) -> dict | None:
    """The most accurate static network that costs at most `SAME` times so much as int8; None where there is none."""
    within = [row for row in rows if not row["gated"] and row["int8"][unit] <= SAME * cost]
    return max(within, key=lambda row: row["int8"]["accuracy"], default=None)


def shuffled(study: ExpertStudy) -> dict:
    """Accuracy by class with an image's own gates, with those of others of its group, and of the other group."""
    run, rng = study.gated[0], np.random.default_rng(study.seed)
    network, (images, labels) = study.network(run), study.judged
    console.say(f"gates of other images: {title(study, run)}")
    names, gates = study.task.labels, network.gates_of(images)
    groups = np.array([int(name in study.group) for name in names])
    rows = rng.permutation(len(labels))[: study.shuffled]
    right = {"own": answers(network, images[rows], gates[rows]) == labels[rows]}
    for kind, inside in (("inside", True), ("outside", False)):
        draws = [experts.gates_of_others(labels, groups, inside, rng)[rows] for _ in range(study.draws)]
        right[kind] = np.mean([answers(network, images[rows], gates[d]) == labels[rows] for d in draws], axis=0)
    classes = [
        {"label": names[label], "group": int(groups[label])}
        | {kind: float(seen[labels[rows] == label].mean()) for kind, seen in right.items()}
        for label in np.unique(labels[rows])
    ]
    means = {kind: float(seen.mean()) for kind, seen in right.items()}
    return {"name": title(study, run), "images": len(rows), "draws": study.draws, "classes": classes, "mean": means}


def gates_by_class(study: ExpertStudy) -> dict:
    """How often each gate is open for the images of each class, `[classes, gates]`, and how alike classes are.

    Gates stand by layer, in each the most open ones first. `inside` and `outside` are mean correlations of two classes
    of one group and of both.
    """
    run = study.gated[0]
    network, (images, labels) = study.network(run), study.judged
    opened, names = network.gates_of(images) > 0, study.task.labels
    shares = np.array([opened[labels == label].mean(axis=0) for label in range(len(names))])
    starts = np.cumsum([0, *network.gate_widths])
    order = [s + np.argsort(-shares[:, s:e].mean(axis=0), kind="stable") for s, e in zip(starts, starts[1:])]
    group = np.array([name in study.group for name in names])
    by_group = np.argsort(group, kind="stable")
    centred = shares - shares.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    alike = (centred / np.where(norms > 0, norms, 1)) @ (centred / np.where(norms > 0, norms, 1)).T
    pairs, same = ~np.eye(len(names), dtype=bool), group[:, None] == group[None, :]
    return {
        "name": title(study, run),
        "labels": [names[label] for label in by_group],
        "open": shares[by_group][:, np.concatenate(order)].tolist(),
        "layers": list(network.gate_widths),
        "inside": float(alike[pairs & same].mean()),
        "outside": float(alike[pairs & ~same].mean()),
    }


def trained_as(run: runs.Run) -> str:
    """How a run was trained, in one clause."""
    source = run.config["arguments"].get("network")
    more = [f"from {source}"] if source else []
    return f"`{run.config['preset']}`: {finished.trained_as(run, *more, unsaid='clusters')}"
