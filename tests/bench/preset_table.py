#!/usr/bin/env python3
"""The table of run_presets.sh or run_ablation.sh, from the answers that it kept.

preset_table.py WORK BUDGET      Markdown on stdout: rows that were evaluated, best validation MAP@5 first; rows that were judged by validation
                                 alone, as they stand in the script
preset_table.py --model FILE     the model that an answer of `train --json` names
"""
import json
import pathlib
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def share(estimate):
    """"39.5 (34.9-44.3)", in per cent."""
    if not estimate or estimate.get("value") is None:
        return "-"
    interval = ""
    if estimate.get("low") is not None:
        interval = " ({:.1f}-{:.1f})".format(100 * estimate["low"], 100 * estimate["high"])
    return "{:.1f}{}".format(100 * estimate["value"], interval)


def steps_of(run):
    """Steps that the run trained, and what its worker ran on."""
    steps, facts = 0, {}
    try:
        for line in pathlib.Path(run, "metrics.jsonl").read_text(encoding="utf-8").splitlines():
            steps = max(steps, json.loads(line)["step"])
        facts = load(pathlib.Path(run, "config.json"))["facts"]
    except (OSError, KeyError, ValueError):
        pass
    return steps, facts


def device_of(row, facts):
    return "{}, {} thread(s)".format(facts.get("device", row["device"]), facts.get("threads", row["threads"]))


def of_validation(metrics, key):
    """A figure that the run's own validation gave, with its interval where it has one."""
    return share({"value": metrics.get(key), "low": metrics.get(key + "_low"), "high": metrics.get(key + "_high")})


def print_protocols(work, rows):
    rows.sort(key=lambda item: -(item[1].get("validation", {}).get("map5", {}).get("value") or 0))
    print("| preset | start | closed MAP@5 | top-1 | top-5 | Kaggle MAP@5 | disjoint MAP@5 | validation MAP@5 | steps | seed | minutes | device |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for row, evaluation, metrics in rows:
        steps, facts = steps_of(row["run"])
        validation = share(evaluation.get("validation", {}).get("map5"))
        if "map5_pairs" in metrics:
            validation += "; by its own comparison {:.1f}".format(100 * metrics["map5_pairs"])
        closed = evaluation["closed"]
        cells = [row["name"], row["start"], share(closed["map5"]), share(closed["top1"]), share(closed["top5"]),
                 share(evaluation["kaggle"]["map5"]), share(evaluation["disjoint"]["map5"]), validation, str(steps),
                 str(row["seed"]), "{:.1f}".format(row["seconds"] / 60), device_of(row, facts)]
        print("| " + " | ".join(cells) + " |")
    first = rows[0][1]
    print()
    print("Queries: closed {}, Kaggle {}, disjoint {}; gallery of {} photos of {} individuals; split {}.".format(
        first["closed"]["queries"], first["kaggle"]["queries"], first["disjoint"]["queries"], first["gallery"]["photos"],
        first["gallery"]["individuals"], first["split"]))
    print()
    for row, evaluation, _ in rows:
        print("- {}: `{}`, then `{}`".format(row["name"], row["command"], evaluation["command"].replace(str(work), "WORK")))


def print_validation(rows):
    rows.sort(key=lambda item: item[0].get("number", 0))
    print("| change | validation MAP@5 | top-1 | top-5 | AUROC new | steps | seed | minutes | device |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row, metrics in rows:
        steps, facts = steps_of(row["run"])
        auroc = metrics.get("auroc_new")
        cells = [row["name"], of_validation(metrics, "map5"), of_validation(metrics, "top1"), of_validation(metrics, "top5"),
                 "-" if auroc is None else "{:.2f}".format(auroc), str(steps), str(row["seed"]), "{:.1f}".format(row["seconds"] / 60),
                 device_of(row, facts)]
        print("| " + " | ".join(cells) + " |")
    print()
    print("{:.0f} queries of the validation photos.".format(rows[0][1].get("queries", 0)))
    print()
    for row, _ in rows:
        print("- {}: `{}`".format(row["name"], row["command"]))


def main():
    if sys.argv[1] == "--model":
        print(load(sys.argv[2])["model"])
        return
    work, budget = pathlib.Path(sys.argv[1]), sys.argv[2]
    evaluated, validated = [], []
    for path in sorted(work.glob("*.row.json")):
        row = load(path)
        metrics = load(str(path).replace(".row.json", ".train.json")).get("metrics", {})
        evaluation = pathlib.Path(str(path).replace(".row.json", ".eval.json"))
        if evaluation.exists():
            evaluated.append((row, load(evaluation), metrics))
        else:
            validated.append((row, metrics))
    print("Budget: {}. Per cent, with 95% bootstrap intervals over individuals. Minutes are those of the whole command: packing the photos, "
          "training, measuring the kept model.".format(budget))
    print()
    if evaluated:
        print_protocols(work, evaluated)
    if validated:
        print_validation(validated)


main()
