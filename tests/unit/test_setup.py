"""Set-up installs system packages where it may, and otherwise says exactly what is missing."""

import shutil
import subprocess
from typing import Any

import pytest

from scripts import setup


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A machine without libdemo0, on which every command succeeds and does nothing but be listed here."""
    ran: list[tuple[str, ...]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(tuple(command))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(setup, "SYSTEM_PACKAGES", {"libthere0": lambda: True, "libdemo0": lambda: len(ran) > 1})
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "sudo" else f"/usr/bin/{program}")
    return ran


def test_root_installs_only_what_is_missing(commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    setup.install_system_packages()
    update, install = commands
    assert "update" in update
    assert "libdemo0" in install
    assert "libthere0" not in install


def test_one_who_may_not_install_is_told_what_to_ask_for(
    commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as stopped:
        setup.install_system_packages()
    assert stopped.value.code == 1
    assert "apt-get install -y --no-install-recommends libdemo0\n" in capsys.readouterr().err
    assert commands == []


def test_a_machine_with_everything_is_left_alone(
    commands: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "SYSTEM_PACKAGES", {"libthere0": lambda: True})
    setup.install_system_packages()
    assert commands == []


def test_uv_is_told_what_pip_is_configured_with(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "global.cert='/etc/own.pem'\n:env:.index-url='https://packages.example.org/simple'\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=listed))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example.org/simple")
    environment = setup.uv_environment()
    assert environment["SSL_CERT_FILE"] == "/etc/own.pem"
    assert environment["UV_DEFAULT_INDEX"] == "https://uv.example.org/simple"  # uv's own setting wins
