#!/bin/sh
# The Workers AI run route with curl: a whole answer, then a streamed one.
set -eu
url=${UNDERSTUDY_URL:-http://127.0.0.1:8080}
key=${UNDERSTUDY_API_KEY:-local}
run="$url/client/v4/accounts/local/ai/run/@cf/meta/llama-3.2-1b-instruct"

curl -sS --fail "$run" -H "Authorization: Bearer $key" \
  -d '{"prompt": "Where does the phrase Hello, World come from?"}'
echo
curl -sSN --fail "$run" -H "Authorization: Bearer $key" \
  -d '{"messages": [{"role": "user", "content": "Tell me a story about a fox."}], "stream": true}'
