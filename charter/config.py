"""Settings: each is an environment variable CHARTER_<NAME>. This file is their documentation."""

from __future__ import annotations

import os
import secrets
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1024 * 1024


class Settings(BaseSettings):
    """What an operator may set. Every default serves one small machine."""

    model_config = SettingsConfigDict(env_prefix="CHARTER_", extra="ignore", frozen=True)

    instance: Path = Field(Path("instance"), description="Folder of everything that this installation keeps.")
    database_url: str = Field(
        "", description="sqlite:///FILE or postgresql+psycopg://…; without it SQLite in the instance folder."
    )
    secret_key: SecretStr = Field(
        SecretStr(""), description="At least 32 characters; without it one is made and kept in the instance folder."
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Address under which people reach the site.")
    coalition: str = Field("Charter", description="Name of the coalition, shown on every page.", max_length=80)
    languages: tuple[str, ...] = Field(("en", "km", "vi"), description='Languages offered, as JSON: ["km","en"].')
    currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Of all amounts: a code of ISO 4217, such as KHR.")
    time_zone: str = Field("Asia/Phnom_Penh", description="Days begin and end, and times are shown, in this zone.")
    demo: bool = Field(False, description="A demo: the coordinator may read the outgoing mail on a page.")
    trusted_proxies: int = Field(0, ge=0, le=5, description="Reverse proxies in front, whose headers are believed.")

    session_idle_minutes: int = Field(60, ge=5, description="Logged out after so long without a request.")
    session_absolute_hours: int = Field(12, ge=1, description="Logged out after so long in any case.")

    mail_from: str = Field("charter@localhost", description="Sender of all mail.")
    smtp_host: str = Field("", description="Without it no mail leaves.")
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: str = Field("none", pattern="^(none|starttls|tls)$", description="none, starttls or tls.")

    upload_limit: int = Field(10 * MEGABYTE, ge=MEGABYTE, description="Largest file that may be uploaded, in bytes.")
    evidence_store: str = Field("", description="Folder, or s3://BUCKET/PREFIX; without it a folder in the instance.")
    s3_endpoint: str = Field("", description="Address of an S3-compatible store; without it Amazon's.")

    metrics_token: SecretStr = Field(
        SecretStr(""), description="Whoever sends it as a bearer token may read /metrics; without it nobody may."
    )
    backup_key: SecretStr = Field(
        SecretStr(""), description="At least 32 characters; backups are then encrypted, and hold the secret key too."
    )

    retention_days: int = Field(365, ge=0, description="Days from leaving until a member's data may be deleted.")

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @field_validator("backup_key", "metrics_token")
    @classmethod
    def _is_long(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def database(self) -> str:
        """The address of the database, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.instance / 'charter.db').resolve()}"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @cached_property
    def key(self) -> str:
        """The secret key; made on the first call and kept in the instance folder unless it is set."""
        given = self.secret_key.get_secret_value()
        if given:
            if len(given) < 32:
                raise ValueError("CHARTER_SECRET_KEY must have at least 32 characters")
            return given
        path = self.instance / "secret.key"
        self.instance.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        return path.read_text("ascii").strip()

    @property
    def evidence_folder(self) -> Path:
        """Where uploaded files lie unless an object store is set."""
        return Path(self.evidence_store) if self.evidence_store else self.instance / "evidence"
