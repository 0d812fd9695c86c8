"""Build the application that runs without Python: a folder, and an archive of it to hand over.

    python scripts/build_installer.py [--out dist] [--no-archive]

Needs the extra ``installer``. What goes in is in ``packaging/neurofeedback.spec``. A build runs on
systems like the one it was made on; there is no building for another.
"""

import argparse
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "packaging" / "neurofeedback.spec"
DESKTOP = ROOT / "packaging" / "neurofeedback.desktop"
ICON = ROOT / "neurofeedback" / "gui" / "pictures" / "icon.svg"


def build(out: Path) -> Path:
    """Build into `out`; return the folder of the application.

    Beside it lies ``sbom.json``, a CycloneDX list of the packages that were there.
    """
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(out), "--workpath", str(out / "work"), str(SPEC)]
    subprocess.run(command, check=True, cwd=ROOT)
    shutil.rmtree(out / "work")
    folder = out / "neurofeedback"
    shutil.copy(DESKTOP, folder)
    shutil.copy(ICON, folder / "neurofeedback.svg")
    shutil.copy(ROOT / "LICENSE", folder)
    notices = [sys.executable, str(ROOT / "scripts" / "notices.py")]
    subprocess.run([*notices, str(folder / "THIRD-PARTY-LICENCES.txt")], check=True, cwd=ROOT)
    bill = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    subprocess.run([*bill, "--outfile", str(out / "sbom.json")], check=True, cwd=ROOT)
    return folder


def archive(folder: Path) -> Path:
    """Pack the folder beside itself, named after version and system."""
    from neurofeedback import __version__

    name = f"neurofeedback-{__version__}-{platform.system()}-{platform.machine()}".lower()
    kind = "zip" if sys.platform == "win32" else "gztar"
    return Path(shutil.make_archive(str(folder.parent / name), kind, folder.parent, folder.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to build in")
    parser.add_argument("--no-archive", action="store_true", help="the folder alone")
    options = parser.parse_args()
    folder = build(options.out.resolve())
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink())
    print(f"{folder} ({size / 1e6:.0f} MB)")
    if not options.no_archive:
        made = archive(folder)
        print(f"{made} ({made.stat().st_size / 1e6:.0f} MB)")


if __name__ == "__main__":
    main()
