"""Make this checkout ready to use: system packages, .venv, the locked Python packages, the `charter` command.

Run by `make setup`, and with `semgrep` by `make check`, whose rules need that program in a place of its own; needs
nothing but Python's standard library. A second run with nothing to do takes well under a
second and no network. Package indexes, proxies and certificates are those that pip is configured with on this machine.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".charter-setup"
LOCK = ROOT / "requirements-dev.lock"
SEMGREP = VENV / "semgrep"
SEMGREP_LOCK = ROOT / "requirements-semgrep.lock"
INPUTS = [LOCK, ROOT / "pyproject.toml", Path(__file__).resolve()]


def library(soname: str) -> Callable[[], bool]:
    def can_be_loaded() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return can_be_loaded


def modules(*names: str) -> Callable[[], bool]:
    return lambda: all(importlib.util.find_spec(name) for name in names)


# Debian and Ubuntu package → how to see that it (or the same thing from elsewhere) is there.
SYSTEM_PACKAGES: dict[str, Callable[[], bool]] = {
    f"python3.{sys.version_info.minor}-venv": modules("venv", "ensurepip"),
    "libpango-1.0-0": library("libpango-1.0.so.0"),  # WeasyPrint lays out text with Pango …
    "libpangoft2-1.0-0": library("libpangoft2-1.0.so.0"),
    "libharfbuzz-subset0": library("libharfbuzz-subset.so.0"),  # … and embeds only the letters used with HarfBuzz
    "chromium": lambda: shutil.which("chromium") is not None,  # the tests compare the charts with what it draws
    "strace": lambda: shutil.which("strace") is not None,  # the tests see that what is called saved is on the disk
}
if sys.version_info >= (3, 13) or platform.machine() != "x86_64":
    # quickjs (it runs plotly.js for plotly-mirage) is published ready-built for no newer Python and no other processor.
    SYSTEM_PACKAGES |= {
        "gcc": lambda: shutil.which("gcc") is not None,
        "libc6-dev": lambda: Path("/usr/include/stdio.h").exists(),
        f"python3.{sys.version_info.minor}-dev": lambda: Path(sysconfig.get_path("include"), "Python.h").exists(),
    }


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the interpreter at hand may well be older than the project's
        fail(f"Charter needs Python 3.11 or newer, not {platform.python_version()}. Try: make setup PYTHON=python3.12")
    hold_lock()
    install_system_packages()
    stamp = fingerprint()
    if venv_works() and STAMP.is_file() and STAMP.read_text() == stamp:
        return
    say("setting up .venv (once; later calls take no time)")
    STAMP.unlink(missing_ok=True)
    if not venv_works():
        make_venv()
    install_python_packages()
    STAMP.write_text(stamp)
    say("ready: .venv/bin/charter")


def set_up_semgrep() -> None:
    """Beside .venv's other packages, since it wants older versions of some of them."""
    hold_lock()
    stamp = SEMGREP / STAMP.name
    wanted = hashlib.sha256(SEMGREP_LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("setting up semgrep (once)")
    shutil.rmtree(SEMGREP, ignore_errors=True)
    run(str(PYTHON), "-m", "venv", str(SEMGREP))
    install_locked(SEMGREP / "bin" / "python", SEMGREP_LOCK, has_uv=True)
    stamp.write_text(wanted)


def install_system_packages() -> None:
    missing = [package for package, is_there in SYSTEM_PACKAGES.items() if not is_there()]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    may_install = os.geteuid() == 0 or can_sudo()
    if shutil.which("apt-get") is None or not may_install:
        fail(
            f"these system packages are missing: {' '.join(missing)}\n"
            f"Ask an administrator to run: apt-get update && {' '.join(install)}\n"
            "(names as in Debian and Ubuntu; elsewhere install what holds the same libraries), then repeat the command."
        )
    say(f"installing system packages: {' '.join(missing)}")
    prefix = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() != 0:
        prefix = ["sudo", "-n", *prefix]
    # A package list that is only partly up to date may still do; the installation itself must succeed.
    subprocess.run([*prefix, "apt-get", "update", "-qq"], check=False)
    if subprocess.run([*prefix, *install, "-qq", "-o", "Dpkg::Use-Pty=0"], check=False).returncode != 0:
        fail(f"apt-get could not install: {' '.join(missing)}")
    importlib.invalidate_caches()
    still_missing = [package for package in missing if not SYSTEM_PACKAGES[package]()]
    if still_missing:
        fail(f"installed, but still not usable: {' '.join(still_missing)}")


def can_sudo() -> bool:
    return shutil.which("sudo") is not None and quiet("sudo", "-n", "true")


def venv_works() -> bool:
    """False too where the interpreter beneath was replaced, or the checkout moved: the scripts in .venv name both."""
    script = VENV / "bin" / "pip"
    was_made_here = script.is_file() and f"{VENV}/bin/python".encode() in script.read_bytes()
    return was_made_here and quiet(str(PYTHON), "-c", "import pip")


def make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    run(sys.executable, "-m", "venv", str(VENV))


def install_python_packages() -> None:
    """With uv, which is many times faster; with pip where uv cannot (an unusual machine or package index)."""
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(locked("uv"))
        only_uv.flush()
        has_uv = quiet(*pip, "--require-hashes", "--no-deps", "-r", only_uv.name)
    install_locked(PYTHON, LOCK, has_uv=has_uv)
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def install_locked(python: Path, lock: Path, *, has_uv: bool) -> None:
    """Exactly what the lock file names, for that Python."""
    packages = ["--require-hashes", "-r", str(lock)]
    # Compiled like pip does it: whoever may not write here, or has Python write no bytecode, starts as fast.
    by_uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
    if not (has_uv and subprocess.run([*by_uv, *packages], env=uv_environment(), check=False).returncode == 0):
        say("uv could not install the packages; trying pip, which takes longer")
        run(str(python), "-m", "pip", "--disable-pip-version-check", "install", "-qq", *packages)


def locked(name: str) -> str:
    """The lines of the lock file for one package, with their hashes."""
    block = re.search(rf"^{re.escape(name)}==.*\n(?:[ \t].*\n)*", LOCK.read_text(), re.MULTILINE)
    if block is None:
        fail(f"{LOCK.name} does not name {name}; run: make lock")
    return block[0]


def uv_environment() -> dict[str, str]:
    """The environment, with pip's settings said in uv's words (uv reads none of pip's); uv's own settings win."""
    listed = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    setting = dict(re.findall(r"^\S+?\.([a-z-]+)='(.*)'$", listed.stdout, re.MULTILINE))
    translated = {
        "UV_DEFAULT_INDEX": setting.get("index-url", ""),
        "UV_INDEX": setting.get("extra-index-url", "").replace("\\n", " "),
        "UV_FIND_LINKS": ",".join(setting.get("find-links", "").replace("\\n", " ").split()),
        "SSL_CERT_FILE": setting.get("cert", ""),
        "ALL_PROXY": setting.get("proxy", ""),
        # Like pip, look in every index; the hashes say which file is the right one.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    return {name: value for name, value in translated.items() if value} | dict(os.environ)


def fingerprint() -> str:
    """Changes with what is to be installed."""
    return "\n".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in INPUTS)


def hold_lock() -> None:
    """Two set-ups of one checkout at the same time wait for each other; the lock goes with the process."""
    fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)


def quiet(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(*command: str) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        fail(f"this command failed: {' '.join(command)}")


def say(message: str) -> None:
    print(f"setup: {message}", file=sys.stderr, flush=True)


def fail(message: str) -> NoReturn:
    say(message)
    sys.exit(1)


if __name__ == "__main__":
    set_up_semgrep() if sys.argv[1:] == ["semgrep"] else main()
