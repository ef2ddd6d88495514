#!/usr/bin/env python3
"""Folders and tables that flukeprint-cli reads, from data sets of other forms.

prepare_pictures.py mnist|plankton|right_whales DATA WORK

Writes WORK/photos/, labels.csv (Image,Id), boxes.csv (each whole picture), split.csv (Image,Id,role,near_duplicate_group: every picture a
group of its own), gallery.csv and queries.csv (Image,Id) for the nearest neighbour.
"""
import csv
import gzip
import pathlib
import struct
import sys

from PIL import Image

MNIST_TRAIN = 8000
MNIST_VALIDATION = 500  # the last ones of those
PLANKTON_VALIDATION = 20  # of each class, the last ones
WHALE_PHOTOS = 4  # of an individual that gives a validation and a test query


def idx(path):
    """Bytes of an idx file, and its dimensions."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    dimensions = content[3]
    sizes = struct.unpack(">" + "I" * dimensions, content[4:4 + 4 * dimensions])
    return content[4 + 4 * dimensions:], sizes


def mnist(data, photos):
    """Rows (name, class, role, size)."""
    pixels, (count, height, width) = idx(data / "t10k-images-idx3-ubyte.gz")
    labels, _ = idx(data / "t10k-labels-idx1-ubyte.gz")
    for i in range(count):
        name = "digit{:05}.png".format(i)
        one = pixels[i * width * height:(i + 1) * width * height]
        Image.frombytes("L", (width, height), one).save(photos / name)
        role = "test_known" if i >= MNIST_TRAIN else "validation" if i >= MNIST_TRAIN - MNIST_VALIDATION else "train"
        yield name, "digit_{}".format(labels[i]), role, (width, height)


def plankton(data, photos):
    """Every fourth class, and the last, is never seen: seven of 27."""
    with open(data / "labels.csv", newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    classes = sorted({row["Id"] for row in table})
    unseen = set(classes[3::4] + classes[-1:])
    trained = {}
    for row in table:
        name = row["Image"].replace("/", "__")
        (photos / name).symlink_to((data / "images" / row["Image"]).resolve())
        role = "test_known"
        if row["Id"] in unseen:
            role = "test_disjoint"
        elif row["role"] == "train":
            trained[row["Id"]] = trained.get(row["Id"], 0) + 1
            of_class = sum(1 for other in table if other["Id"] == row["Id"] and other["role"] == "train")
            role = "validation" if trained[row["Id"]] > of_class - PLANKTON_VALIDATION else "train"
        with Image.open(photos / name) as image:
            size = image.size
        yield name, row["Id"], role, size, row["role"] == "test"


def right_whales(data, photos):
    """Every third individual, 100 of 300, is never seen; of the others two photos each are set aside where enough stay to train on."""
    with open(data / "train.csv", newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    of_whale = {}
    for row in table:
        of_whale.setdefault(row["Id"], []).append(row["Image"])
    for number, whale in enumerate(sorted(of_whale)):
        images = sorted(of_whale[whale])
        for i, name in enumerate(images):
            (photos / name).symlink_to((data / "photos" / name).resolve())
            role = "train"
            if number % 3 == 2:
                role = "test_disjoint"
            elif len(images) >= WHALE_PHOTOS:
                role = {0: "test_known", 1: "validation"}.get(i, "train")
            with Image.open(photos / name) as image:
                yield name, whale, role, image.size


def main():
    kind, data, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    photos = work / "photos"
    photos.mkdir(parents=True)
    rows = [tuple(row) for row in {"mnist": mnist, "plankton": plankton, "right_whales": right_whales}[kind](data, photos)]
    # The neighbour is looked for among all pictures that are not test pictures, of unseen classes too.
    tests = {row[0] for row in rows if (row[4] if len(row) > 4 else row[2] == "test_known")}

    def write(name, header, lines):
        with open(work / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(lines)

    write("labels.csv", ["Image", "Id"], [row[:2] for row in rows])
    write("boxes.csv", ["Image", "x0_px", "y0_px", "x1_px", "y1_px"], [(row[0], 0, 0, *row[3]) for row in rows])
    write("split.csv", ["Image", "Id", "role", "near_duplicate_group"], [(*row[:3], i + 1) for i, row in enumerate(rows)])
    write("gallery.csv", ["Image", "Id"], [row[:2] for row in rows if row[0] not in tests])
    write("queries.csv", ["Image", "Id"], [row[:2] for row in rows if row[0] in tests])


main()
