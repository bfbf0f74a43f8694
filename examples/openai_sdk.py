"""The ``openai`` package on both OpenAI-compatible doors."""

import os

from openai import OpenAI

URL = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("UNDERSTUDY_API_KEY", "local")

deepinfra = OpenAI(api_key=KEY, base_url=f"{URL}/v1/openai")
completion = deepinfra.completions.create(
    model="meta-llama/Llama-2-70b-chat-hf",
    prompt="Once upon a time",
    max_tokens=40,
    temperature=0.7,
    seed=7,
)
print(completion.choices[0].text, completion.usage)

cloudflare = OpenAI(api_key=KEY, base_url=f"{URL}/client/v4/accounts/local/ai/v1")
for chunk in cloudflare.chat.completions.create(
    model="@cf/meta/llama-3.2-1b-instruct",
    messages=[
        {"role": "system", "content": "You are a friendly assistant."},
        {"role": "user", "content": "Hello! My name is Ada."},
    ],
    stream=True,
):
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
