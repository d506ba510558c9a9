"""The paper's program, and programs like it: one picture, one `model.predict`, the next picture.

    python bench/one_by_one.py ARCHIVE mona_cnn|mona_lite PICTURES

Prints JSON: pictures, seconds, and pictures per second. The weights are random: their values
change no time.
"""

import io
import json
import random
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def measure(archive: Path, network: str, pictures: int) -> dict[str, float]:
    """Seconds that the loop takes for `pictures` of the archive's, evenly spread over it."""
    import numpy as np
    from PIL import Image

    from ml.vision.networks import MonaCNNConfig, MonaLiteConfig, build

    config = MonaCNNConfig() if network == "mona_cnn" else MonaLiteConfig()
    model = build(config)
    size = (config.side, config.side)

    def look(zf: zipfile.ZipFile, name: str) -> None:
        picture = Image.open(io.BytesIO(zf.read(name))).convert("RGB").resize(size)
        model.predict(np.asarray(picture, np.float32)[np.newaxis], verbose=0)

    with zipfile.ZipFile(archive) as zf:
        names = sorted(info.filename for info in zf.infolist() if not info.is_dir())
        random.Random(0).shuffle(names)  # noqa: S311 - a sample, not a secret
        look(zf, names[0])  # TensorFlow traces the network at the first picture
        begun = time.perf_counter()
        for name in names[:pictures]:
            look(zf, name)
        seconds = time.perf_counter() - begun
    done = len(names[:pictures])
    return {"pictures": done, "seconds": seconds, "per_second": done / seconds}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
