"""What every answer of the site carries, and what is encrypted or signed with the installation's key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@lru_cache(maxsize=64)
def derived_key(key: str, purpose: str) -> bytes:
    """32 bytes for one purpose, from the installation's key (HKDF-SHA-256, RFC 5869)."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"charter {purpose}".encode()).derive(key.encode())


def keyed_hash(key: str, purpose: str, value: str) -> str:
    """HMAC-SHA-256 of a value in hex; without the key nobody can test guesses."""
    return hmac.new(derived_key(key, purpose), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def encrypt(key: str, purpose: str, value: str) -> str:
    """Text that only the holder of the key can read."""
    return _fernet(key, purpose).encrypt(value.encode()).decode()


def decrypt(key: str, purpose: str, value: str) -> str | None:
    """What `encrypt` was given; None if the key is another one or the text was changed."""
    try:
        return _fernet(key, purpose).decrypt(value.encode()).decode()
    except InvalidToken:
        return None


def new_token() -> str:
    """256 random bits, for cookies and links."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token: SHA-256 in hex. A stolen database logs nobody in."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def security_headers(*, nonce: str, https: bool) -> dict[str, str]:
    """Headers of every answer. Scripts and styles run only from this site, or with this answer's nonce."""
    policy = (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _fernet(key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(key, purpose)))
