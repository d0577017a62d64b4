"""A paper's tables and figures on a run: trained where it is not yet; a page, a picture and its numbers an item."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from keras_models import presets
from tools import console, machine, studies
from tools.pipeline import runs, training
from tools.studies import pages
from tools.studies.study import QUICK, Effort, Study

QUICK_EPOCHS = 2
MEMBERS = "members"  # folder below a quick run of a network that is made of others


@dataclass(frozen=True)
class Reproduction:
    """What is to be reproduced.

    Attributes:
        family: one of `studies.PAPERS`.
        items: such as "table 1"; all if there are none.
        dataset: the paper's first by default.
        preset: another network than the paper's, or None.
        folder: of the run; by default runs/ and the preset.
        epochs: passes of the first stage; None is the preset's.
        effort: an `Effort`.
        seed: of the training.
        quick: the same on a small network.
        out: folder of the pages; by default docs/results/FAMILY.
        bundles: folders of bundles of the run, for the items that take some.
    """

    family: str
    items: tuple[str, ...] = ()
    dataset: str | None = None
    preset: str | None = None
    folder: str | None = None
    epochs: int | None = None
    effort: Effort = Effort()
    seed: int = 0
    quick: bool = False
    out: str | None = None
    bundles: tuple[str, ...] = ()

    @property
    def paper(self) -> ModuleType:
        """The module of the family's tables and figures."""
        return studies.load(self.family)


def reproduce(wanted: Reproduction, silent: bool = False) -> dict[str, dict]:
    """Make what was asked for: of each item a page, its picture, and its numbers as JSON.

    Args:
        wanted: what.
        silent: whether pages without a picture are not printed as well.

    Returns:
        Rows by item.

    Raises:
        UserError: the paper has no such item or data set, preset and run are of another one, or no item takes a bundle.
    """
    paper, items = wanted.paper, checked_items(wanted)
    name = chosen_preset(wanted)
    run = trained(wanted, name)
    study = Study(run, QUICK if wanted.quick else wanted.effort, paper.FIRST_STAGE)
    out = Path(wanted.out or (run.folder / "pages" if wanted.quick else f"docs/results/{wanted.family}"))
    out.mkdir(parents=True, exist_ok=True)
    results = {}
    for item in items:
        console.say(f"{item} of {study.task.name}")
        results[item] = result = computed(wanted, study, item)
        stem = page_name(item, study.task.name if wanted.quick else wanted.preset or study.task.name)
        picture = f"{stem}.png" if pages.draw(paper, item, result, out / f"{stem}.png") else None
        made = foot(wanted, study, item)
        text = pages.page(paper, item, result, study.task.name, picture, made)
        console.write_text(out / f"{stem}.md", text)
        numbers = {"paper": wanted.family, "item": item, "made": [line for line in made if line], "rows": result}
        console.write_text(out / f"{stem}.json", json.dumps(numbers, indent=1, ensure_ascii=False) + "\n")
        console.say(f"wrote {out / stem}.md")
        if not silent and not picture:
            console.say(text)
    return results


def checked_items(wanted: Reproduction) -> tuple[str, ...]:
    """What was asked for, everything by default. Raises UserError for what the paper does not have."""
    known = wanted.paper.ITEMS
    for item in wanted.items:
        if item not in known:
            raise console.UserError(f"expected one of {', '.join(known)} of {wanted.family}, received {item}")
    items = wanted.items or tuple(known)
    if wanted.bundles and not any(map(bundled(wanted.paper).get, items)):
        received = f"{', '.join(items)} of {wanted.family}"
        raise console.UserError(f"expected an item that takes a bundle for --bundle, received {received}")
    return items


def bundled(paper: ModuleType) -> dict:
    """What a paper computes of bundles, by item; most take none."""
    return getattr(paper, "BUNDLED", {})


def computed(wanted: Reproduction, study: Study, item: str) -> dict:
    """The rows of an item, as plain data, with those of every bundle where it takes some."""
    rows, of_bundle = wanted.paper.ITEMS[item](study), bundled(wanted.paper).get(item)
    if of_bundle and wanted.bundles:
        rows = rows | {"bundles": [of_bundle(study, folder) for folder in wanted.bundles]}
    return console.plain(rows)


def chosen_preset(wanted: Reproduction) -> str:
    """The paper's preset for the data set, or the given one. Raises UserError if that is of another data set."""
    known, dataset = wanted.paper.DATASETS, dataset_of(wanted)
    if wanted.quick:
        return wanted.paper.QUICK
    if wanted.preset is None:
        if dataset not in known:
            raise console.UserError(f"expected --dataset {' or '.join(known)}, received {dataset}")
        return known[dataset]
    task = presets.get(wanted.preset)["task"]
    if task != dataset:
        raise console.UserError(f"expected a preset of {dataset}, received {wanted.preset}, one of {task}")
    return wanted.preset


def dataset_of(wanted: Reproduction) -> str:
    """The data set that was asked for, the paper's first by default."""
    return wanted.dataset or next(iter(wanted.paper.DATASETS))


def page_name(item: str, of: str) -> str:
    """Name of an item's page and picture, without ending: of a data set with the paper's network, or of a preset."""
    return f"{item.replace(' ', '_')}_{of}"


def trained(wanted: Reproduction, preset: str) -> runs.Run:
    """The run, trained as far as the study needs; goes on where it was interrupted.

    Raises:
        UserError: the run that stands there is of another data set.
    """
    folder = Path(wanted.folder or (f"runs/{preset}-quick" if wanted.quick else f"runs/{preset}"))
    if (folder / "config.json").exists() and _far_enough(run := runs.read(folder), wanted.paper):
        task = presets.get(preset)["task"]
        if run.config["task"] != task:
            raise console.UserError(f"expected a run of {task}, received {folder}, a run of {run.config['task']}")
        return run
    epochs = wanted.epochs or (QUICK_EPOCHS if wanted.quick else None)
    made_of = quick_members(folder, preset, epochs, wanted.seed) if wanted.quick else {}
    options = training.TrainingOptions(preset, arguments=made_of, first={"epochs": epochs}, seed=wanted.seed)
    run = training.start(training.configure(options), folder, beside=(MEMBERS,))
    training.train(run, until=1 if wanted.paper.FIRST_STAGE else None)
    return run


def quick_members(folder: Path, preset: str, epochs: int, seed: int) -> dict:
    """Trains the members of a cascade's preset below a run's folder, where they are not yet.

    Args:
        folder: of the run.
        preset: of the cascade; of another network nothing is done.
        epochs: passes.
        seed: of the trainings.

    Returns:
        Arguments of the cascade that name them there.
    """
    found = []
    for member in presets.get(preset)["arguments"].get("members", ()):
        name = Path(member).name
        options = training.TrainingOptions(name, first={"epochs": epochs}, seed=seed)
        run = training.start(training.configure(options), folder / MEMBERS / name)
        training.train(run)
        found.append(str(run.folder))
    return {"members": found} if found else {}


def _far_enough(run: runs.Run, paper: ModuleType) -> bool:
    return (runs.first_stage_file(run) if paper.FIRST_STAGE else run.model_file).exists()


def foot(wanted: Reproduction, study: Study, item: str) -> list[str]:
    """How the page of an item is made: the command, the settings and the machine."""
    network = f"Network: {runs.trained_as(study.run.config)}; {wanted.paper.fitting(study)}; "
    network += f"{len(study.judged['labels']):,} test images."
    command = f"`python tools/reproduce.py {' '.join(words(wanted, item))}`"
    return [command, "", network, "", machine.line(machine.describe())]


def words(wanted: Reproduction, item: str) -> list[str]:
    """The command line of one item, without what does not change the result."""
    kind, number = item.split()
    found = [wanted.family, "--dataset", dataset_of(wanted), f"--{kind}", number]
    found += ["--quick"] if wanted.quick else []
    effort, usual = wanted.effort, Effort()
    given = {"preset": wanted.preset, "run": wanted.folder, "epochs": wanted.epochs, "seed": wanted.seed or None}
    given |= {name: v if (v := getattr(effort, name)) != getattr(usual, name) else None for name in vars(usual)}
    for folder in wanted.bundles if item in bundled(wanted.paper) else ():
        found += ["--bundle", folder]
    for name, value in given.items():
        if value is not None:
            found += [f"--{name.replace('_', '-')}", str(value)]
    return found
