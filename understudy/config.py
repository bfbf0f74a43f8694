"""Settings, frozen, from one loader: file < environment < flags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Precision = Literal["f32", "bf16", "f16", "int8", "int4"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option of the server. An unknown key, in file or environment, stops the start.

    Sizes are in bytes and times in seconds unless the name says otherwise.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    home: Path = Path("~/.understudy")
    api_key: str | None = None
    accounts: tuple[str, ...] = ("local",)
    stand_in: bool = False
    quantize: Precision = "int8"
    precise: bool = False
    threads: int | None = None
    memory_gb: float | None = None
    idle_unload: float = 900.0
    kv_cache_tokens: int = 32768
    max_batch: int = 64
    queue_limit: int = 512
    max_body: int = 4 * 1024 * 1024
    request_timeout: float = 600.0
    drain_timeout: float = 20.0
    today: str | None = None
    stream_padding: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
