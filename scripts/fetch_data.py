"""Fetch the public recordings that some tests are run on, into ../shared/data.

python scripts/fetch_data.py [FOLDER]

They are two recordings of one person of the EEG Motor Movement/Imagery data set of PhysioNet
(ODC-By 1.0), by MNE's own list with checksums. Where there is no network, it says so; tests then
make stand-ins of their own.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
RUNS = {"S001R01.edf": 1, "S001R04.edf": 4}
# Of the two that are kept as they are, as PhysioNet lists them in SHA256SUMS.txt.
SHA256: dict[str, str] = {
    "S001R01.edf": "4743b736131a7e147c150e8b37711029b6cda5e356c4b3e8261a03cdcaaf8b0c",
    "S001R04.edf": "3d161f88e1c00632585287d2ce584c2bc0f08862438eb255ea8723e00fac693d",
}


def main() -> int:
    """Fetch what is missing, and say what came of it."""
    import mne

    folder = (Path(sys.argv[1]) if sys.argv[1:] else FOLDER) / "edf"
    missing = {name: run for name, run in RUNS.items() if not (folder / name).exists()}
    if not missing:
        print(f"All recordings are in {folder}")
        return 0
    with tempfile.TemporaryDirectory() as place:
        try:
            paths = mne.datasets.eegbci.load_data(
                1, list(missing.values()), path=place, update_path=False, verbose="error"
            )
        except Exception as error:  # no network fails in more ways than can be listed
            print(
                f"The recordings could not be fetched ({type(error).__name__}): is there a "
                "network? Tests make stand-ins without them."
            )
            return 2
        for (name, _), path in zip(missing.items(), map(Path, paths), strict=True):
            if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[name]:
                print(f"{name} is not the file that was wanted, and is left out.")
                return 1
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
            print(folder / name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
