"""How to call a model of this server, in programs that run as they stand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from understudy.server.exchange import Exchange

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_QUESTION = "What is the origin of the phrase Hello, World?"
_SYSTEM = "You are a friendly assistant."


@dataclass(frozen=True, slots=True)
class Snippet:
    """One file or command: what it is called, and its text."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One way to call a model. ``id`` is of letters and dashes; ``note`` says what it needs."""

    id: str
    title: str
    note: str
    snippets: tuple[Snippet, ...]


def address(exchange: Exchange) -> str:
    """Where whoever asks reaches this server."""
    scope = exchange.scope
    host = exchange.request_headers.get("host", "")
    if not _HOST.fullmatch(host):
        name, port = scope.get("server") or ("127.0.0.1", 8080)
        host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    return f"{scope.get('scheme', 'http')}://{host}"


def usages(model: str, url: str, account: str) -> tuple[Usage, ...]:
    """Every way, for the model's name and the server's ``url``. Keys come from the environment."""
    start = Snippet("start.mjs", "js", _START.replace("ADDRESS", json.dumps(url)))
    run = f"{url}/client/v4/accounts/{account}/ai/run/{quote(model, safe='/@.-_')}"
    worker = "env.AI needs no key from programs on the server's own machine. " + _WORKER_NOTE
    return (
        Usage(
            "worker-streaming",
            "Worker streaming",
            worker,
            (Snippet("worker.mjs", "js", _filled(_STREAMED, model)), start),
        ),
        Usage(
            "worker",
            "Worker",
            worker,
            (Snippet("worker.mjs", "js", _filled(_WHOLE, model)), start),
        ),
        Usage(
            "python",
            "Python",
            "pip install requests",
            (Snippet("ask.py", "python", _filled(_PYTHON, model, run)),),
        ),
        Usage("curl", "curl", "", (Snippet("ask.sh", "sh", _filled(_CURL, model, run)),)),
        Usage(
            "openai",
            "OpenAI SDK",
            "pip install openai",
            (Snippet("ask.py", "python", _filled(_OPENAI, model, f"{url}/v1")),),
        ),
    )


def _filled(text: str, model: str, url: str = "") -> str:
    words = {"MODEL": json.dumps(model), "URL": json.dumps(url), "PLAIN_URL": url}
    words |= {"QUESTION": json.dumps(_QUESTION), "SYSTEM": json.dumps(_SYSTEM)}
    return re.sub(r"\b(PLAIN_URL|MODEL|URL|QUESTION|SYSTEM)\b", lambda m: words[m[1]], text)


_WORKER_NOTE = "Put both files into a folder, then: npm install miniflare && node start.mjs"

_START = """\
// Runs worker.mjs in Cloudflare's runtime, with env.AI leading to Understudy.
import { Miniflare } from "miniflare";

const miniflare = new Miniflare({
  modules: true,
  scriptPath: "worker.mjs",
  compatibilityDate: "2026-04-01",
  port: 8787,
  ai: { binding: "AI", remoteProxyConnectionString: new URL(ADDRESS) },
});
console.log(`The Worker answers at ${(await miniflare.ready).origin}`);
"""

_STREAMED = """\
export default {
  async fetch(request, env) {
    const messages = [
      { role: "system", content: SYSTEM },
      { role: "user", content: QUESTION },
    ];
    const stream = await env.AI.run(MODEL, { messages, stream: true });
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  },
};
"""

_WHOLE = """\
export default {
  async fetch(request, env) {
    const messages = [
      { role: "system", content: SYSTEM },
      { role: "user", content: QUESTION },
    ];
    return Response.json(await env.AI.run(MODEL, { messages }));
  },
};
"""

_PYTHON = """\
import os

import requests

response = requests.post(
    URL,
    headers={"Authorization": f"Bearer {os.environ['UNDERSTUDY_API_KEY']}"},
    json={
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": QUESTION},
        ]
    },
    timeout=300,
)
response.raise_for_status()
print(response.json()["result"]["response"])
"""

_CURL = """\
curl PLAIN_URL \\
  -H "Authorization: Bearer $UNDERSTUDY_API_KEY" \\
  -d '{"prompt": QUESTION}'
"""

_OPENAI = """\
import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["UNDERSTUDY_API_KEY"], base_url=URL)
stream = client.chat.completions.create(
    model=MODEL,
    messages=[
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": QUESTION},
    ],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
"""
