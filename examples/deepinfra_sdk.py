"""The ``deepinfra`` package on the native inference route."""

import os

from deepinfra import TextGeneration

URL = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("UNDERSTUDY_API_KEY", "local")

model = TextGeneration(f"{URL}/v1/inference/meta-llama/Llama-2-70b-chat-hf", KEY)
answer = model.generate({"input": "Once upon a time there was a fox", "max_new_tokens": 60})
print(answer.results[0]["generated_text"], answer.num_tokens)
