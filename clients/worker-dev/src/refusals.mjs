// What a project may ask for that cannot be given here: said by name before anything runs.
import { unstable_convertConfigBindingsToStartWorkerBindings as bindingsOf } from "wrangler";
import { Refusal } from "./refusal.mjs";

const AT_CLOUDFLARE_ONLY = new Set([
  "ai_search",
  "ai_search_namespace",
  "artifacts",
  "dispatch_namespace",
  "flagship",
  "logfwdr",
  "media",
  "mtls_certificate",
  "stream",
  "vectorize",
  "vpc_network",
  "vpc_service",
]);

const OF_OTHER_WORKERS = {
  service: (binding) => binding.service,
  durable_object_namespace: (binding) => binding.script_name,
  workflow: (binding) => binding.script_name,
};

/** Throws Refusal, one line for each thing, where there is anything. */
export function refuse(config) {
  const reasons = [...ofProject(config), ...ofBindings(config)];
  if (reasons.length === 0) return;
  throw new Refusal(["This project asks for what cannot be given here:", ...reasons].join("\n  - "));
}

function* ofProject(config) {
  if (!config.main) yield "no Worker: the configuration has no 'main'";
  if (config.pages_build_output_dir) yield "'pages_build_output_dir': Pages projects are not run";
  if (config.containers?.length) yield "'containers': they need Cloudflare's registry or Docker";
  if (config.tail_consumers?.length) yield "'tail_consumers': other Workers are not run";
  if (config.streaming_tail_consumers?.length) {
    yield "'streaming_tail_consumers': other Workers are not run";
  }
}

function* ofBindings(config) {
  for (const [name, binding] of Object.entries(bindingsOf(config) ?? {})) {
    const other = OF_OTHER_WORKERS[binding.type]?.(binding);
    if (AT_CLOUDFLARE_ONLY.has(binding.type) || binding.type.startsWith("unsafe_")) {
      yield `'${name}': bindings of type ${binding.type} exist at Cloudflare only`;
    } else if (other && other !== config.name) {
      yield `'${name}': it leads to another Worker, '${other}', which is not run`;
    } else if (binding.remote && binding.type !== "ai") {
      yield `'${name}': it is remote; without "remote" it is kept on this machine`;
    }
  }
}

/** Throws Refusal for a Worker of a form that has no `env`, or that needs the network to start. */
export function refuseForm(bundle) {
  if (bundle.type === "python") throw new Refusal("Workers in Python are not run here.");
  if (bundle.entry.format !== "modules") {
    throw new Refusal("The Worker must be a module: a service worker has no 'env', and so no env.AI.");
  }
}
