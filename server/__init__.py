"""销号通 (hazard-ledger): from a hazard found in the field to a line struck off the ledger."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """The application, from the environment's settings: what `flask --app server` calls."""
    # Here and not above: a process that decodes photos is in this package too, and needs none of
    # it. Loading the application takes it a second and some 60 MB.
    from .application import create_app

    return create_app()
