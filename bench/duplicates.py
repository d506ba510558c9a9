"""Measure the grouping of variants: how many are found, how many merged wrongly, how fast it is.

    python -m bench.duplicates [--pictures N] [FOLDER]

Each of N pictures of FOLDER (default: drawn ones) is changed in six ways. A variant is found if it
lies in the group of its original; a merge is false if it joins two originals, so FOLDER should hold
no two versions of one picture. The time is that of 20,000 pictures, a quarter of them originals.
"""

import argparse
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from bench.pictures import SEED, draw
from ml.archive.formats import has_picture_suffix
from ml.sieve.variants import MAX_BITS, MIN_COSINE, group_variants
from ml.targets.catalog import PRETRAINED
from ml.vision.backbone import Backbone
from ml.vision.decode import Decoded, decode_for_network
from ml.vision.fingerprint import compute_fingerprint

TIMED = 20_000
SIZES = ((640, 360), (512, 512), (360, 512))


def main() -> None:
    """Print recall by change, false merges and the time."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path)
    arguments.add_argument("--pictures", type=int, default=200)
    options = arguments.parse_args()
    originals = list(list_pictures(options.folder, options.pictures))
    backbone = Backbone(PRETRAINED / "mona_lite")
    prints, embeddings, areas = [], [], []
    for original in originals:
        for data in [pack(original), *(change(original) for change in CHANGES.values())]:
            picture = decode(data, backbone)
            prints.append(compute_fingerprint(picture.image))
            embeddings.append(backbone.embed(picture.image)[0])
            areas.append(picture.width * picture.height)
    groups = group_variants(
        np.array(prints, np.uint64), np.stack(embeddings), np.array(areas, np.int64)
    ).reshape(len(originals), -1)
    print(f"{len(originals):,} originals, at most {MAX_BITS} bits, cosine at least {MIN_COSINE}")
    for column, name in enumerate(CHANGES, start=1):
        print(f"  {name}: {np.mean(groups[:, column] == groups[:, 0]):.1%} found")
    distinct = len(np.unique(groups[:, 0]))
    print(f"  originals merged with another: {len(originals) - distinct} of {len(originals):,}")
    time_many()


def time_many() -> None:
    """Print the seconds for many pictures, of which every fourth is an original."""
    rng = np.random.default_rng(SEED)
    count = TIMED // 4
    prints = rng.integers(0, 2**64, count, np.uint64, endpoint=False)
    embeddings = rng.normal(size=(count, 256))
    flips = np.uint64(1) << rng.integers(0, 64, (TIMED, 3)).astype(np.uint64)
    changed = np.tile(prints, 4) ^ np.bitwise_xor.reduce(flips, axis=1)
    moved = np.tile(embeddings, (4, 1)) + rng.normal(0, 0.2, (TIMED, 256))
    areas = rng.integers(10_000, 4_000_000, TIMED)
    begun = time.perf_counter()
    groups = group_variants(changed, moved.astype(np.float16), areas)
    seconds = time.perf_counter() - begun
    print(f"{TIMED:,} pictures in {len(np.unique(groups)):,} groups: {seconds:.1f} s")


def list_pictures(folder: Path | None, count: int) -> Iterator[Image.Image]:
    """Yield RGB pictures: of a folder, chosen at random, or drawn ones."""
    if folder is None:
        rng = np.random.default_rng(SEED)
        yield from (draw(rng, SIZES[n % len(SIZES)]) for n in range(count))
        return
    files = sorted(file for file in folder.rglob("*") if has_picture_suffix(file.name))
    for number in np.random.default_rng(SEED).permutation(len(files))[:count]:
        with Image.open(files[number]) as image:
            yield image.convert("RGB")


def decode(data: bytes, backbone: Backbone) -> Decoded:
    """Decode as a shard does."""
    card = backbone.card
    return decode_for_network(
        data, side=card.finest_side, resize=card.resize, max_pixels=100_000_000
    )


def pack(image: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    """Return a picture as a file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def resize(image: Image.Image) -> bytes:
    """Make it 60 % as large."""
    size = (max(8, image.width * 6 // 10), max(8, image.height * 6 // 10))
    return pack(image.resize(size, Image.Resampling.LANCZOS))


def crop(image: Image.Image, part: float) -> bytes:
    """Cut a part off each direction, three quarters of it from one side."""
    width, height = image.size
    left, top = int(width * part / 4), int(height * part / 2)
    return pack(image.crop((left, top, width - int(width * part * 3 / 4), height - top)))


def brighten(image: Image.Image, factor: float) -> bytes:
    return pack(ImageEnhance.Brightness(image).enhance(factor))


CHANGES: dict[str, Callable[[Image.Image], bytes]] = {
    "60 % as large": resize,
    "JPEG of quality 35": lambda image: pack(image, "JPEG", quality=35),
    "cut by 4 %": lambda image: crop(image, 0.04),
    "cut by 8 %": lambda image: crop(image, 0.08),
    "25 % brighter": lambda image: brighten(image, 1.25),
    "25 % darker": lambda image: brighten(image, 0.75),
}


if __name__ == "__main__":
    main()
