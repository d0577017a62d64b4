"""A paper's tables and figures on a run: trained where it is not yet; a page, a picture and its numbers an item."""

import shlex
from pathlib import Path

from keras_models import files, presets
from tools import console, machine, options
from tools.pipeline import runs, training
from tools.studies import Effort, Reproduction, pages
from tools.studies.study import QUICK, Study

QUICK_EPOCHS = 2
MEMBERS = "members"  # folder below a quick run of a network that is made of others
PAGES = "pages"  # folder below a quick run


def reproduce(wanted: Reproduction, silent: bool = False) -> dict[str, dict]:
    """Make of each item that was asked for a page, its picture, and its numbers as JSON; return rows by item.

    Pages without a picture are printed as well, unless it is `silent`. Raises UserError if the paper has no such item
    or data set, preset and run are of another one, or no item takes a bundle.
    """
    paper, items = wanted.paper, checked_items(wanted)
    preset = chosen_preset(wanted)
    folder = run_folder(wanted, preset)
    out = Path(wanted.out or (folder / PAGES if wanted.quick else f"docs/results/{wanted.family}"))
    of = presets.get(preset)["task"] if wanted.quick else short_name(wanted.preset or dataset_of(wanted))
    places = {name: out / pages.file_name(name, of) for name in items}
    for name, file in places.items():
        options.check_page(file, picture=paper.ITEMS[name].paint is not None)
    study = Study(trained(wanted, preset, folder), QUICK if wanted.quick else wanted.effort, paper.FIRST_STAGE)
    results = {}
    for name, file in places.items():
        console.say(f"{name} of {study.task.name}")
        item, made = paper.ITEMS[name], foot(wanted, study, name)
        rows = item.compute(study)
        if item.of_bundle and wanted.bundles:
            rows = rows | {"bundles": [item.of_bundle(study, folder) for folder in wanted.bundles]}
        results[name] = rows = console.plain(rows)
        numbers = {"paper": wanted.family, "item": name, "made": made, "rows": rows}
        text = pages.write(file, f"{paper.TITLE}, {name}: {study.task.name}", name, item, rows, made, numbers)
        console.say(f"wrote {file}")
        if not silent and not item.paint:
            console.say(text)
    return results


def checked_items(wanted: Reproduction) -> tuple[str, ...]:
    """What was asked for, everything by default. Raises UserError for what the paper does not have."""
    known = wanted.paper.ITEMS
    for item in wanted.items:
        if item not in known:
            raise console.UserError(f"expected one of {', '.join(known)} of {wanted.family}, received {item}")
    items = wanted.items or tuple(known)
    if wanted.bundles and not any(known[item].of_bundle for item in items):
        received = f"{', '.join(items)} of {wanted.family}"
        raise console.UserError(f"expected an item that takes a bundle for --bundle, received {received}")
    return items


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


def short_name(preset: str) -> str:
    """A preset's name; of one in a JSON file that of the file."""
    return Path(preset).stem if preset.endswith(".json") else preset


def run_folder(wanted: Reproduction, preset: str) -> Path:
    """Where the run is, or is to be."""
    return Path(wanted.run or f"runs/{short_name(preset)}{'-quick' if wanted.quick else ''}")


def trained(wanted: Reproduction, preset: str, folder: Path) -> runs.Run:
    """The run, trained as far as the study needs; goes on where it was interrupted.

    Raises UserError if the run that stands there is of another data set.
    """
    until = 1 if wanted.paper.FIRST_STAGE else None
    run = runs.read(folder) if (folder / "config.json").exists() else None
    if run and files.is_network(runs.first_stage_file(run) if until else run.model_file):
        task = presets.get(preset)["task"]
        if run.config["task"] != task:
            raise console.UserError(f"expected a run of {task}, received {folder}, a run of {run.config['task']}")
        return run
    epochs = wanted.epochs or (QUICK_EPOCHS if wanted.quick else None)
    made_of = quick_members(folder, preset, epochs, wanted.seed) if wanted.quick else {}
    config = training.configure(preset, arguments=made_of, first={"epochs": epochs}, seed=wanted.seed)
    run = training.start(config, folder, beside=(MEMBERS, PAGES))
    training.train(run, until=until)
    return run


def quick_members(folder: Path, preset: str, epochs: int, seed: int) -> dict:
    """Trains the members of a cascade's preset below a run's folder, where they are not yet.

    Returns arguments of the cascade that name them there; of another network none.
    """
    found = []
    for member in presets.get(preset)["arguments"].get("members", ()):
        name = Path(member).name
        run = training.start(training.configure(name, first={"epochs": epochs}, seed=seed), folder / MEMBERS / name)
        training.train(run)
        found.append(str(run.folder))
    return {"members": found} if found else {}


def foot(wanted: Reproduction, study: Study, item: str) -> list[str]:
    """How the page of an item is made: the command, the settings and the machine."""
    network = f"Network: {runs.trained_as(study.run.config)}; {wanted.paper.fitting(study)}; "
    network += f"{len(study.judged['labels']):,} test images."
    return machine.foot(f"python tools/reproduce.py {shlex.join(words(wanted, item))}", network)


def words(wanted: Reproduction, item: str) -> list[str]:
    """The command line of one item, without what does not change the result."""
    kind, number = item.split()
    found = [wanted.family, "--dataset", dataset_of(wanted), f"--{kind}", number]
    found += ["--quick"] if wanted.quick else []
    effort, usual = wanted.effort, Effort()
    given = {"preset": wanted.preset, "run": wanted.run, "epochs": wanted.epochs, "seed": wanted.seed or None}
    given |= {name: v if (v := getattr(effort, name)) != getattr(usual, name) else None for name in vars(usual)}
    for folder in wanted.bundles if wanted.paper.ITEMS[item].of_bundle else ():
        found += ["--bundle", folder]
    for name, value in given.items():
        if value is not None:
            found += [f"--{name.replace('_', '-')}", str(value)]
    return found
