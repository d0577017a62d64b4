"""Evaluate a bundle on a dataset: accuracy, exits, multiply-adds and latency, by operating point and kind of image.

With --policy it compares exit policies on the float network of a run folder instead: nothing is skipped and no latency
is taken, but any policy can be looked at before it is converted.
"""

import os
import sys

if __name__ == "__main__":  # the repository comes first on the path, not tools/
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    from tools import starting  # noqa: F401  (from here on an interruption is one sentence)

import argparse

from keras_models.policies import names
from tools import console, native, taught
from tools.options import (
    add_data_options,
    add_folder_option,
    add_setting_options,
    check_out,
    chosen_points,
    load_bundle,
    settings,
    tell,
)

COSTS = ("macs", "arm64")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/evaluate.py", description=__doc__)
    add = parser.add_argument
    add("bundle", metavar="BUNDLE", help="folder or .zip; with --policy a run folder")
    add_data_options(parser)
    add_folder_option(parser)
    text = "compare these policies on a run, separated by commas, such as own,fitted,entropy:0.2; each is "
    add("--policy", metavar="LIST", help=text + names.HELP)
    add("--operating-point", metavar="NAME", default="all", help="one of the bundle's (default: all)")
    add_setting_options(parser)
    taught.add_option(parser)
    text = "what is told, and with --policy saved: multiply-adds (default), or arm64 instructions of the phone's "
    text += "kernels, which a bundle has from tools/phone_check.py --write"
    add("--cost", choices=COSTS, default="macs", help=text)
    text = (
        "let the bundle's server half answer, in this process (default: a device alone, as the program says for that)"
    )
    add("--server-half", action="store_true", help=text)
    add("--json", action="store_true", help="print results as JSON")
    add("--out", metavar="FILE", help="write the results as JSON there too")
    return parser


def compare(options: argparse.Namespace, given: dict) -> int:
    """Compares policies on a run, prints, and writes; returns 1 if pictures were left out."""
    from tools.pipeline import part_prices, runs
    from tools.reporting import samples

    run, texts = runs.read(options.bundle), options.policy.split(",")
    for text in texts:
        names.check(text)
    part_prices.prepare(options.cost)
    if options.dataset or options.limit is not None or options.operating_point != "all" or given:
        raise console.UserError(
            "expected --policy without --dataset, --limit, --operating-point and --set: it chooses settings "
            "on the held-out images of the run's own task; --split says on which they are judged"
        )
    if options.data and options.split:
        raise console.UserError(f"expected --data or --split, received both, {options.data} and {options.split}")
    from keras_models import datasets

    split, data = options.split or "test", None
    if options.data:
        data = samples.load_for_task(datasets.get(run.config["task"]), options.data)
    native.load_keras()
    from tools.pipeline import policy_evaluation

    pictures = data and (data.images, data.labels)
    found = policy_evaluation.evaluate(run, texts, split, options.cost, pictures)
    judged = data.described() if data else {"dataset": run.config["task"], "split": split}
    report = {"run": str(run.folder), **judged, **found}
    title = f"{run.folder} in float on {samples.place(report)}, settings from held-out images"
    tell(options.out, options.json, report, f"{title}\n{policy_evaluation.table(found)}")
    return data.status if data else 0


@console.keeping("nothing is written")
def command(options: argparse.Namespace) -> int:
    """Evaluates, prints, and writes; returns 1 if pictures were left out."""
    given = settings(options.set)
    check_out(options.out, options.bundle)
    if options.policy:
        return compare(options, given)
    from tools.reporting import evaluation, samples

    bundle = load_bundle(options.bundle)
    points = chosen_points(bundle.manifest, options.operating_point)
    evaluation.check_cost(bundle.manifest, options.cost)
    rows = taught.rows(bundle, options.tables)
    data = samples.load(bundle.manifest, options.dataset, options.split, options.limit, options.data, rows)
    report = evaluation.evaluate(bundle, data, points, given, options.server_half, options.tables)
    table = evaluation.table(report["operating_points"], options.cost)
    text = "\n".join(filter(None, (table.text(), evaluation.boxes_text(report["operating_points"]))))
    tell(options.out, options.json, report, f"{evaluation.title(report)}\n{text}")
    return data.status


if __name__ == "__main__":
    sys.exit(console.main(build_parser, command))
