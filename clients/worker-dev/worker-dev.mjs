#!/usr/bin/env node
import { Refusal } from "./src/refusal.mjs";
import { USAGE, read } from "./src/words.mjs";

try {
  const options = read(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(USAGE);
  } else {
    // Wrangler takes a while to load.
    const { develop } = await import("./src/develop.mjs");
    await develop(options);
  }
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}
// What wrangler started may not have ended: of a start that failed, its bundler goes on.
process.exit();
