"""Packs the archive that Krew installs, and writes the manifest that points to it.

The archive holds a launcher, the wheel and the licence. The manifest's address is that of the
release of this version: until there is one, `kubectl krew install` works with `--archive` only.
"""

import argparse
import hashlib
import zipfile
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).parent
MANIFEST: Final = HERE / "rollback.yaml"
LAUNCHER: Final = HERE / "kubectl-rollback"
LICENSE: Final = HERE.parent / "LICENSE"
ARCHIVE: Final = "kubectl-rollback.zip"
EXECUTABLE, READABLE = 0o755, 0o644


def pack(wheel: Path, archive: Path) -> str:
    """Write the archive, the same for the same files; return its checksum."""
    with zipfile.ZipFile(archive, "w") as packed:
        for file, mode in ((LAUNCHER, EXECUTABLE), (wheel, READABLE), (LICENSE, READABLE)):
            entry = zipfile.ZipInfo(file.name)
            entry.external_attr = mode << 16
            packed.writestr(entry, file.read_bytes())
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def manifest(version: str, checksum: str) -> dict[str, Any]:
    """Return the manifest of that version."""
    found: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    spec = found["spec"]
    spec["version"] = f"v{version}"
    for platform in spec["platforms"]:
        platform["uri"] = f"{spec['homepage']}/releases/download/v{version}/{ARCHIVE}"
        platform["sha256"] = checksum
    return found


def main() -> None:
    """Write archive and manifest beside the wheel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="the wheel of rollback-operator")
    wheel: Path = parser.parse_args().wheel
    version = wheel.name.split("-")[1]
    made = manifest(version, pack(wheel, wheel.with_name(ARCHIVE)))
    wheel.with_name(MANIFEST.name).write_text(yaml.safe_dump(made, sort_keys=False))


if __name__ == "__main__":
    main()
