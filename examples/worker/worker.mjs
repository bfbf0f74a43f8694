// A Worker that asks a model of Workers AI. It is written for Cloudflare and knows nothing of
// Understudy: where env.AI leads is not its business.
//
//   /@cf/meta/llama-3.2-1b-instruct?prompt=Hello           the whole answer, as JSON
//   /@cf/meta/llama-3.2-1b-instruct?prompt=Hello&stream    the answer as it is written

const ANY = "@cf/meta/llama-3.2-1b-instruct";
const QUESTION = "Where does the phrase Hello, World come from?";

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/favicon.ico") return new Response(null, { status: 404 });
    const model = pathname === "/" ? ANY : decodeURIComponent(pathname.slice(1));
    const prompt = searchParams.get("prompt") ?? QUESTION;
    try {
      return await (searchParams.has("stream") ? streamed : whole)(env.AI, model, prompt);
    } catch (error) {
      return Response.json({ error: error.message }, { status: 502 });
    }
  },
};

/** One question, one answer. */
async function whole(ai, model, prompt) {
  const answer = await ai.run(model, { prompt });
  return Response.json(answer);
}

/** A conversation, answered piece by piece in server-sent events. */
async function streamed(ai, model, prompt) {
  const messages = [
    { role: "system", content: "You are a friendly assistant." },
    { role: "user", content: prompt },
  ];
  const stream = await ai.run(model, { messages, stream: true });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}
