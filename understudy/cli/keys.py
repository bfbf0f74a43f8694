"""``understudy keys create | list | revoke``."""

from __future__ import annotations

import argparse
import time

from understudy.config import Settings
from understudy.keys import KeyStore


def create(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a new key, alone on its line, so that a script can take it."""
    scopes = arguments.scopes or ("run",)
    print(KeyStore(settings.home).create(arguments.name, scopes, arguments.weight))
    return 0


def show(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what is known of each key."""
    for key in KeyStore(settings.home).list():
        created = time.strftime("%Y-%m-%d %H:%M", time.localtime(key.created))
        print(f"{key.id}  {created}  {','.join(key.scopes):<9}  {key.weight:<4g}  {key.name}")
    return 0


def revoke(arguments: argparse.Namespace, settings: Settings) -> int:
    """Forget one key."""
    key = KeyStore(settings.home).revoke(arguments.key)
    print(f"revoked {key.id} ({key.name})")
    return 0
