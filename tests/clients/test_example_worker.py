"""``examples/worker``, started as its README says, and asked about each of the models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.conversation import WORKERS_MODELS
from tests.clients.node_run import PACKAGES, copied, environment, pins, running_command
from tests.requires import need_packages
from tests.running import Running

EXAMPLE = Path(__file__).parents[2] / "examples" / "worker"


@pytest.fixture(scope="module")
def worker(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    need_packages(PACKAGES)
    home = tmp_path_factory.mktemp("worker")
    environ = environment(server, home) | {"PORT": "0"}
    with running_command(["npm", "start"], copied(EXAMPLE, home), environ) as example:
        url = example.until(r"answers at (http://\S+)")[1]
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield client


@pytest.mark.parametrize("model", WORKERS_MODELS)
def test_each_model_answers_whole(worker: httpx.Client, model: str) -> None:
    response = worker.get(f"/{model}", params={"prompt": "Who are you?"})
    assert response.status_code == 200, response.text
    assert response.json()["response"]


@pytest.mark.parametrize("model", WORKERS_MODELS)
def test_each_model_answers_in_a_stream(worker: httpx.Client, model: str) -> None:
    with worker.stream("GET", f"/{model}", params={"stream": "1"}) as response:
        assert response.headers["content-type"] == "text/event-stream"
        frames = [line.removeprefix("data: ") for line in response.iter_lines() if line]
    assert frames.pop() == "[DONE]"
    assert "".join(json.loads(frame)["response"] for frame in frames)


def test_an_error_is_told(worker: httpx.Client) -> None:
    response = worker.get("/@cf/nobody/nothing")
    assert response.status_code == 502
    assert response.json() == {"error": "5007: No such model @cf/nobody/nothing or task"}


def test_its_packages_are_those_that_are_tested() -> None:
    assert pins(EXAMPLE).items() <= pins(PACKAGES).items()
