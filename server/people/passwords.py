"""Passwords: argon2id, and the same work whether or not the account exists."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import InvalidInput

LEAST_LENGTH = 8
MOST_LENGTH = 200

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash of a new password.

    Raises:
        InvalidInput: too short, too long, or no Unicode.
    """
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        message = f"密码应为 {LEAST_LENGTH}–{MOST_LENGTH} 位。"
        raise InvalidInput("password_length", message, errors={"password": [message]})
    try:
        return _hasher.hash(password)
    except UnicodeEncodeError as error:
        message = "密码含有不能使用的字符。"
        raise InvalidInput("invalid_input", message, errors={"password": [message]}) from error


def random_password() -> str:
    """A password to be typed from paper, on a phone: lower case, no look-alikes, 48 bits."""
    letters = [secrets.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(8)]
    return "".join(letters + [secrets.choice("23456789") for _ in range(4)])


@cache
def _nobodys() -> str:
    """Held against a password for an account that is not there, so that the time tells nothing."""
    return _hasher.hash("nobody")


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; None never is, and takes as long."""
    try:
        _hasher.verify(_nobodys() if password_hash is None else password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return password_hash is not None
