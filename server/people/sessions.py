"""Signing in and out, and telling from a request's credentials who is asking."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from cachetools import TTLCache
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import InvalidInput, Unauthenticated
from ..fields import FORBIDDEN
from .accounts import ACCOUNT, Account, account_in, find_account
from .models import Token, User
from .passwords import verify
from .permissions import Actor
from .throttle import Throttle

MOST_REMEMBERED = 10_000

# A sign-in's last use is kept to the hour: not every request is worth a transaction.
SEEN_EVERY = timedelta(hours=1)

# The account that a token stands for, while it does.
HOLDER = ACCOUNT.where(
    select(Token.hash)
    .where(
        Token.user_id == User.id,
        Token.hash == bindparam("hash"),
        Token.expires_at > bindparam("at"),
    )
    .exists()
)


@dataclass(frozen=True)
class SignedIn:
    """A fresh sign-in: the secret is shown once and kept by the caller."""

    token: str
    expires_at: datetime
    actor: Actor


class Sessions:
    """Sign-ins of one installation."""

    def __init__(
        self,
        database: Database,
        throttle: Throttle,
        *,
        secret_key: str,
        lifetime: timedelta,
        basic_minutes: int,
    ) -> None:
        self._database = database
        self._throttle = throttle
        self._key = secret_key.encode()
        self._lifetime = lifetime
        # Verified HTTP Basic credentials, so that a hash is not computed on every request. Keyed
        # by a digest with the account's password hash in it, and with when it was last signed out
        # everywhere: what either has made worthless is not remembered, in no process.
        self._verified: TTLCache[bytes, bool] = TTLCache(MOST_REMEMBERED, basic_minutes * 60)
        self._lock = Lock()
        self._verifying = [Lock() for _ in range(64)]

    def sign_in(
        self, username: str, password: str, address: str, at: datetime, client: str = ""
    ) -> SignedIn:
        """Exchange a password for a token; `client` is what the caller's program calls itself.

        Raises:
            Unauthenticated: wrong, or the account is closed.
            TooManyAttempts: see `Throttle`.
        """
        account = self._verify_password(username, password, address)
        actor = account.actor
        token = secrets.token_urlsafe(32)
        expires_at = at + self._lifetime
        with self._database.writing() as session:
            _require_unchanged(session, account)
            session.execute(delete(Token).where(Token.user_id == actor.id, Token.expires_at <= at))
            session.add(
                Token(
                    hash=token_hash(token),
                    user_id=actor.id,
                    created_at=at,
                    expires_at=expires_at,
                    address=address[:45],
                    client=FORBIDDEN.sub("", client)[:200],
                    seen_at=at,
                )
            )
        return SignedIn(token, expires_at, actor)

    def sign_out(self, token: str) -> None:
        """Make a token worthless."""
        with self._database.writing() as session:
            session.execute(delete(Token).where(Token.hash == token_hash(token)))

    def prolong(self, token: str, at: datetime) -> None:
        """Let a token that is past half of its life begin it anew; note that it is in use."""
        this = Token.hash == token_hash(token)
        with self._database.reading() as session:
            found = session.execute(select(Token.expires_at, Token.seen_at).where(this)).first()
        if found is None:
            return
        values: dict[str, datetime] = {}
        if found.expires_at - at <= self._lifetime / 2:
            values["expires_at"] = at + self._lifetime
        if found.seen_at is None or at - found.seen_at >= SEEN_EVERY:
            values["seen_at"] = at
        if values:
            with self._database.writing() as session:
                session.execute(update(Token).where(this).values(values))

    def by_token(self, token: str, at: datetime) -> Actor:
        """Who a token stands for.

        Raises:
            Unauthenticated: unknown, expired, or the account is closed.
        """
        given = {"hash": token_hash(token), "at": at}
        with self._database.glance() as connection:
            account = account_in(connection, HOLDER, given)
        if account is None:
            raise Unauthenticated("session_expired", "登录已失效，请重新登录。")
        return _open(account)

    def by_password(self, username: str, password: str, address: str) -> Actor:
        """Who HTTP Basic credentials stand for; a verified pair is remembered for minutes.

        Raises:
            Unauthenticated, TooManyAttempts: as for `sign_in`.
        """
        if actor := self._remembered(username, password):
            return actor
        # A phone opens several connections at once: one of them verifies, the others wait for it.
        with self._verifying[self._credential(username, "", password)[0] % len(self._verifying)]:
            if actor := self._remembered(username, password):
                return actor
            account = self._verify_password(username, password, address)
            # By the lock that it was verified under: what was changed meanwhile has another.
            credential = self._credential(username, _lock_of(account), password)
            with self._lock:
                self._verified[credential] = True
            return account.actor

    def require_password(self, actor: Actor, password: str, address: str) -> None:
        """Make sure that it is the person themself who asks, and not whoever found the screen.

        Raises:
            InvalidInput: it is not their password.
            TooManyAttempts: as for `sign_in`.
        """
        try:
            self._verify_password(actor.username, password, address)
        except Unauthenticated as error:
            told = ["现在的密码不对。"]
            raise InvalidInput("wrong_password", told[0], errors={"current": told}) from error

    def csrf_token(self, token: str) -> str:
        """What a browser sends back in `X-CSRF-Token`; follows from the cookie, but only here."""
        return hmac.new(self._key, b"csrf:" + token.encode(), sha256).hexdigest()

    def _verify_password(self, username: str, password: str, address: str) -> Account:
        self._throttle.attempt(username, address)
        with self._database.glance() as connection:
            account = find_account(connection, username)
        if not verify(account.password_hash if account else None, password) or account is None:
            self._throttle.failed(address)
            raise Unauthenticated("wrong_credentials", "账号或密码不对，请重试。")
        _open(account)
        self._throttle.succeeded(username)
        return account

    def _remembered(self, username: str, password: str) -> Actor | None:
        """Who these credentials stand for, if they were verified minutes ago."""
        with self._database.glance() as connection:
            account = find_account(connection, username)
        if account is None:
            return None
        with self._lock:
            known = self._credential(username, _lock_of(account), password) in self._verified
        return _open(account) if known else None

    def _credential(self, username: str, lock: str, password: str) -> bytes:
        message = "\0".join((username, lock, password))
        return hmac.digest(self._key, message.encode("utf-8", "surrogatepass"), "sha256")


def _open(account: Account) -> Actor:
    if account.is_closed:
        raise Unauthenticated("account_closed", "您的账号已停用，请联系管理员。")
    return account.actor


def _require_unchanged(session: Session, account: Account) -> None:
    """Verifying takes its time: who was signed out meanwhile is not signed in by it.

    Whoever signs an account out waits for this transaction, and finds its token.
    """
    user = select(User.password_hash, User.signed_out_at, User.closed_at)
    held = user.where(User.id == account.actor.id).with_for_update(read=True)
    as_verified = (account.password_hash, account.signed_out_at, None)
    if session.execute(held).one() != as_verified:
        raise Unauthenticated("session_expired", "登录已失效，请重新登录。")


def _lock_of(account: Account) -> str:
    """Changes whenever what was verified before counts no more."""
    return f"{account.password_hash} {account.signed_out_at}"


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
