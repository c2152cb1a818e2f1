"""Throttled sign-in: so many attempts per account and per network address."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ..errors import TooManyAttempts


class Throttle:
    """Counts attempts; in Redis where there is one, otherwise within this process."""

    def __init__(self, redis_url: str, per_account: str, per_address: str) -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(redis_url or "memory://"))
        self._per_account = parse(per_account)
        self._per_address = parse(per_address)

    def attempt(self, username: str, address: str) -> None:
        """Count an attempt on the account, before the password is looked at.

        For the address only failures count (`failed`): a mobile network, or an office, has
        hundreds of people behind one.

        Raises:
            TooManyAttempts: there were too many for the account or the address.
        """
        if not self._limiter.test(self._per_address, "address", address):
            raise self._too_many(self._per_address, "address", address)
        if not self._limiter.hit(self._per_account, "account", username):
            raise self._too_many(self._per_account, "account", username)

    def failed(self, address: str) -> None:
        """Count a wrong password against the address that it came from."""
        self._limiter.hit(self._per_address, "address", address)

    def succeeded(self, username: str) -> None:
        """Forget an account's failures: its owner is there."""
        self._limiter.clear(self._per_account, "account", username)

    def _too_many(self, limit: RateLimitItem, kind: str, key: str) -> TooManyAttempts:
        reset = self._limiter.get_window_stats(limit, kind, key).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        return TooManyAttempts(
            "too_many_attempts",
            f"登录尝试过多，请 {math.ceil(seconds / 60)} 分钟后再试。",
            headers={"Retry-After": str(seconds)},
        )
