"""Every setting: its environment variable (the field's name in capitals), default and meaning.

`Settings.from_environment(os.environ)` reads them; nothing else in the application looks at the
environment. A value that can't be read stops the start with the variable's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

VAR = Path(__file__).resolve().parent / "var"

MiB = 1024 * 1024


class SettingError(ValueError):
    """A setting's value can't be used; the message names the environment variable."""


def setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Settings:
    # Where things are kept
    database_url: str = setting(
        f"sqlite:///{VAR / 'hazard.db'}",
        "sqlite:///PATH, or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    )
    storage_url: str = setting(f"file://{VAR / 'photos'}", "where original photos are kept")
    redis_url: str = setting("", "counts attempts across processes; empty: within each process")
    # The server
    secret_key: str = setting("", "at least 32 characters, private to this installation")
    trusted_proxies: int = setting(0, "how many reverse proxies set X-Forwarded-*")
    public_url: str = setting("", "https address seen by clients; empty: taken from the request")
    log_level: str = setting("INFO", "DEBUG, INFO, WARNING or ERROR")
    max_submission_bytes: int = setting(100 * MiB, "one OpenRosa post, photos included")
    max_photo_bytes: int = setting(25 * MiB, "one photo")
    max_photo_pixels: int = setting(100_000_000, "width × height of one photo")
    max_xml_bytes: int = setting(2 * MiB, "one filled form without its photos")
    max_json_bytes: int = setting(1 * MiB, "one JSON request body")
    max_ledger_bytes: int = setting(64 * MiB, "one outside ledger that is held against ours")
    max_ledger_rows: int = setting(100_000, "rows of one sheet of it")
    max_parts: int = setting(200, "parts of one OpenRosa post")
    # People
    session_days: int = setting(30, "a sign-in lasts this many days")
    basic_minutes: int = setting(5, "a verified HTTP Basic credential is remembered for so long")
    sign_in_attempts_account: str = setting("10/15 minutes", "per account, then throttled")
    sign_in_attempts_address: str = setting("100/15 minutes", "per network address")
    # The phone app
    fix_accuracy_m: int = setting(50, "a place known worse than so many metres is marked")
    tile_url: str = setting("", "map tiles, https://…/{z}/{x}/{y}.png; empty: outlines, no tiles")
    tile_datum: str = setting("wgs84", "the datum that the tiles are in: wgs84, gcj02 or bd09")
    tile_attribution: str = setting("", "what the tiles' provider wants shown on the map")
    # Evidence: from where on something is noted, and which of it wants a written word
    max_photo_frames: int = setting(8, "frames of one photo; phones put a few into one file")
    photo_seconds: int = setting(20, "the most that decoding one photo may take")
    serious_findings: str = setting(
        "unreadable,edited,photo_place,photo_time,same_photo,look_alike,after_like_before,"
        "after_elsewhere,batch_acceptance",
        "findings that whoever accepts or strikes off must answer in writing, by kind",
    )
    finding_photo_place_m: int = setting(200, "a photo taken so far from the reported place")
    finding_site_place_m: int = setting(300, "a place reported so far from its registered site")
    finding_area_place_m: int = setting(100, "a place reported so far outside one's own area")
    finding_after_place_m: int = setting(200, 'an "after" photo taken so far from the hazard')
    finding_photo_minutes: int = setting(120, "a photo taken so long before or after the report")
    finding_skew_seconds: int = setting(300, "a phone's clock so far off ours")
    finding_editors: str = setting(
        "photoshop,lightroom,snapseed,picsart,gimp,meitu,美图,醒图,轻颜,b612,faceu,canva,pixelmator,"
        "affinity,paint.net,acdsee,xingtu",
        "programs that edit pictures, by a part of the name that they write into a file",
    )
    finding_look_alike_bits: int = setting(10, "of 128 bits of look, so many may differ")
    finding_batch_count: int = setting(10, "acceptances by one person within the minutes below")
    finding_batch_minutes: int = setting(10, "the minutes in which a batch is counted")
    finding_batch_m: int = setting(200, "a batch is accepted from within so many metres")
    finding_recurrence_days: int = setting(180, "the same spot again, so soon after closure")
    # The self-audit of the ledger: its hour, and from where on something is a flaw
    audit_hour: int = setting(2, "the ledger audits itself from this hour of the night on, 0–23")
    audit_batch_count: int = setting(10, "lines struck off by one person within the minutes below")
    audit_batch_minutes: int = setting(10, "the minutes in which a batch of closures is counted")
    audit_same_text_count: int = setting(10, "lines of one township and month with the same words")
    audit_same_text_length: int = setting(12, "words of fewer signs than this may be the same")
    audit_transfer_days: int = setting(7, "a hazard handed over and not registered for so long")
    # Ledgers held against each other
    reconcile_at_once_rows: int = setting(500, "a ledger of so many rows is not queued")
    reconcile_batch_count: int = setting(10, "lines struck off on one day with one wording")
    # Keeping
    photo_retention_days: int = setting(
        0, "originals of hazards closed or void so long ago are removed; 0: kept for ever"
    )
    unused_photo_days: int = setting(180, "photos that nothing names are removed after so long")
    # Powers and limits that differ by locality
    township_powers: str = setting(
        "register,return_report,void,assign,reassign,approve_plan,return_plan,"
        "grant_extension,refuse_extension,accept,refuse_acceptance,close,refuse_closure,"
        "fix_on_spot,transfer,hand_over",
        "what a township office may do to the hazards of its area, by action name; enforce: issue "
        "the documents of enforcement",
    )
    extension_limit: int = setting(2, "how often one hazard's deadline may be extended")
    extension_max_days: int = setting(60, "how far one extension may move the deadline")
    extension_notice_days: int = setting(0, "an extension is asked so many days before the end")
    # Documents
    templates_dir: str = setting("", "folder of document templates that go before our own")
    document_marks: str = setting(
        "awb=安委办,cgj=城管",
        "what stands for an office in its documents' numbers, by organisation or area code; "
        "others are made from the office's name",
    )

    @property
    def session_lifetime(self) -> timedelta:
        return timedelta(days=self.session_days)

    @property
    def township_actions(self) -> frozenset[str]:
        return frozenset(self.listed("township_powers"))

    def listed(self, name: str) -> list[str]:
        """A setting that is a list, its parts separated by commas."""
        return [part.strip() for part in str(getattr(self, name)).split(",") if part.strip()]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from environment variables; an empty variable counts as absent.

        Raises:
            SettingError: a number is not a number, or is negative.
        """
        values: dict[str, Any] = {}
        for each in fields(cls):
            raw = environ.get(each.name.upper(), "").strip()
            if raw:
                values[each.name] = _read(each.name.upper(), raw, type(each.default))
        return cls(**values)


def _read(variable: str, raw: str, kind: type) -> Any:
    if kind is not int:
        return raw
    if not raw.isascii() or not raw.isdigit():
        raise SettingError(f"{variable}: {raw!r} is not a whole number of zero or more")
    return int(raw)
