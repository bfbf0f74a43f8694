// Runs the Worker in Cloudflare's runtime, with env.AI leading to an Understudy on this machine.
import { Miniflare } from "miniflare";

const { UNDERSTUDY_URL = "http://127.0.0.1:8080", PORT = "8787" } = process.env;

const miniflare = new Miniflare({
  modules: true,
  scriptPath: "worker.mjs",
  compatibilityDate: "2026-04-01",
  port: Number(PORT),
  cf: false,
  ai: { binding: "AI", remoteProxyConnectionString: new URL(UNDERSTUDY_URL) },
});
console.log(`The Worker answers at ${(await miniflare.ready).origin}`);

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => miniflare.dispose().then(() => process.exit(0)));
}
