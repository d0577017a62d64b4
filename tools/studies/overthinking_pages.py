"""The page of a study of overthinking, from its plain rows (`overthinking.study`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tflite.conversion.table import Table
from tools import console, machine
from tools.reporting.samples import place
from tools.studies.pages import image, page, percent


def text(found: dict, pictures: Iterable[tuple[str, Path]] = ()) -> str:
    """The page as Markdown. pictures: (what one shows, its file), in their order."""
    blocks = [f"# Overthinking on {place(found)}", _lead(found)]
    blocks += [image(shows, file) for shows, file in pictures]
    blocks += ["## How often", _rates(found["networks"]).markdown()]
    if found["overlaps"]:
        blocks += ["## Whether two trainings overthink the same images", _overlaps(found["overlaps"]).markdown()]
    for network in found["networks"]:
        blocks += [f"## {network['name']}", _exits(network).markdown(), _bounds(network)]
        if network["kinds"]:
            blocks.append(_kinds(network).markdown())
    blocks += ["## Which exit should take an image", _labels(found).markdown()]
    for router in found.get("routers", []):
        blocks += [f"## The choice of {router['name']}", _router(router).markdown(), _router_words(router)]
    blocks += ["## Clutter of what each exit gets right", _clutter(found).markdown(), _clutter_words(found)]
    return page([*blocks, f"`{found['command']}`", machine.line(found["machine"])])


def _lead(found: dict) -> str:
    return (
        f"{found['samples']} images. An image is overthought where some exit is right and a later one wrong (any), or "
        "the last one wrong (final); wasteful is where the last one is right and an earlier one was. Standard errors "
        "in brackets. Costs are multiply-adds up to an exit, where thresholds on its answer decide; thresholds are "
        "solved on images that neither the classifiers were trained on nor this page tells of."
    )


def _rates(networks: list[dict]) -> Table:
    rows = []
    for one in networks:
        rates, errors = one["rates"], one["errors"]
        last = f"{percent(one['exits'][-1]['accuracy'])} ({percent(errors['last_exit'])})"
        kinds = [f"{percent(rates[kind])} ({percent(errors[kind])})" for kind in ("any", "final")]
        rows.append([one["name"], *kinds, percent(rates["wasteful"]), last, percent(rates["union"])])
    header = ["network", "overthought, any %", "final %", "wasteful %", "last exit right %", "some exit right %"]
    return Table(header, rows, "lrrrrr")


def _overlaps(rows: list[dict]) -> Table:
    cells = [
        [row["one"], row["other"], f"{row['jaccard']:.3f}", f"{row['chance']:.3f}", f"{row['kappa']:.3f}"]
        for row in rows
    ]
    header = ["one", "other", "in both, of those in either", "by chance", "agreement beyond chance (kappa)"]
    return Table(header, cells, "llrrr")


def _exits(network: dict) -> Table:
    beside, rows = network["right_here_wrong_there"], []
    for i, row in enumerate(network["exits"]):
        rho = network["rank_agreement"][i][i + 1] if i + 1 < len(beside) else None
        cells = [row["name"], console.count(row["macs"]), percent(row["accuracy"]), percent(row["surest_so_far"])]
        cells += [percent(row["newly_correct"]), percent(beside[i][-1]) if i + 1 < len(beside) else ""]
        rows.append([*cells, "" if rho is None else f"{rho:.3f}"])
    header = ["exit", "cost", "right %", "surest so far %", "first to be right %", "right here, wrong at the end %"]
    return Table([*header, "rank correlation with the next"], rows, "lrrrrrr")


def _bounds(network: dict) -> str:
    best = max(network["budgeted_batch"], key=lambda row: (row["accuracy"], -row["cost"]))
    oracle, real = network["oracle"], network["realistic_bound"]
    last = network["exits"][-1]
    found = ((best, "cost"), (last, "macs"), (oracle, "cost"))
    told = [f"{percent(row['accuracy'])} % at {console.count(row[unit])}" for row, unit in found]
    words = (
        f"With thresholds for a budget of the whole set at most {told[0]} are right; of the last exit {told[1]}. "
        f"Who knew the first right exit would have {told[2]}, or at {console.count(real['cost'])} where images that no "
        "exit gets right go to the end."
    )
    if len(confusion := network["confusion"]) == 2:
        words += (
            f" Early exits differ from the last by {confusion['right']:+.2f} standard deviations where that is right, "
            f"by {confusion['wrong']:+.2f} where it is wrong."
        )
    return words


def _kinds(network: dict) -> Table:
    names = [row["name"] for row in network["exits"]]
    rows = [
        [kind, str(row["samples"]), *map(percent, row["accuracy"]), percent(row["rates"]["any"])]
        for kind, row in network["kinds"].items()
    ]
    return Table(["kind", "images", *(f"{name} %" for name in names), "overthought, any %"], rows)


def _labels(found: dict) -> Table:
    rows = []
    for row in found["which_exit"]:
        scale = "" if row["scale"] is None else f"{row['scale']:g}{' (auto)' if row['auto'] else ''}"
        total = max(sum(row["labels"]), 1)
        shares = [f"{100 * count / total:.1f}" for count in row["labels"]]
        rows.append([row["rule"], scale, row["split"], *shares, str(row["dropped"])])
    exits = [f"{row['name']} %" for row in found["networks"][0]["exits"]]
    return Table(["rule", "lambda", "split", *exits, "dropped"], rows, "lrl" + "r" * (len(exits) + 1))


def _router(router: dict) -> Table:
    rows = []
    for kind, judged in ({"all images": router["judged"]} | router["kinds"]).items():
        if judged["samples"]:
            each = ["" if share is None else percent(share) for share in judged["by_label"]]
            rows.append([kind, str(judged["samples"]), percent(judged["accuracy"]), *each, percent(judged["majority"])])
    header = ["labelled images", "how many", "chosen right %", *(f"of {name} %" for name in router["exits"])]
    return Table([*header, "commonest exit %"], rows)


def _router_words(router: dict) -> str:
    judged = router["judged"]
    if not judged["samples"]:
        return "No image has a label."
    verdict = "more than both" if judged["learned"] else "not more than both: nothing that counts has been learned"
    guesses = [percent(judged[name]) for name in ("random", "majority", "accuracy", "balanced")]
    reached = [percent(router[name]) for name in ("accuracy", "first", "last")]
    return (
        f"A guess would be right for {guesses[0]} %, the commonest exit for {guesses[1]} %; its {guesses[2]} % are "
        f"{verdict} (balanced: {guesses[3]} %). Routed by it {reached[0]} % of all images are answered right at "
        f"{console.count(router['cost'])} multiply-adds, its own among them; {reached[1]} % at its first exit, "
        f"{reached[2]} % at its last."
    )


def _clutter(found: dict) -> Table:
    rows = [["all images", f"{found['images']['mean']:.2f}", f"{found['images']['variance'] ** 0.5:.2f}", ""]]
    for exit_row, row in zip(found["networks"][0]["exits"], found["clutter"], strict=True):
        told = ["", ""] if row["mean"] is None else [f"{row['mean']:.2f}", f"{row['variance'] ** 0.5:.2f}"]
        rows.append([exit_row["name"], *told, str(row["samples"])])
    return Table(["right at", "mean clutter %", "standard deviation", "images"], rows, "lrrr")


def _clutter_words(found: dict) -> str:
    means = [row["mean"] for row in found["clutter"] if row["mean"] is not None]
    if not means:
        return "No exit gets anything right."
    return (
        f"The means of the exits are {max(means) - min(means):.2f} apart; the standard deviation of the images is "
        f"{found['images']['variance'] ** 0.5:.2f}."
    )
