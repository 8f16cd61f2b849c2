"""Check what works on this machine. Each check runs the real thing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distributions

from cartoonize.prefetch import n_cores
from cartoonize.workspace import Workspace


@dataclass(frozen=True)
class Check:
    """Result of one check."""

    name: str
    ok: bool
    detail: str


def examine(workspace: Workspace) -> list[Check]:
    """Run all checks.

    A failed check has a remedy in its ``detail`` and does not stop the others.
    """
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("python", _python),
        ("torch", _torch),
        ("gpu", _gpu),
        ("threads", _threads),
        ("opencv", _opencv),
        ("one cv2 package", _one_cv2),
        ("codecs", _codecs),
        ("compiled code", _compiled),
        ("photo weights", _photo_weights),
        ("disk", lambda: _disk(workspace)),
    ]
    findings = []
    for name, check in checks:
        try:
            ok, detail = check()
        except Exception as error:  # a broken installation can fail in any way
            ok, detail = False, f"{type(error).__name__}: {error}".splitlines()[0]
        findings.append(Check(name, ok, detail))
    return findings


def _python() -> tuple[bool, str]:
    return sys.version_info >= (3, 11), sys.version.split()[0]


def _torch() -> tuple[bool, str]:
    import torch

    from cartoonize.devices import prefers_bfloat16

    bfloat16 = "bfloat16 in hardware" if prefers_bfloat16(torch.device("cpu")) else "float32 only"
    return True, f"{torch.__version__}, CPU: {bfloat16}"


def _gpu() -> tuple[bool, str]:
    import torch

    if not torch.cuda.is_available():
        return True, "torch finds none; networks run on the CPU"
    return True, torch.cuda.get_device_name(0)


def _threads() -> tuple[bool, str]:
    return True, f"{n_cores()} cores for this process"


def _opencv() -> tuple[bool, str]:
    try:
        import cv2
    except ImportError as error:
        return False, f"{error}; on Debian and Ubuntu run: apt-get install libgl1 libglib2.0-0 libxcb1"
    return True, str(cv2.__version__)


def _one_cv2() -> tuple[bool, str]:
    names = {d.metadata["Name"].lower() for d in distributions()}
    found = sorted(name for name in names if name.startswith("opencv"))
    remedy = "" if len(found) == 1 else "; uninstall all of them, then install only opencv-python"
    return len(found) == 1, ", ".join(found) + remedy


def _codecs() -> tuple[bool, str]:
    from cartoonize.video import missing_encoders

    missing = missing_encoders()
    return (
        not missing,
        f"missing encoders: {', '.join(missing)}" if missing else "h264, h265, av1, ffv1 and aac work",
    )


def _compiled() -> tuple[bool, str]:
    import numpy as np

    from cartoonize.color.luma import chroma_of_ab

    chroma_of_ab(np.zeros((1, 1), np.float32), np.zeros((1, 1, 2), np.float32), "bt601")
    return True, "numba compiles and caches functions"


def _photo_weights() -> tuple[bool, str]:
    from cartoonize.methods.registry import VARIANTS
    from cartoonize.methods.variant import INSTALL_PHOTOS
    from cartoonize.tasks.train import default_variants

    if VARIANTS["region-knn"].can_be_trained:
        return True, f"installed: {' and '.join(default_variants())} are trained by default"
    return True, f"not installed; for better colours: {INSTALL_PHOTOS}"


def _disk(workspace: Workspace) -> tuple[bool, str]:
    folder = workspace.root.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return free > 1 << 30, f"{free / (1 << 30):.1f} GiB free at {folder}"
