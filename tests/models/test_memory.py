"""What is free: the machine's, or less where a control group limits it."""

from __future__ import annotations

from pathlib import Path

from understudy.config import Settings
from understudy.models.memory import available_memory, budget_bytes, container_memory, free_disk


def group(tmp_path: Path, limit: str, used: int, inactive_file: int) -> Path:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {inactive_file}\nslab 7\n")
    return tmp_path


def test_a_container_has_left_what_its_limit_leaves_and_its_cache_gives_back(
    tmp_path: Path,
) -> None:
    assert container_memory(group(tmp_path, "1000", 400, 50)) == 650


def test_a_container_over_its_limit_has_nothing_left(tmp_path: Path) -> None:
    assert container_memory(group(tmp_path, "1000", 2000, 50)) == 0


def test_a_container_without_a_limit_does_not_limit(tmp_path: Path) -> None:
    assert container_memory(group(tmp_path, "max", 400, 50)) is None


def test_no_control_group_is_no_limit(tmp_path: Path) -> None:
    assert container_memory(tmp_path / "nothing") is None


def test_the_budget_is_what_the_settings_say() -> None:
    assert budget_bytes(Settings(memory_gb=2.5)) == 2_500_000_000


def test_the_budget_is_less_than_what_is_free_where_the_settings_are_silent() -> None:
    assert 0 < budget_bytes(Settings()) < available_memory() * 1.2


def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_of_its_parent(tmp_path: Path) -> None:
    assert free_disk(tmp_path / "not" / "yet") > 0
