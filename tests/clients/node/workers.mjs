// A Worker's runtime whose `env.AI` leads to the server of this test run.
import { Miniflare } from "miniflare";
import { url } from "./server.mjs";

/** Miniflare with a real `env.AI` that leads to the server, around `script`. */
export function miniflare(script = "export default {};", binding = "AI") {
  return new Miniflare({
    modules: true,
    script,
    compatibilityDate: "2026-04-01",
    ai: { binding, remoteProxyConnectionString: new URL(url) },
  });
}
