// Wrangler's own bundler and watcher, with our runtime in the place of wrangler's.
import { unwatchFile, watchFile } from "node:fs";
import path from "node:path";
import { unstable_DevEnv as DevEnv } from "wrangler";
import { Refusal } from "./refusal.mjs";

const LOOK = { interval: 500 };

/**
 * Calls `onBundle({ config, bundle })` for each bundle of the project, the first and one after
 * each change of sources or configuration; a bundle that fails is told by wrangler and skipped.
 * Returns what stops it. Throws Refusal where the first one fails.
 */
export async function watchBundles({ config, env }, onBundle, onError) {
  const runtime = {
    onBundleStart() {},
    onBundleComplete: onBundle,
    onPreviewTokenExpired() {},
    async teardown() {},
  };
  const environment = new DevEnv({
    runtimeFactories: [() => runtime],
    // Ours listens by itself, so nothing stands before it.
    proxyFactory: () => new NoProxy(),
  });
  environment.on("error", (event) => onError(event.cause ?? event));
  const dev = { remote: false, watch: true, inspector: false, logLevel: "error" };
  try {
    await environment.startWorker({ config, env, sendMetrics: false, dev });
  } catch (error) {
    // Wrangler wraps what esbuild says; of that the text is for the reader, and not the stack.
    throw error.cause?.errors ? new Refusal(error.cause.message) : error;
  }
  // Wrangler watches its configuration and the sources, but not the files with secrets.
  const secrets = secretFiles(path.dirname(config), env);
  const look = (now, before) => now.mtimeMs !== before.mtimeMs && environment.config.patch({});
  // Of a file that is missing, Node tells at once that it is.
  for (const file of secrets) watchFile(file, LOOK, look);
  return async () => {
    for (const file of secrets) unwatchFile(file);
    await environment.teardown();
  };
}

/** The files that wrangler reads variables from, there or not. */
export function secretFiles(folder, env) {
  const names = [".dev.vars", ".env", ".env.local"];
  if (env) names.push(`.dev.vars.${env}`, `.env.${env}`, `.env.${env}.local`);
  return names.map((name) => path.join(folder, name));
}

class NoProxy {
  ready = deferred();

  onConfigUpdate() {}
  onBundleStart() {}
  onReloadStart() {}
  onReloadComplete() {}
  async teardown() {}
}

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}
