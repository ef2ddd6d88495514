#!/usr/bin/env python3
"""The report of run_pictures.sh: picture_report.py mnist|plankton WORK CATALOGUE MODEL; Markdown on stdout, WORK/pca.png beside it."""
import array
import colorsys
import csv
import json
import math
import pathlib
import random
import sqlite3
import sys

from PIL import Image, ImageDraw


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def embeddings(catalogue, model):
    """Vectors by file name."""
    connection = sqlite3.connect("file:{}?mode=ro".format(pathlib.Path(catalogue, "catalogue.sqlite")), uri=True)
    query = ("SELECT p.file_name, e.vector FROM embedding e JOIN annotation a ON a.id = e.annotation_id JOIN photo p ON p.id = a.photo_id"
             " JOIN model m ON m.id = e.model_id WHERE m.name = ?")
    vectors = {}
    for name, blob in connection.execute(query, (model,)):
        vectors[name] = array.array("f", blob)
    return vectors


def mean(vectors):
    return [sum(column) / len(vectors) for column in zip(*vectors)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def principal(vectors, count=2, rounds=30):
    """The first axes by power iteration on the centred vectors, and the share of the variance that each explains."""
    centre = mean(vectors)
    rest = [[x - c for x, c in zip(vector, centre)] for vector in vectors]
    total = sum(dot(row, row) for row in rest)
    axes, shares = [], []
    source = random.Random(1)
    for _ in range(count):
        axis = [source.gauss(0, 1) for _ in centre]
        for _ in range(rounds):
            products = [dot(row, axis) for row in rest]
            axis = [sum(p * x for p, x in zip(products, column)) for column in zip(*rest)]
            length = math.sqrt(dot(axis, axis)) or 1
            axis = [x / length for x in axis]
        products = [dot(row, axis) for row in rest]
        shares.append(sum(p * p for p in products) / total if total else 0)
        rest = [[x - p * a for x, a in zip(row, axis)] for row, p in zip(rest, products)]
        axes.append(axis)
    return centre, axes, shares


def draw(points, classes, path):
    """`points`: (x, y, class)."""
    side, margin, legend = 900, 30, 330
    names = sorted(classes)
    colour = {name: tuple(int(255 * c) for c in colorsys.hsv_to_rgb(i / len(names), 0.75, 0.5 + 0.35 * (i % 2))) for i, name in enumerate(names)}
    image = Image.new("RGB", (side + legend, side), "white")
    pen = ImageDraw.Draw(image)
    low = [min(p[k] for p in points) for k in (0, 1)]
    high = [max(p[k] for p in points) for k in (0, 1)]
    for x, y, name in points:
        px = margin + (side - 2 * margin) * (x - low[0]) / ((high[0] - low[0]) or 1)
        py = side - margin - (side - 2 * margin) * (y - low[1]) / ((high[1] - low[1]) or 1)
        pen.ellipse((px - 3, py - 3, px + 3, py + 3), fill=colour[name])
    for i, name in enumerate(names):
        pen.rectangle((side + 8, 12 + 30 * i, side + 20, 24 + 30 * i), fill=colour[name])
        pen.text((side + 28, 12 + 30 * i), name, fill="black")
    image.save(path)


def curve(run):
    """Cluster figures at each validation."""
    rows = []
    for line in pathlib.Path(run, "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        point = json.loads(line)
        if "radius" in point["values"]:
            rows.append((point["epoch"], point["values"]))
    return rows


def share(estimate):
    low = "" if estimate.get("low") is None else " ({:.1f}-{:.1f})".format(100 * estimate["low"], 100 * estimate["high"])
    return "{:.1f}%{}".format(100 * estimate["value"], low)


def nearest_centroids(vectors, gallery, queries):
    """Counts by (true class, nearest class)."""
    of_class = {}
    for row in gallery:
        of_class.setdefault(row["Id"], []).append(vectors[row["Image"]])
    centroids = {name: mean(rows) for name, rows in of_class.items()}
    counts = {}
    for row in queries:
        vector = vectors[row["Image"]]
        found = min(centroids, key=lambda name: sum((x - c) ** 2 for x, c in zip(vector, centroids[name])))
        counts[row["Id"], found] = counts.get((row["Id"], found), 0) + 1
    return counts


def accuracy(counts, classes):
    """Share of the pictures of `classes` at their own centroid, with the 95% interval of 1,000 bootstraps over classes, as `share` takes it."""
    tallies = {name: [0, 0] for name in sorted(classes)}
    for (true, found), n in counts.items():
        if true in tallies:
            tallies[true][0] += n if true == found else 0
            tallies[true][1] += n
    tallies = list(tallies.values())
    draw_classes = random.Random(1)

    def of(chosen):
        return sum(right for right, _ in chosen) / max(1, sum(pictures for _, pictures in chosen))

    resampled = sorted(of(draw_classes.choices(tallies, k=len(tallies))) for _ in range(1000))
    return {"value": of(tallies), "low": resampled[25], "high": resampled[974]}


def print_confusion(counts, classes, unseen):
    numbers = {name: i + 1 for i, name in enumerate(classes)}
    print("\nRows: true class; columns: class of the nearest centroid, by number. * never seen in training.\n")
    print("| | " + " | ".join(str(numbers[name]) for name in classes) + " |")
    print("|---|" + "---|" * len(classes))
    for name in classes:
        cells = [str(counts.get((name, other), "") or "") for other in classes]
        print("| {} {}{} | {} |".format(numbers[name], name, "*" if name in unseen else "", " | ".join(cells)))


def main():
    kind, work, catalogue, model = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    evaluation = json.loads((work / "eval.json").read_text(encoding="utf-8"))
    gallery, queries = table(work / "gallery.csv"), table(work / "queries.csv")
    vectors = embeddings(catalogue, model)
    gallery = [row for row in gallery if row["Image"] in vectors]  # byte-identical twins are one photo
    queries = [row for row in queries if row["Image"] in vectors]
    points = curve(pathlib.Path(catalogue, "runs", model))
    print("# {} on {}\n".format(evaluation["preset"], kind))
    print("Nearest neighbour among {} pictures: {} of {} test pictures right (95% bootstrap interval).\n".format(
        len(gallery), share(evaluation["top1"]), evaluation["scored"]))
    print("| epoch | radius | separation | separation / radius | validation top-1 | validation loss |")
    print("|---|---|---|---|---|---|")
    shown = points if len(points) <= 12 else points[:3] + points[3:-1:max(1, len(points) // 8)] + points[-1:]
    for epoch, values in shown:
        print("| {:.1f} | {:.3f} | {:.3f} | {:.2f} | {} | {} |".format(
            epoch, values["radius"], values["separation"], values["separation"] / values["radius"] if values["radius"] else math.inf,
            "{:.1f}%".format(100 * values["top1"]) if "top1" in values else "-",
            "{:.4f}".format(values["loss_validation"]) if "loss_validation" in values else "-"))
    classes = sorted({row["Id"] for row in gallery})
    counts = nearest_centroids(vectors, gallery, queries)
    if kind == "plankton":
        unseen = {row["Id"] for row in table(work / "split.csv") if row["role"] == "test_disjoint"}
        seen = set(classes) - unseen
        # Among themselves: the unseen classes' centroids alone.
        apart = nearest_centroids(vectors, [row for row in gallery if row["Id"] in unseen], [row for row in queries if row["Id"] in unseen])
        print("\nNearest centroid of all {} classes: {} of the seen classes' test pictures right, {} of the unseen ones'; the unseen"
              " classes among themselves {} (95% bootstraps over classes).".format(len(classes), share(accuracy(counts, seen)),
                                                                                  share(accuracy(counts, unseen)), share(accuracy(apart, unseen))))
        print_confusion(counts, classes, unseen)
    else:
        print("\nNearest centroid: {} right (95% bootstrap over classes).".format(share(accuracy(counts, set(classes)))))
        print_confusion(counts, classes, set())
    sample = queries if len(queries) <= 2000 else random.Random(1).sample(queries, 2000)
    centre, axes, shares = principal([vectors[row["Image"]] for row in sample])
    centred = [[x - c for x, c in zip(vectors[row["Image"]], centre)] for row in sample]
    draw([(dot(v, axes[0]), dot(v, axes[1]), row["Id"]) for v, row in zip(centred, sample)], classes, work / "pca.png")
    print("\n`pca.png`: the test pictures by their first two principal components, {:.0f}% and {:.0f}% of the variance.".format(
        100 * shares[0], 100 * shares[1]))
    print("\nCommand: `{}`; device {}.".format(evaluation["command"], evaluation["device"]))


main()
