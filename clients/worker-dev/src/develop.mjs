// The command: bundles come in, Miniflare runs the newest, until a signal.
import { Log, LogLevel, Miniflare, MiniflareCoreError } from "miniflare";
import { unstable_readConfig as readConfig } from "wrangler";
import { watchBundles } from "./bundles.mjs";
import { listening, miniflareOptions, runnable } from "./options.mjs";
import { Refusal } from "./refusal.mjs";
import { refuse, refuseForm } from "./refusals.mjs";

const PATIENCE = 5000;

/** Runs until SIGINT or SIGTERM. Throws Refusal for what stops the start. */
export async function develop(options) {
  const config = checked(options);
  console.log(await welcome(config, options.understudy));
  const runner = new Runner({ ...options, ...listening(options, config) });
  const ended = signalled();
  const stop = await watchBundles(
    { config: config.configPath, env: options.env },
    (event) => runner.take(event),
    (error) => runner.failed(error),
  );
  await Promise.race([ended, runner.broken]).finally(async () => {
    await stop();
    await runner.stop();
  });
}

/** The project's configuration. Throws Refusal. */
function checked({ config: file, env }) {
  let config;
  try {
    config = readConfig({ config: file, env }, { hideWarnings: true });
  } catch (error) {
    throw new Refusal(error.message);
  }
  if (!config.configPath) throw new Refusal("There is no wrangler configuration in this folder.");
  refuse(config);
  return config;
}

/** One Miniflare, started with the first bundle and restarted with each that follows. */
class Runner {
  #options;
  #miniflare;
  #work = Promise.resolve();
  #break;

  constructor(options) {
    this.#options = options;
    /** Rejected when the first start fails: there is nothing to go on with. */
    this.broken = new Promise((_, reject) => (this.#break = reject));
    this.broken.catch(() => {});
  }

  take(event) {
    this.#work = this.#work.then(() => this.#run(event)).catch((error) => this.failed(error));
  }

  failed(error) {
    if (this.#miniflare === undefined) this.#break(error);
    else console.error(error instanceof Refusal ? error.message : error);
  }

  async stop() {
    await this.#work;
    await this.#miniflare?.dispose();
  }

  async #run({ config: resolved, bundle }) {
    refuseForm(bundle);
    const options = miniflareOptions({
      ...this.#options,
      config: checked(this.#options),
      bundle,
      date: dated(resolved.compatibilityDate),
      flags: resolved.compatibilityFlags,
    });
    if (this.#miniflare === undefined) {
      const { miniflare, origin } = await started(options);
      this.#miniflare = miniflare;
      console.log(`Ready at ${origin}`);
    } else {
      await this.#miniflare.setOptions(options);
      console.log("Reloaded");
    }
  }
}

/** A Miniflare that runs. Throws Refusal where it does not start. */
async function started(options) {
  const miniflare = new Miniflare({ ...options, log: new Log(LogLevel.WARN) });
  try {
    return { miniflare, origin: (await miniflare.ready).origin };
  } catch (error) {
    throw error instanceof MiniflareCoreError ? new Refusal(error.message) : error;
  }
}

/** The date that the Worker runs with; where that is not the one asked for, it is said. */
function dated(asked) {
  const date = runnable(asked);
  if (date !== asked) {
    console.warn(`The compatibility date ${asked} is newer than this runtime; ${date} is used.`);
  }
  return date;
}

/** Where env.AI leads; throws Refusal where something is there that will not answer. */
async function welcome(config, understudy) {
  if (!config.ai) return "This project has no AI binding; 'wrangler dev' would run it as well.";
  const name = config.ai.binding;
  let answer;
  try {
    const address = new URL(`/?MF-Binding=${encodeURIComponent(name)}`, understudy);
    answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    return `env.${name} leads to ${understudy.origin}, where nobody answers yet.`;
  }
  if (answer.ok) return `env.${name} leads to ${understudy.origin}`;
  const told = await answer.json().catch(() => ({}));
  const why = told.description ?? `it answers ${answer.status}`;
  throw new Refusal(`${understudy.origin} does not take calls of env.${name}: ${why}`);
}

function signalled() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, resolve);
  });
}
