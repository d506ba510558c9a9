"""Time another head on stored embeddings: 20,000 pictures, rows and all.

    python -m bench.rescore [PICTURES]

Embeddings are drawn at random in the shape of the shipped backbone; the head is the shipped one.
The baseline is what a rescore replaces: decoding and embedding, measured on a drawn picture.
"""

import io
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from sqlalchemy import update

from bench.pictures import QUARTER_HD, draw
from ml.scoring.piles import Outcome
from ml.sieve.embeddings import EmbeddingFile
from ml.vision.backbone import Backbone
from ml.vision.decode import decode_for_network
from ml.vision.regions import count_regions
from webapp.config import Settings
from webapp.records import Preferences
from webapp.services import jobs, preferences, queue, scores, targets, uploads
from webapp.services.uploads import Upload
from webapp.storage import Stores
from webapp.storage.migrate import upgrade
from webapp.storage.tables import pictures as pictures_table

PICTURES = 20_000
REPEATS = 5


def prepare(stores: Stores, pictures: int) -> str:
    """A finished job of so many pictures, all scored; returns its id."""
    file = stores.files.new_upload()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(pictures):
            archive.writestr(f"{number}.png", b"\x89PNG\r\n\x1a\n")
    uploads.accept(stores, [Upload("drawn.zip", file)])
    ((job, _),) = queue.claim(stores)
    backbone = targets.get(stores, job.target).backbone
    shape = (count_regions(backbone), backbone.dim)
    rng = np.random.default_rng(0)
    rows = ((n, rng.normal(size=shape).astype(np.float16)) for n in range(pictures))
    embeddings = EmbeddingFile(stores.files.embeddings(job.id), regions=shape[0], dim=shape[1])
    embeddings.write(rows)
    with stores.database.writing() as connection:
        connection.execute(update(pictures_table).values(outcome=Outcome.SCORED))
    queue.finish(stores, job.id)
    return job.id


def time_decoding(backbone_folder: Path) -> float:
    """Seconds to decode and embed one picture of a quarter HD, median of 50, one core."""
    backbone = Backbone(backbone_folder)
    out = io.BytesIO()
    draw(np.random.default_rng(0), QUARTER_HD).save(out, "JPEG")
    times = []
    for _ in range(50):
        begun = time.perf_counter()
        picture = decode_for_network(
            out.getvalue(), side=backbone.card.side, resize=backbone.card.resize, max_pixels=10**8
        )
        backbone.embed(picture.image)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def main() -> None:
    """Print the median of five rescores and the ratio to decoding again."""
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    with tempfile.TemporaryDirectory() as folder:
        stores = Stores.open(Settings(data_dir=Path(folder), max_ratio=10_000))
        stores.files.prepare()
        upgrade(stores.database)
        preferences.save(stores, Preferences())
        job_id = prepare(stores, pictures)
        job, target = jobs.get(stores, job_id), targets.get(stores, "mona")
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            scores.rescore(stores, job, target)
            times.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        scores.show_target(stores, job_id, "mona")
        switch = time.perf_counter() - begun
        stores.database.close()
        again = pictures * time_decoding(target.backbone_folder) / stores.settings.workers
    rescore = statistics.median(times)
    print(f"{pictures:,} pictures on {stores.settings.workers} cores")
    print(f"rescore with another head: {rescore:.2f} s (median of {REPEATS})")
    print(f"switch to scores that are there: {1000 * switch:.0f} ms")
    print(f"decode and embed again, by calculation: {again:.0f} s, {again / rescore:.0f} times")


if __name__ == "__main__":
    main()
