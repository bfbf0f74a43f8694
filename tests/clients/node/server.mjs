// Where the server of this test run is, and what the tests ask of every client.
import { Miniflare } from "miniflare";

export const url = process.env.UNDERSTUDY_URL;
export const key = process.env.UNDERSTUDY_API_KEY;
export const account = "0123456789abcdef0123456789abcdef";
export const models = [
  "@cf/tinyllama/tinyllama-1.1b-chat-v1.0",
  "@cf/meta/llama-2-7b-chat-fp16",
  "@cf/openchat/openchat-3.5-0106",
  "@cf/meta/llama-3.2-1b-instruct",
];
export const model = models[3];
export const asked = { messages: [{ role: "user", content: "Who are you?" }], seed: 7, max_tokens: 12 };

/** The text of a native stream, which must have ended as it should. */
export async function text(stream) {
  const frames = (await new Response(stream).text()).split("\n\n").filter(Boolean);
  if (frames.pop() !== "data: [DONE]") throw new Error("the stream did not end");
  return frames.map((frame) => JSON.parse(frame.slice("data: ".length)).response).join("");
}

/** Miniflare with a real `env.AI` that leads to the server, around `script`. */
export function miniflare(script = "export default {};", binding = "AI") {
  return new Miniflare({
    modules: true,
    script,
    compatibilityDate: "2026-04-01",
    ai: { binding, remoteProxyConnectionString: new URL(url) },
  });
}
