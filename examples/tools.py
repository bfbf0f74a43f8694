"""A tool: the model calls it, this script runs it, and the model answers with what it returned."""

import json
import os

from openai import OpenAI

URL = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("UNDERSTUDY_API_KEY", "local")
MODEL = "@cf/meta/llama-3.2-1b-instruct"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "enum": ["Oslo", "Paris", "Rome"]},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["city"],
        },
    },
}


def get_weather(city: str, unit: str = "celsius") -> str:
    return f"It is sunny in {city}, {21 if unit == 'celsius' else 70} degrees {unit}."


client = OpenAI(api_key=KEY, base_url=f"{URL}/client/v4/accounts/local/ai/v1")
messages = [{"role": "user", "content": "What is the weather in Rome?"}]

# "required" makes sure of a call; "auto", the default, leaves it to the model.
asked = client.chat.completions.create(
    model=MODEL, messages=messages, tools=[TOOL], tool_choice="required", parallel_tool_calls=False
)
message = asked.choices[0].message
messages.append(message)
for call in message.tool_calls or []:
    print(call.function.name, call.function.arguments)
    result = get_weather(**json.loads(call.function.arguments))
    messages.append({"role": "tool", "tool_call_id": call.id, "content": result})

answer = client.chat.completions.create(model=MODEL, messages=messages)
print(answer.choices[0].message.content)
