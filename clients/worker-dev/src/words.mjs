// The command line.
import { parseArgs } from "node:util";
import { Refusal } from "./refusal.mjs";

export const USAGE = `Runs the Worker of this folder with env.AI leading to Understudy.

  worker-dev [--config wrangler.jsonc] [--env NAME] [--port 8787] [--ip 127.0.0.1]
             [--understudy http://127.0.0.1:8080]

Where --port or --ip is not given, the configuration's 'dev' counts.
UNDERSTUDY_URL is read where --understudy is not given.`;

const OPTIONS = {
  config: { type: "string", short: "c" },
  env: { type: "string", short: "e" },
  ip: { type: "string" },
  port: { type: "string" },
  understudy: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
};

/** The options, checked. Throws Refusal. */
export function read(args, environ) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: OPTIONS }));
  } catch (error) {
    throw new Refusal(`${error.message}\n\n${USAGE}`);
  }
  const port = values.port && Number(values.port);
  if (port !== undefined && !(/^\d{1,5}$/.test(values.port) && port <= 65535)) {
    throw new Refusal(`--port must be a port, not '${values.port}'.`);
  }
  const understudy = values.understudy ?? (environ.UNDERSTUDY_URL || "http://127.0.0.1:8080");
  if (!URL.canParse(understudy) || !/^https?:$/.test(new URL(understudy).protocol)) {
    throw new Refusal(`'${understudy}' is no http address of an Understudy.`);
  }
  return { ...values, port, understudy: new URL(understudy) };
}
