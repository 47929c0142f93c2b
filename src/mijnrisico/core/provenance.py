"""Where a result comes from: digests of code and files, versions of the software, and the machine in broad terms.

Nothing here tells who ran it or where: no user, no host, no absolute path.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]
SCIENCE: Final = ("core", "data", "subsurface", "seismic", "studies", "units.py")
"""What can change a number; words, pictures and the command line cannot."""

_COMPUTING: Final = ("numpy", "scipy", "numba")
_VERSIONED: Final = ("numpy", "scipy", "numba", "xarray", "pandas", "h5netcdf", "shapely", "pyproj")
_IGNORED: Final = ("__pycache__", ".pyc", ".nbi", ".nbc")


def canonical(value: object) -> bytes:
    """Write a value as JSON in the one form that a digest is taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha256(content: bytes) -> str:
    """Return the sha256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_or_nothing(path: Path) -> str:
    """Return `file_digest`, "" for a file that cannot be opened: what keeps it closed is reported by its reader."""
    try:
        return file_digest(path)
    except OSError:
        return ""


@cache
def science_digest() -> str:
    """Return the digest of the code, packaged data and libraries that a number can depend on."""
    libraries = {name: metadata.version(name) for name in _COMPUTING}
    return sha256(canonical([_tree_digest(PACKAGE / name for name in SCIENCE), libraries]))


@cache
def package_digest() -> str:
    """Return the digest of the complete package, with its words and drawings."""
    return _tree_digest([PACKAGE])


def software() -> dict[str, object]:
    """Return the versions of the toolbox (with its commit, in a repository), Python and the libraries that compute."""
    versions: dict[str, object] = {"mijnrisico": metadata.version("mijnrisico")}
    versions |= {**commit(), "python": platform.python_version()}
    return versions | {name: metadata.version(name) for name in _VERSIONED}


@cache
def commit() -> dict[str, object]:
    """Return `git`, the commit that the package stands at, and `dirty`; nothing where it is installed, not developed.

    A file that git does not know makes it dirty only if it lies inside the package.
    """
    root = PACKAGE.parents[1]
    if not (root / ".git").exists():
        return {}

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10.0).stdout.strip()

    try:
        inside = PACKAGE.relative_to(root).as_posix()
        return {"git": git("rev-parse", "--short=7", "HEAD"), "dirty": bool(git("status", "--porcelain", inside))}
    except (OSError, subprocess.SubprocessError):  # no git here, or a repository it does not trust
        return {}


def machine() -> dict[str, object]:
    """Return operating system, processors and memory."""
    from mijnrisico.core.resources import memory_total_gib

    return {"os": platform.system(), "cpu": os.cpu_count(), "memory_gb": round(memory_total_gib())}


def _tree_digest(roots: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for root in roots:
        files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        for path in files:
            if not any(part in path.as_posix() for part in _IGNORED):
                digest.update(path.relative_to(PACKAGE).as_posix().encode())
                digest.update(file_digest(path).encode())
    return digest.hexdigest()
