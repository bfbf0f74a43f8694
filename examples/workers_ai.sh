#!/bin/sh
# A Workers AI model with curl, a whole answer and then a streamed one: sh workers_ai.sh [MODEL]
set -eu
url=${UNDERSTUDY_URL:-http://127.0.0.1:8080}
key=${UNDERSTUDY_API_KEY:-local}
model=${1:-@cf/meta/llama-3.2-1b-instruct}
run="$url/client/v4/accounts/local/ai/run/$model"

curl -sS --fail "$run" -H "Authorization: Bearer $key" \
  -d '{"prompt": "Where does the phrase Hello, World come from?"}'
echo
curl -sSN --fail "$run" -H "Authorization: Bearer $key" \
  -d '{"messages": [{"role": "user", "content": "Tell me a story about a fox."}], "stream": true}'
