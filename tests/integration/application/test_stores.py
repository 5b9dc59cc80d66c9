"""Where files lie: a folder, or an S3-compatible store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from charter.clock import now
from charter.config import Settings
from charter.stores import FolderStore, S3Store, Store, store_for


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    if request.param == "folder":
        return Settings(instance=tmp_path)
    endpoint = request.getfixturevalue("s3_server")
    for name, value in (
        ("ACCESS_KEY_ID", "made-up"),
        ("SECRET_ACCESS_KEY", "made-up"),
        ("DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket="evidence")
    client.put_object(Bucket="evidence", Key="elsewhere/file", Body=b"of somebody else")
    return Settings(instance=tmp_path, evidence_store="s3://evidence/charter/files", s3_endpoint=endpoint)


@pytest.fixture
def store(settings: Settings) -> Store:
    return store_for(settings)


def test_the_setting_says_which_store(settings: Settings, store: Store) -> None:
    assert isinstance(store, S3Store if settings.evidence_store else FolderStore)


def test_what_was_put_can_be_got_under_a_random_name(store: Store) -> None:
    first, second = store.put(b"minutes"), store.put(b"minutes")
    assert first != second and len(first) == 32
    assert store.get(first) == b"minutes"


def test_what_was_deleted_is_gone_and_may_be_deleted_again(store: Store) -> None:
    name = store.put(b"minutes")
    store.delete(name)
    store.delete(name)
    with pytest.raises(FileNotFoundError):
        store.get(name)


def test_names_are_those_of_this_store_only_with_their_age(store: Store) -> None:
    before = now() - timedelta(seconds=2)
    name = store.put(b"minutes")
    found = dict(store.names())
    assert name in found and "elsewhere/file" not in found
    assert before <= found[name] <= now() + timedelta(seconds=2)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "A" * 32, "elsewhere/file"])
def test_a_name_that_the_store_never_gave_leads_nowhere(store: Store, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        store.get(name)


def test_files_in_the_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    name = store.put(b"minutes")
    assert (tmp_path / name[:2] / name).stat().st_mode & 0o077 == 0
