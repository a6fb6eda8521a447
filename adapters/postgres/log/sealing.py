"""Encryption: the installation's master key, the contact keys that it wraps, and sealed secrets."""

import os
from base64 import b64decode
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator
from typing import Literal, get_args
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
CANARY = b"this is the right master key"

Purpose = Literal["contact keys", "waiting items", "bot sessions", "secrets", "snapshots", "canary"]


class WrongMasterKey(Exception):
    """The master key is malformed or belongs to another installation."""


class Unopenable(Exception):
    """Sealed bytes cannot be opened: they were changed, or sealed with another key."""


def nonces() -> Iterator[bytes]:
    """Yield random nonces. Drawn in blocks, because a system call costs as much as sealing."""
    while True:
        block = os.urandom(NONCE * 64)
        for at in range(0, len(block), NONCE):
            yield block[at : at + NONCE]


class ContactKey:
    """The unwrapped key of one contact."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, event_id: bytes, nonce: bytes) -> bytes:
        """Seal for one event; returns base64 of nonce and ciphertext. `nonce` comes from `nonces`."""
        return b2a_base64(nonce + self._cipher.encrypt(nonce, plain, event_id), newline=False)

    def open(self, sealed: bytes, event_id: bytes) -> bytes:
        """Return the plain bytes that `seal` was given.

        Raises:
            Unopenable
        """
        try:
            raw = a2b_base64(sealed)
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], event_id)
        except (InvalidTag, NotBase64, ValueError) as error:
            raise Unopenable("the contact's key does not open it") from error


class MasterKey:
    """The installation's key, 32 bytes in base64. A separate key is derived from it for each purpose."""

    def __init__(self, encoded: str) -> None:
        try:
            key = b64decode(encoded, validate=True)
        except (NotBase64, ValueError) as error:
            raise WrongMasterKey("the master key is not base64") from error
        if len(key) != 32:
            raise WrongMasterKey(f"the master key has {len(key)} bytes instead of 32")
        self._ciphers = {purpose: _derived(key, purpose) for purpose in get_args(Purpose)}

    def seal(self, purpose: Purpose, plain: bytes, about: bytes) -> bytes:
        """Seal bytes for a purpose and an owner (`about`); returns nonce and ciphertext."""
        nonce = os.urandom(NONCE)
        return nonce + self._ciphers[purpose].encrypt(nonce, plain, about)

    def open(self, purpose: Purpose, sealed: bytes, about: bytes) -> bytes:
        """Return the plain bytes that `seal` was given.

        Raises:
            Unopenable
        """
        try:
            return self._ciphers[purpose].decrypt(sealed[:NONCE], sealed[NONCE:], about)
        except (InvalidTag, ValueError) as error:
            raise Unopenable("the master key does not open it") from error

    def new_contact_key(self, contact_id: UUID) -> tuple[ContactKey, bytes]:
        """Create a contact key; returns the key and its wrapped form to store."""
        key = AESGCM.generate_key(256)
        return ContactKey(key), self.seal("contact keys", key, contact_id.bytes)

    def unwrap(self, wrapped: bytes, contact_id: UUID) -> ContactKey:
        """Unwrap the stored key of a contact.

        Raises:
            Unopenable
        """
        return ContactKey(self.open("contact keys", wrapped, contact_id.bytes))


def _derived(key: bytes, purpose: Purpose) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"balcao " + purpose.encode()).derive(key))
