#!/usr/bin/python3
"""Prepares photos that show no fluke, for `flukeprint-cli localiser train --others OUT/learnt --held-out-others OUT/held_out`.

Usage: prepare_other_photos.py OUT

Fetches Debian packages with freely licensed photos (apt-get download, nothing is installed), takes the photos out, and writes squares of
100 x 100 px as the fluke photos have them: the whole photo, windows of it, and cut-outs of animals and things laid over such windows.
Whole categories are held out. The same packages give the same files. Nothing of this is part of the project.
"""
import random
import struct
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageFilter

PACKAGES = ["gcompris-qt-data", "tuxpaint-stamps-default", "mate-backgrounds", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04",
            "opencv-doc", "python3-sklearn"]
# What is no photo, or shows a fluke; parts of paths inside the packages.
LEFT_OUT = ["cartoon", "symbols", "abstract", "clothes", "aquatic/whale", "hanukkah", "easter", "halloween", "flags", "roadsigns",
            "/html/", "/text/", "/shape/", "chessboard", "/left", "/right", "logo", "mask", "digits"]
HELD_OUT = ["explore_monuments", "explore_world_animals", "explore_farm_animals", "lomiri", "opencv", "sklearn", "animals/birds", "vehicles"]
PHOTO_ACTIVITIES = ["babyshapes", "categorization", "clickgame", "details", "erase", "explore_farm_animals", "explore_monuments",
                    "explore_world_animals", "explore_world_music", "louis-braille", "paintings", "chronos"]
SIDE = 100
WINDOWS = 4  # of every photo
SCENES = 3  # of every cut-out


def unpack(work):
    work.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not list(work.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", "-q", name], cwd=work, check=True)
        deb = next(work.glob(f"{name}_*.deb"))
        if not (work / name).exists():
            subprocess.run(["dpkg-deb", "-x", deb, work / name], check=True)


def resource_photos(path, folder):
    """Qt's binary resource files hold each file behind its length, 4 bytes, big-endian."""
    data = path.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    for magic, suffix in ((b"\xff\xd8\xff", "jpg"), (b"RIFF", "webp")):
        at = data.find(magic)
        while at >= 4:
            length = struct.unpack(">I", data[at - 4:at])[0]
            fits = 2000 < length <= len(data) - at and (suffix == "jpg" or data[at + 8:at + 12] == b"WEBP")
            if fits:
                (folder / f"{path.stem}_{at:08d}.{suffix}").write_bytes(data[at:at + length])
            at = data.find(magic, at + (length if fits else 1))


def opened(path):
    try:
        picture = Image.open(path)
        picture.load()
    except (OSError, ValueError):
        return None
    transparent = picture.mode in ("RGBA", "LA", "P") and "A" in picture.convert("RGBA").getbands()
    picture = picture.convert("RGBA" if transparent else "RGB")
    if transparent and picture.getchannel("A").getextrema()[0] > 200:
        picture = picture.convert("RGB")
    if min(picture.size) < 60 or max(picture.size) > 12 * min(picture.size):
        return None
    picture.thumbnail((1024, 1024))
    return picture


def window(photo, draw, smallest):
    width, height = (int(side * draw.uniform(smallest, 1)) for side in photo.size)
    left, top = draw.randint(0, photo.width - width), draw.randint(0, photo.height - height)
    view = photo.crop((left, top, left + width, top + height))
    return view.transpose(Image.FLIP_LEFT_RIGHT) if draw.random() < 0.5 else view


def scene(cut_out, ground, draw):
    """The cut-out, standing or sunk in part, before a photo or a plain gradient like sky and sea."""
    size = (240, 160)
    if draw.random() < 0.5:
        back = window(ground, draw, 0.3).resize(size).filter(ImageFilter.GaussianBlur(draw.choice([0, 2, 5])))
    else:
        shades = [tuple(int(draw.uniform(0.3, 1) * c) for c in (150, 190, 220)) for _ in range(2)]
        back = Image.new("RGB", (1, 2))
        back.putdata(shades)
        back = back.resize(size, draw.choice([Image.BICUBIC, Image.NEAREST]))
        back = Image.blend(back, Image.effect_noise(size, 60).convert("RGB"), draw.uniform(0, 0.3))
    stamp = cut_out.crop(cut_out.getbbox())
    if draw.random() < 0.5:
        stamp = stamp.transpose(Image.FLIP_LEFT_RIGHT)
    stamp = stamp.rotate(draw.uniform(-25, 25), expand=True)
    scale = min(draw.uniform(0.3, 1.1) * size[0] / stamp.width, 1.2 * size[1] / stamp.height)
    stamp = stamp.resize((max(1, int(stamp.width * scale)), max(1, int(stamp.height * scale))))
    sunk = stamp.crop((0, 0, stamp.width, int(stamp.height * draw.uniform(0.5, 1)))) if draw.random() < 0.4 else stamp
    back.paste(sunk, (draw.randint(-20, max(-19, size[0] - sunk.width + 20)), draw.randint(-10, max(-9, size[1] - sunk.height))), sunk)
    return back


def main():
    out = Path(sys.argv[1])
    work = out / "packages"
    unpack(work)
    for path in sorted((work / "gcompris-qt-data").rglob("*.rcc")):
        if path.stem in PHOTO_ACTIVITIES:
            resource_photos(path, work / "gcompris-qt-data" / "photos")
    files = sorted(path for name in PACKAGES for path in (work / name).rglob("*")
                   if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp") and path.is_file())
    draw = random.Random(1)
    photos, cut_outs = {"learnt": [], "held_out": []}, {"learnt": [], "held_out": []}
    for path in files:
        name = "/" + str(path.relative_to(work))
        picture = None if any(part in name for part in LEFT_OUT) else opened(path)
        if picture is not None:
            part = "held_out" if any(held in name for held in HELD_OUT) else "learnt"
            (photos if picture.mode == "RGB" else cut_outs)[part].append(picture)
    for part in photos:
        folder = out / part
        folder.mkdir(parents=True, exist_ok=True)
        pictures = [view for photo in photos[part] for view in [photo] + [window(photo, draw, 0.35) for _ in range(WINDOWS)]]
        pictures += [scene(cut, draw.choice(photos[part]), draw) for cut in cut_outs[part] for _ in range(SCENES)]
        for number, picture in enumerate(pictures):
            picture.resize((SIDE, SIDE), Image.BOX if min(picture.size) > SIDE else Image.BILINEAR).save(
                folder / f"other_{number:05d}.jpg", quality=draw.randint(70, 95))
        print(f"{part}: {len(photos[part])} photos, {len(cut_outs[part])} cut-outs, {len(pictures)} files")


if __name__ == "__main__":
    main()
