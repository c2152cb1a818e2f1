"""What ODK Collect is set up with: a code to scan.

Its settings as JSON, compressed with zlib, in base64 (docs.getodk.org/collect-import-export).
"""

import json
import zlib
from base64 import b64encode
from io import BytesIO

import segno

PROJECT = {"name": "销号通", "icon": "销", "color": "#1F5FA8"}


def settings_text(server_url: str) -> str:
    """Collect's settings for this server, as its code holds them."""
    settings = {
        "general": {
            "server_url": server_url,
            # The list on the phone is the list here; forms are sent when there is a network.
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_one_hour",
            "autosend": "wifi_and_cellular",
            "image_size": "original",
            "app_language": "zh",
        },
        "admin": {},
        "project": PROJECT,
    }
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def settings_code(server_url: str) -> str:
    """The same as a QR code: an SVG image of its own."""
    image = BytesIO()
    # With room around it and large enough to scan from a screen; a person's eyes need no more.
    segno.make(settings_text(server_url), error="l", micro=False).save(
        image, kind="svg", scale=4, border=4, xmldecl=False, omitsize=True
    )
    return image.getvalue().decode()
