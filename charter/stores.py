"""Where files lie: in a folder beside the database, or in an S3-compatible store. Names are random, contents opaque."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from charter.config import Settings

_NAME = re.compile(r"[0-9a-f]{32}")


class Store(Protocol):
    """Files under random names. Once `put` returns, the content is on disk."""

    def put(self, content: bytes) -> str:
        """Keep the content; gives its name."""
        ...

    def put_back(self, name: str, content: bytes) -> None:
        """Keep it under the name that it had; from a backup."""
        ...

    def get(self, name: str) -> bytes:
        """What is kept under that name; FileNotFoundError if nothing is."""
        ...

    def delete(self, name: str) -> None:
        """Forget it; nothing happens if it is gone already."""
        ...

    def names(self) -> Iterator[tuple[str, datetime]]:
        """Everything kept, with the moment since when."""
        ...


class FolderStore:
    """A folder, two levels deep so that no folder grows too large."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        name = secrets.token_hex(16)
        self._write(name, content)
        return name

    def put_back(self, name: str, content: bytes) -> None:
        self.delete(name)
        self._write(name, content)

    def _write(self, name: str, content: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            for folder in (path.parent, self._folder):
                _sync_folder(folder)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def get(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, datetime]]:
        for path in self._folder.glob("??/*"):
            if _NAME.fullmatch(path.name):
                yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self._folder / name[:2] / name


class S3Store:
    """A bucket of an S3-compatible store; credentials come from the environment, as boto3 reads them."""

    def __init__(self, bucket: str, prefix: str, *, endpoint: str | None) -> None:
        import boto3

        self._client: Any = boto3.client("s3", endpoint_url=endpoint)
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, content: bytes) -> str:
        name = secrets.token_hex(16)
        self.put_back(name, content)
        return name

    def put_back(self, name: str, content: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=content)

    def get(self, name: str) -> bytes:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
        except self._client.exceptions.NoSuchKey as error:
            raise FileNotFoundError(name) from error
        content: bytes = answer["Body"].read()
        return content

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def names(self) -> Iterator[tuple[str, datetime]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        for page in pages:
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(self._prefix)
                if _NAME.fullmatch(name):  # what others keep in the same bucket is theirs
                    yield name, entry["LastModified"]

    def _key(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self._prefix + name


def store_for(settings: Settings) -> Store:
    """The store that the settings name."""
    if settings.evidence_store.startswith("s3://"):
        bucket, _, prefix = settings.evidence_store.removeprefix("s3://").partition("/")
        return S3Store(bucket, prefix, endpoint=settings.s3_endpoint or None)
    return FolderStore(settings.evidence_folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
