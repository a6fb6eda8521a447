"""Encryption: the installation's master key, the contact keys that it wraps, and sealed secrets."""

import os
from base64 import b64decode
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Literal, TypeVar, get_args
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.postgres.connection.failures import FormerKey
from domain.log.port import LogUnavailable

NONCE = 12
MARKED = b"\0BCK"
"""What a mark begins with; the four bytes after it name the key."""
MARK = len(MARKED) + 4
CANARY = b"this is the right master key"

T = TypeVar("T")

Purpose = Literal["contact keys", "waiting items", "bot sessions", "secrets", "snapshots", "canary"]


class WrongMasterKey(Exception):
    """The master key is malformed or belongs to another installation."""


class MissingKey(LogUnavailable):
    """The log is sealed with a master key that this process does not have; nothing is damaged."""


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
    """The installation's keys, separated by commas, each 32 bytes in base64. The current one seals, all open.

    Which one is current, the log's canary tells (`follow`). From each key a separate one is derived for each
    purpose. What is sealed begins with the mark of its key; what was sealed before there were marks is tried
    with every key.

    `reload` returns further keys, for an installation that makes them itself; `canaries` returns those of the
    log as it is now, the current one first; it is asked when another key than the current one is met.
    """

    def __init__(
        self,
        encoded: str,
        reload: Callable[[], str] = lambda: "",
        canaries: Callable[[], Sequence[bytes]] = tuple,
    ) -> None:
        self._reload, self.canaries = reload, canaries
        self._ciphers: dict[bytes, dict[Purpose, AESGCM]] = {}
        self._met: set[bytes] = set()
        self._add(encoded)
        self.mark = next(iter(self._ciphers))

    @property
    def marks(self) -> list[bytes]:
        """The marks of all keys."""
        return list(self._ciphers)

    def seal(self, purpose: Purpose, plain: bytes, about: bytes) -> bytes:
        """Seal bytes for a purpose and an owner (`about`); returns mark, nonce and ciphertext."""
        nonce, mark = os.urandom(NONCE), self.mark
        return mark + nonce + self._ciphers[mark][purpose].encrypt(nonce, plain, about)

    def open(self, purpose: Purpose, sealed: bytes, about: bytes) -> bytes:
        """Return the plain bytes that `seal` was given.

        Raises:
            Unopenable
            MissingKey: the log is sealed with a key that this process does not have.
        """
        mark = sealed[:MARK]
        if mark != self.mark and is_marked(sealed) and mark not in self._met:
            self._met.add(mark)
            self._ask()
        ciphers = self._ciphers.get(mark)
        if ciphers is None and is_marked(sealed):
            ciphers = self._learn(mark)
        if ciphers is not None:
            return _decrypted(ciphers[purpose], sealed[MARK:], about)
        for each in self._ciphers.values():
            with suppress(Unopenable):
                return _decrypted(each[purpose], sealed, about)
        raise Unopenable("no master key opens it")

    def opens_canary(self, canary: bytes) -> bool:
        """Return whether one of the keys sealed this canary."""
        try:
            return self.open("canary", canary, b"") == CANARY
        except (Unopenable, MissingKey):
            return False

    def follow(self, canary: bytes) -> None:
        """Seal with the key of the log's canary from now on.

        Raises:
            MissingKey
        """
        if not self.opens_canary(canary):
            raise MissingKey(f"the log is sealed with the master key {name_of_key(canary)}: add it")
        if is_marked(canary):
            self.mark = canary[:MARK]
            return
        for mark, ciphers in self._ciphers.items():
            with suppress(Unopenable):
                _decrypted(ciphers["canary"], canary, b"")
                self.mark = mark

    def use(self, mark: bytes) -> None:
        """Seal with this one of the keys from now on."""
        assert mark in self._ciphers
        self.mark = mark

    def retrying(self, store: Callable[[], T]) -> T:
        """Seal and store; once more when the key was rotated away meanwhile.

        Raises:
            MissingKey
        """
        try:
            return store()
        except FormerKey:
            self._ask()
            return store()

    def new_contact_key(self, contact_id: UUID) -> tuple[ContactKey, bytes]:
        """Create a contact key; returns the key and its wrapped form to store."""
        key = AESGCM.generate_key(256)
        return ContactKey(key), self.seal("contact keys", key, contact_id.bytes)

    def unwrap(self, wrapped: bytes, contact_id: UUID) -> ContactKey:
        """Unwrap the stored key of a contact.

        Raises:
            Unopenable, MissingKey
        """
        key = self.open("contact keys", wrapped, contact_id.bytes)
        return ContactKey(key)

    def _ask(self) -> None:
        """Follow the log's canary as it is now."""
        for canary in self.canaries()[:1]:
            self.follow(canary)

    def _learn(self, mark: bytes) -> dict[Purpose, AESGCM] | None:
        """Look for a key that this process did not know at its start; None when there is no such key.

        Raises:
            MissingKey
        """
        self._add(self._reload())
        if (ciphers := self._ciphers.get(mark)) is None and mark in (c[:MARK] for c in self.canaries()):
            raise MissingKey(f"the log is sealed with the master key {name_of_key(mark)}: add it")
        return ciphers

    def _add(self, encoded: str) -> None:
        for text in encoded.split(",") if encoded else ():
            key, mark = _decoded(text), mark_of(text)
            if mark not in self._ciphers:
                purposes: tuple[Purpose, ...] = get_args(Purpose)
                self._ciphers[mark] = {name: AESGCM(_derived(key, name, 32)) for name in purposes}


def mark_of(encoded: str) -> bytes:
    """Return the mark of a key.

    Raises:
        WrongMasterKey
    """
    return MARKED + _derived(_decoded(encoded), "key id", MARK - len(MARKED))


def is_marked(sealed: bytes) -> bool:
    """Return whether it begins with the mark of its key."""
    return sealed.startswith(MARKED)


def name_of_key(sealed: bytes) -> str:
    """Return the name by which people tell keys apart: of a mark, or of the key of something sealed."""
    return sealed[len(MARKED) : MARK].hex() if is_marked(sealed) else "from before keys had names"


def _decoded(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise WrongMasterKey("the master key is not base64") from error
    if len(key) != 32:
        raise WrongMasterKey(f"the master key has {len(key)} bytes instead of 32")
    return key


def _decrypted(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], about)
    except (InvalidTag, ValueError) as error:
        raise Unopenable("the master key does not open it") from error


def _derived(key: bytes, purpose: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"balcao " + purpose.encode()).derive(key)
