// Download buttons: start, live progress, stop.

import { call } from "./key.js";
import { say } from "./site.js";

const EVERY = 500; // Milliseconds between two looks.
const STEPS = { plan: "Looking what is needed", download: "Downloading", verify: "Verifying", convert: "Converting" };

class Pull {
  constructor(box) {
    this.box = box;
    this.path = box.dataset.pull;
    this.around = box.closest("[data-pulled]") ?? box.closest(".model") ?? document;
    this.part("start").addEventListener("click", () => this.ask("POST"));
    this.part("stop").addEventListener("click", () => this.ask("DELETE"));
    box.hidden = false;
    if ("running" in box.dataset) this.ask("GET");
  }

  part(name) {
    return this.box.querySelector(`[data-${name}]`);
  }

  async ask(method) {
    const button = method === "POST" ? this.part("start") : this.part("stop");
    const focused = document.activeElement === button;
    button.disabled = method !== "GET";
    if (method === "POST") this.part("failed").hidden = true;
    try {
      const response = await call(this.path, { method });
      const told = await response.json();
      if (response.ok) this.show(told);
      else this.fail(told.error?.message ?? `The server answered ${response.status}.`);
    } catch {
      this.fail("The server does not answer.");
    } finally {
      button.disabled = false;
      if (focused && method !== "GET") this.refocus();
    }
  }

  /** The button that was pressed may have gone; its place in the page is not to be lost. */
  refocus() {
    const next = this.part("progress").hidden ? this.part("start") : this.part("stop");
    if (!next.hidden) next.focus();
  }

  show({ model, pull, state, disk, memory }) {
    const running = pull?.state === "running";
    this.part("progress").hidden = !running;
    this.part("start").hidden = running || pull?.state === "done";
    this.write("state", state);
    this.write("disk", disk);
    this.write("memory", memory);
    if (running) this.advance(pull);
    if (pull?.state === "failed") this.fail(pull.message);
    else this.part("failed").hidden = true;
    if (pull?.state === "done") {
      say(`${model} is downloaded.`);
      this.around.querySelector("[data-state]")?.classList.replace("warn", "good");
      this.around.querySelector("[data-stand-in]")?.remove();
    }
    clearTimeout(this.timer);
    if (running) this.timer = setTimeout(() => this.ask("GET"), EVERY);
  }

  advance({ step, done, total }) {
    const bar = this.box.querySelector("progress");
    const share = total ? Math.min(1, done / total) : 0;
    if (total) bar.value = share;
    else bar.removeAttribute("value");
    const amount = total ? ` ${Math.floor(share * 100)} % of ${size(total)}` : "";
    this.part("step").textContent = `${STEPS[step] ?? step}${amount}`;
  }

  fail(why) {
    clearTimeout(this.timer);
    this.part("progress").hidden = true;
    this.part("start").hidden = false;
    this.part("failed").textContent = why;
    this.part("failed").hidden = false;
  }

  write(name, text) {
    const place = this.around.querySelector(`[data-${name}]`);
    if (place) place.textContent = text;
  }
}

function size(bytes) {
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"];
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
}

for (const box of document.querySelectorAll("[data-pull]")) new Pull(box);
