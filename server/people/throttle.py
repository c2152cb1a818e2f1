"""Throttled sign-in: so many attempts per account and per network address."""

import math
import time

from limits import parse
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
        """Count an attempt, before the password is looked at.

        Raises:
            TooManyAttempts: there were too many for the account or the address.
        """
        for limit, key in ((self._per_address, address), (self._per_account, username)):
            kind = "address" if limit is self._per_address else "account"
            if not self._limiter.hit(limit, kind, key):
                reset = self._limiter.get_window_stats(limit, kind, key).reset_time
                seconds = max(1, math.ceil(reset - time.time()))
                raise TooManyAttempts(
                    "too_many_attempts",
                    f"登录尝试过多，请 {math.ceil(seconds / 60)} 分钟后再试。",
                    headers={"Retry-After": str(seconds)},
                )

    def succeeded(self, username: str) -> None:
        """Forget an account's failures: its owner is there."""
        self._limiter.clear(self._per_account, "account", username)
