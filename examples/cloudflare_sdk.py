"""The ``cloudflare`` package against Understudy: whole, streamed, and the catalogue."""

import json
import os

from cloudflare import Cloudflare

URL = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:8080")
MODEL = "@cf/meta/llama-3.2-1b-instruct"
client = Cloudflare(
    api_token=os.environ.get("UNDERSTUDY_API_KEY", "local"), base_url=f"{URL}/client/v4"
)

answer = client.ai.run(MODEL, account_id="local", prompt="Who are you?")
print(answer["response"] if isinstance(answer, dict) else answer.response)

messages = [{"role": "user", "content": "What is the capital of France?"}]
with client.ai.with_streaming_response.run(
    MODEL, account_id="local", messages=messages, stream=True
) as stream:
    for line in stream.iter_lines():
        if line.startswith("data: {"):
            print(json.loads(line.removeprefix("data: "))["response"], end="", flush=True)
print()

for model in client.ai.models.list(account_id="local"):
    print(model["name"])
