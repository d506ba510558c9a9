"""Time the plan of copies into a folder that has them all: 100,000 kept pictures.

    python -m bench.copies [PICTURES]

The files have the stated sizes, 20 to 53 KB, and only zeros in them, so that they take no room.
"Not known" is the plan after the journal forgot that MonaSieve wrote them: every file is read.
"""

import hashlib
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import bindparam, delete, insert, update

from bench.large_job import make_job, make_member
from webapp.config import Settings
from webapp.records import Job
from webapp.services import copies
from webapp.storage import Stores
from webapp.storage.migrate import upgrade
from webapp.storage.tables import copied_files
from webapp.storage.tables import jobs as jobs_table
from webapp.storage.tables import pictures as pictures_table

PICTURES = 100_000
FOLDER = "mona"


def main() -> None:
    """Print the seconds of a plan, first without and then with the journal."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    with tempfile.TemporaryDirectory() as folder:
        stores = Stores.open(Settings(data_dir=Path(folder) / "instance"))
        stores.files.prepare()
        upgrade(stores.database)
        job = make_job(stores, count)
        fill_folder(stores, job, count)
        print(f"{count:,} pictures that are there: {time_plan(stores, job, count):.1f} s")
        with stores.database.writing() as connection:
            connection.execute(delete(copied_files))
        print(f"not known: {time_plan(stores, job, count):.1f} s")
        stores.database.close()


def fill_folder(stores: Stores, job: Job, count: int) -> None:
    """Keep all pictures, and write their copies as the runner would."""
    folder = copies.plan_copy(stores, job.id, FOLDER).folder
    contents = {size: hash_zeros(size) for size in {make_member(n).size for n in range(count)}}
    written, hashes = [], []
    for number in range(count):
        member = make_member(number)
        file = folder / member.path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            stream.truncate(member.size)
        written.append(str(file.relative_to(stores.files.storage_root)))
        hashes.append(contents[member.size])
    with stores.writing() as tables:
        tables.copies.add(job.id, FOLDER)
        (copy,) = tables.copies.list_of_job(job.id)
    with stores.database.writing() as connection:
        connection.execute(update(jobs_table).values(threshold=0.0, unsure_threshold=0.0))
        one = (pictures_table.c.job_id == job.id) & (pictures_table.c.number == bindparam("this"))
        values = [{"this": number, "sha256": sha256} for number, sha256 in enumerate(hashes)]
        connection.execute(update(pictures_table).where(one), values)
        rows = zip(written, hashes, strict=True)
        values = [{"copy_id": copy.id, "path": path, "sha256": sha256} for path, sha256 in rows]
        connection.execute(insert(copied_files), values)


def hash_zeros(size: int) -> str:
    """Return the SHA-256 of so many zeros."""
    return hashlib.sha256(bytes(size)).hexdigest()


def time_plan(stores: Stores, job: Job, count: int) -> float:
    """Return the processor's seconds of a plan; it must find every picture."""
    begun = time.process_time()
    plan = copies.plan_copy(stores, job.id, FOLDER)
    seconds = time.process_time() - begun
    if (plan.pictures, plan.present, plan.new_bytes) != (count, count, 0):
        raise RuntimeError(f"The plan is wrong: {plan}")
    return seconds


if __name__ == "__main__":
    main()
