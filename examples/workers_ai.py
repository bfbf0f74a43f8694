"""A Workers AI model over plain HTTP: ``python workers_ai.py [MODEL]``."""

import os
import sys

import requests

URL = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("UNDERSTUDY_API_KEY", "local")
MODEL = sys.argv[1] if len(sys.argv) > 1 else "@cf/meta/llama-3.2-1b-instruct"


def run(model: str, messages: list[dict[str, str]]) -> dict:
    response = requests.post(
        f"{URL}/client/v4/accounts/local/ai/run/{model}",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"messages": messages},
        timeout=120,
    )
    response.raise_for_status()
    return response.json()


answer = run(
    MODEL,
    [
        {"role": "system", "content": "You are a friendly assistant that helps write stories."},
        {"role": "user", "content": "Write a short story about a llama on a journey."},
    ],
)
print(answer["result"]["response"])
