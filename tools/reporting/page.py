"""Writes a report's dictionary down as one HTML page that needs nothing else: no script, no file, no network."""

from html import escape
from pathlib import Path

import numpy as np

from tflite.baselines import STATIC, analysis
from tflite.baselines.frontier import INSTRUCTIONS
from tflite.conversion.table import Table
from tflite.runtime import timing
from tools import console, machine
from tools.phone import table as phone_table
from tools.reporting import charts, detections, figures, frontier, frontier_figure, looks, samples

CSS = Path(__file__).with_name("page.css")
GATES = (
    "Gates leave at one threshold for all exits, here swept over the same images; on the grey line every image leaves "
    "at the same exit. Controllers on the way are counted for all."
)
EXAMPLES = "At {}. One box an exit: passed ones are blue, the one where the image left is orange."
LOOKS = " Frames are where the network looked, in that order; of windows about one centre the smallest is drawn."
LATENCY = "{} runs each, taken in turns in one process, one thread, from the uint8 image to the label."


def page(report: dict) -> str:
    """The page for a dictionary as `gather.gather` makes it."""
    name, runs = report["bundle"]["name"], len(next(iter(report["latency"].values())))
    reading = f"<figcaption>{escape(GATES)}</figcaption>" if report["exits"] else ""
    body = [
        f"<h1>{escape(name)}</h1>",
        f'<p class="lead">{escape(lead(report))}</p>',
        numbers(report),
        static_frontier(report["frontier"]),
        section("What accuracy costs", _cost_text(report), f"<figure>{charts.cost_accuracy(report)}{reading}</figure>"),
        section("Operating points", None, points_table(report)),
        section("Who leaves where", None, f"<figure>{charts.exit_rates(report)}</figure>"),
        section("How good each exit is", None, f"<figure>{charts.exit_accuracy(report)}</figure>")
        if report["exits"]
        else "",
        section("What it finds", detections.WORDS.format(detections.SHOWN), detections.html(report["detections"]))
        if report.get("detections")
        else section("Easy and hard images", _examples_text(report), images(report)),
        section("How long it takes", LATENCY.format(runs), f"<figure>{charts.latency(report)}</figure>"),
        phone(report["phone"]),
        validation(report["validation"]),
        section("The bundle", None, bundle_facts(report)),
        f"<footer><p><code>{escape(report['command'])}</code></p>"
        f"<p>{escape(machine.line(report['machine']))}</p></footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(name)}: report</title><style>{figures.css()}{CSS.read_text(encoding='utf-8')}</style></head>\n"
        "<body><main>\n" + "\n".join(part for part in body if part) + "\n</main></body></html>\n"
    )


def section(title: str, text: str | None, content: str) -> str:
    """A titled section; the text is plain."""
    paragraph = f'<p class="note">{escape(text)}</p>' if text else ""
    return f"<section><h2>{escape(title)}</h2>{paragraph}{content}</section>"


def lead(report: dict) -> str:
    """One sentence: what this is and what it was measured on."""
    data, bundle = report["data"], report["bundle"]
    height, width, channels = bundle["input"]
    return (
        f"{len(bundle['labels'])} classes, {height} x {width} x {channels} pixels, {len(report['answers'])} exits; "
        f"measured on {data['samples']:,} images of {samples.place(data)}."
    )


def numbers(report: dict) -> str:
    """The headline: the default operating point against the cheapest static network as accurate, where it is known.

    Else against the same network run whole, which says so.
    """
    point = next(point for point in report["points"] if point["name"] == report["default_point"])
    static, cells = report["static"], []
    beside = f"; the same network run whole {100 * static['accuracy']:.2f} %" if static else ""
    what = "AP50" if "boxes" in point else "right"
    cells.append((f"{100 * point['accuracy']:.2f} %", f"{what} at {point['name']}{beside}"))
    if compared := frontier_cells(report["frontier"], f"{report['bundle']['name']}, {point['name']}"):
        cells += compared
    elif static:
        text = "of the multiply-adds of the same network run whole (no smaller one was compared)"
        cells.append((f"{100 * point['macs'] / static['macs']:.0f} %", text))
        if STATIC in report["latency"]:
            ratio = np.mean(report["latency"][point["name"]]) / np.mean(report["latency"][STATIC])
            cells.append((f"{100 * ratio:.0f} %", "of its mean latency"))
    cells.append((bundle_size(report["bundle"]["bytes"]), f"in {len(report['bundle']['parts'])} parts"))
    inner = "".join(f'<div class="number"><b>{escape(b)}</b><span>{escape(text)}</span></div>' for b, text in cells)
    return f'<div class="numbers">{inner}</div>'


def frontier_cells(found: dict, name: str) -> list[tuple[str, str]]:
    """What a chain's row of that name takes of the static frontier, for the headline; empty where it is not known."""
    try:
        (row,) = (row for row in found["rows"] if row["name"] == name)
        share = row["share"]
        if share is None:
            return [("none", "of the static networks that were compared is as accurate")]
        unit, words = ("mean", "mean latency") if row[INSTRUCTIONS] is None else (INSTRUCTIONS, "arm64 instructions")
        text = f"of the {words} of {share['of']}, the cheapest static network as accurate"
        cells = [(f"{100 * share[unit]:.0f} %", text)]
        return cells + ([(f"{100 * share['mean']:.0f} %", "of its mean latency")] if unit != "mean" else [])
    except (KeyError, TypeError, ValueError):
        return []


def static_frontier(found: dict) -> str:
    """Chains beside static networks trained alone, as `tools/benchmark.py --write` has them. Empty where it has not."""
    if not found:
        return ""
    title = "Beside static networks trained alone"
    try:
        picture = f"<figure>{frontier_figure.svg(found)}<figcaption>{escape(frontier_figure.EXPLAINED)}</figcaption>"
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in frontier.sentences(found))
        return section(title, None, f"{picture}</figure>{frontier.table(found['rows']).html()}{said}")
    except (AttributeError, KeyError, TypeError, ValueError):
        return section(title, f"{frontier.FILE} is not what tools/benchmark.py --write writes: call it again.", "")


def bundle_size(size: int) -> str:
    """Bytes in kB or MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _cost_text(report: dict) -> str | None:
    """What gates cost for the accuracy of the default operating point, in words; and what could not be compared."""
    point = next(point for point in report["points"] if point["name"] == report["default_point"])
    needed = []
    for gate, curve in report["gates"].items():
        equal = analysis.cheapest_within(curve, point["accuracy"], 0.0) if curve else None
        if equal is not None:
            needed.append(f"the {charts.GATE_NAMES[gate]} needs {console.count(equal['macs'])}")
    sentences = list(report["notes"])
    if needed:
        own = f"{point['name']} takes {console.count(point['macs'])} multiply-adds an image"
        sentences.append(f"For its accuracy {own}; for the same, {' and '.join(needed)}.")
    return " ".join(sentences) or None


def points_table(report: dict) -> str:
    """Accuracy, cost and latency of every operating point, and of the same network run whole."""
    static = report["static"]
    header = ["", "accuracy", "multiply-adds", "of the whole", "mean ms", "p50", "p90", "p99", "mean exit", "settings"]
    rows = []
    for point in report["points"]:
        ms = _latency_cells(report["latency"][point["name"]])
        share = f"{100 * point['macs'] / static['macs']:.0f} %" if static else ""
        mean_exit = sum(n * share_ for n, share_ in enumerate(point["exits"].values(), 1))
        settings = ", ".join(
            f"{k} {v:.4g}" if isinstance(v, float | int) else f"{k} {v}"
            for k, v in report["bundle"]["settings"][point["name"]].items()
        )
        cells = [point["name"], f"{100 * point['accuracy']:.2f} %", console.count(point["macs"]), share, *ms]
        rows.append([*cells, f"{mean_exit:.1f}", settings])
    if static and STATIC in report["latency"]:
        ms = _latency_cells(report["latency"][STATIC])
        accuracy = f"{100 * static['accuracy']:.2f} %"
        rows.append([STATIC, accuracy, console.count(static["macs"]), "100 %", *ms, "", ""])
    stressed = [i for i, row in enumerate(rows) if row[0] == report["default_point"]]
    return Table(header, rows, stressed=stressed).html()


def _latency_cells(ms) -> list[str]:
    summary = timing.summarise(ms)
    return [f"{summary[key]:.3f}" for key in ("mean", "p50", "p90", "p99")]


def _examples_text(report: dict) -> str:
    looked = any(entry["looks"] for entries in report["examples"].values() for entry in entries)
    return EXAMPLES.format(report["default_point"]) + (LOOKS if looked else "")


def images(report: dict) -> str:
    """Thumbnails of easy and hard images, with where they left and what was said."""
    labels, count = report["bundle"]["labels"], len(report["answers"])
    rows = []
    for title, key in (("Easy: the earliest to leave, right and sure", "easy"), ("Hard: the last to leave", "hard")):
        cells = "".join(_image(entry, labels, count) for entry in report["examples"][key])
        rows.append(f'<h3>{title}</h3><div class="images">{cells}</div>')
    return "".join(rows)


def _image(entry: dict, labels, count: int) -> str:
    kinds = ["run"] * entry["exit"] + ["left"] + [""] * (count - entry["exit"] - 1)
    bar = "".join(f'<i class="{kind}"></i>' for kind in kinds)
    said, truth = escape(labels[entry["label"]]), escape(labels[entry["truth"]])
    wrong = "" if said == truth else f' <span class="wrong">(is {truth})</span>'
    group = f"{escape(entry['group'])}, " if entry["group"] else ""
    return (
        f'<div class="image"><div class="seen"><img alt="image {entry["row"]}, {truth}" src="{entry["picture"]}">'
        f"{looks.overlay(entry['looks'], entry['sides'])}</div>"
        f"<b>{said}</b>{wrong} {100 * entry['confidence']:.0f} %<br>{group}exit {entry['exit'] + 1}"
        f'<div class="bar" aria-hidden="true">{bar}</div></div>'
    )


def phone(found: dict | None) -> str:
    """What `tools/phone_check.py --write` found. Empty where it has not been asked."""
    if not found:
        return ""
    title = "On the phone's own kernels"
    try:
        tables = phone_table.chains(found).html() + phone_table.parts(found).html()
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in phone_table.sentences(found))
        return section(title, f"{phone_table.title(found)}; {phone_table.images(found)}.", tables + said)
    except (AttributeError, KeyError, TypeError, ValueError):
        return section(title, "phone_check.json is not what tools/phone_check.py --write writes: call it again.", "")


def validation(found: object) -> str:
    """The contents of validation.json: objects as facts, lists of objects as tables. Empty where there is none."""
    return section("Float against quantized", None, _anything(found)) if found else ""


def _anything(value, title: str = "") -> str:
    """Any JSON value, as well as it can be shown without knowing what it means."""
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        header = list(dict.fromkeys(key for row in value for key in row))
        return Table(map(_words, header), ([_cell(row.get(key)) for key in header] for row in value)).html()
    if isinstance(value, dict):
        plain = {key: item for key, item in value.items() if not isinstance(item, dict | list) or not item}
        rest = {key: item for key, item in value.items() if key not in plain}
        if rest and not plain and all(isinstance(item, dict) for item in rest.values()):
            flat = all(not isinstance(inner, dict | list) for item in rest.values() for inner in item.values())
            if flat:
                return _anything([{title: key, **item} for key, item in rest.items()])
        inner = "".join(f"<h3>{escape(_words(key))}</h3>{_anything(item)}" for key, item in rest.items())
        return (_facts(plain) if plain else "") + inner
    return f"<p>{escape(_cell(value))}</p>"


def _facts(pairs: dict) -> str:
    return (
        "<dl>" + "".join(f"<dt>{escape(_words(k))}</dt><dd>{escape(_cell(v))}</dd>" for k, v in pairs.items()) + "</dl>"
    )


def _words(key: str) -> str:
    return str(key).replace("_", " ")


def _cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    return str(value)


def bundle_facts(report: dict) -> str:
    """Parts and provenance, as the model card tells them."""
    bundle = report["bundle"]
    units = list(next(iter(bundle["parts"].values()))["costs"])
    header = ["part", *(_words(unit) for unit in units), "parameters"]
    rows = [
        [name, *(console.count(part["costs"][unit]) for unit in units), f"{part['parameters']:,}"]
        for name, part in bundle["parts"].items()
    ]
    facts = {"size": f"{bundle_size(bundle['bytes'])} in {bundle['files']} files", "types": bundle["types"]}
    return _facts(facts) + Table(header, rows).html() + "<h3>provenance</h3>" + _anything(bundle["provenance"])
