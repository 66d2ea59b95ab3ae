"""Signatures over what is kept in annotations, which others can write too (DESIGN fact 9)."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading JSON that anyone may have written can end in."""


@dataclass(frozen=True)
class Keyring:
    """The signing keys: the first one signs, any of them vouches."""

    keys: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, keys: Iterable[bytes]) -> Self:
        """Make a keyring; white space around a key, as editors leave it, does not count."""
        return cls(tuple(stripped for key in keys if (stripped := key.strip())))

    def sign(self, text: str) -> str:
        """Return the signature to store beside `text`: empty without a key."""
        return next(self._signatures(text), "")

    def vouches(self, text: str, signature: str) -> bool:
        """Whether one of the keys made that signature."""
        return any(hmac.compare_digest(known, signature) for known in self._signatures(text))

    def accepts(self, text: str, signature: str) -> bool:
        """Whether to believe it: any text where there is no key to judge by."""
        return not self.keys or self.vouches(text, signature)

    def _signatures(self, text: str) -> Iterator[str]:
        return (hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in self.keys)
