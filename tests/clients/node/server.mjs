// Where the server of this test run is, and what the tests ask of every client.

export const url = process.env.UNDERSTUDY_URL;
export const key = process.env.UNDERSTUDY_API_KEY;
export const account = "0123456789abcdef0123456789abcdef";
/** Where OpenAI's and DeepInfra's clients are answered, and a model there. */
export const base = `${url}/v1/openai`;
export const hosted = "meta-llama/Llama-2-70b-chat-hf";
export const models = [
  "@cf/tinyllama/tinyllama-1.1b-chat-v1.0",
  "@cf/meta/llama-2-7b-chat-fp16",
  "@cf/openchat/openchat-3.5-0106",
  "@cf/meta/llama-3.2-1b-instruct",
];
export const model = models[3];
export const asked = { messages: [{ role: "user", content: "Who are you?" }], seed: 7, max_tokens: 12 };

/** A tool with one thing to say, and a form: what is asked of every client that has either. */
export const weather = {
  name: "get_weather",
  description: "The weather in a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string", enum: ["Paris", "Rome"] } },
    required: ["city"],
  },
};
export const form = {
  type: "object",
  properties: { city: { enum: ["Paris", "Rome"] }, rains: { type: "boolean" } },
  required: ["city", "rains"],
  additionalProperties: false,
};
export const question = "What is the weather in Paris?";

/** The data of each frame of a native stream, which must have ended as it should. */
export async function frames(stream) {
  const found = (await new Response(stream).text()).split("\n\n").filter(Boolean);
  if (found.pop() !== "data: [DONE]") throw new Error("the stream did not end");
  return found.map((frame) => JSON.parse(frame.slice("data: ".length)));
}

/** The text of a native stream. */
export async function text(stream) {
  return (await frames(stream)).map((frame) => frame.response).join("");
}

/** A `fetch` that notes the status of each answer. */
export function counting() {
  const statuses = [];
  const noting = async (...request) => {
    const answer = await fetch(...request);
    statuses.push(answer.status);
    return answer;
  };
  return { statuses, fetch: noting };
}
