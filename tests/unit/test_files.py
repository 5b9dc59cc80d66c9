"""Files of one call: all in place, or none."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from charter.files import CannotWriteError, write_all_whole, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_files_are_written(tmp_path: Path):
    write_all_whole([(tmp_path / "a", b"1"), (tmp_path / "b", b"2")])
    assert [(tmp_path / name).read_bytes() for name in names(tmp_path)] == [b"1", b"2"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


@pytest.mark.parametrize("bad", ["no/such/folder/b", "folder", "b\0c", "x" * 300])
def test_if_one_cannot_be_written_none_is(bad: str, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(CannotWriteError, match="cannot be written"):
        write_all_whole([(tmp_path / "a", b"after"), (tmp_path / "c", b"new"), (tmp_path / bad, b"2")])
    assert names(tmp_path) == ["a", "folder"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWriteError, match="No space left on device"):
        write_whole(b"x", tmp_path / "a")
    assert names(tmp_path) == []


def test_a_link_stays_a_link(tmp_path: Path):
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to("real")
    write_whole(b"2", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"2"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_all_whole([(pipe, b"through"), (tmp_path / "a", b"1")])
    reader.join(10)
    assert read == [b"through"]
    assert pipe.is_fifo()
