// What every page has: the theme switch, tabs, copy buttons.

const root = document.documentElement;

/** Tells whoever cannot see it what has just happened. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** Puts `text` on the clipboard; true if that worked. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelecting(text); // Without TLS only the loopback has a clipboard.
  }
}

function copyBySelecting(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function themes() {
  const button = document.getElementById("theme");
  const dark = () =>
    (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const name = () => (button.textContent = dark() ? "Light" : "Dark");
  const label = () => button.setAttribute("aria-label", `${name()} theme`);
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try {
      localStorage.setItem("understudy.theme", root.dataset.theme);
    } catch {}
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
  button.hidden = false;
}

/**
 * Makes tabs of every `[data-tabs]`: a `[role=tablist]` of links to the panels' ids, which without
 * script are just links to sections one below the other.
 */
function tabs() {
  for (const group of document.querySelectorAll("[data-tabs]")) {
    const links = [...group.querySelectorAll("[data-tablist] a")];
    const panels = links.map((link) => document.getElementById(link.hash.slice(1)));
    group.querySelector("[data-tablist]").setAttribute("role", "tablist");
    links.forEach((link, at) => asTab(link, panels[at]));
    const choose = (at, focus = true) => {
      links.forEach((link, i) => {
        link.setAttribute("aria-selected", i === at);
        link.tabIndex = i === at ? 0 : -1;
        panels[i].hidden = i !== at;
      });
      if (focus) links[at].focus();
    };
    group.addEventListener("click", (event) => {
      const at = links.indexOf(event.target.closest("a"));
      if (at < 0) return;
      event.preventDefault();
      choose(at);
    });
    group.addEventListener("keydown", (event) => {
      const at = links.indexOf(event.target);
      const last = links.length - 1;
      const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last, " ": at };
      if (at < 0 || !(event.key in to)) return;
      event.preventDefault();
      choose(to[event.key]);
    });
    choose(Math.max(0, links.findIndex((link) => link.hash === location.hash)), false);
  }
}

function asTab(link, panel) {
  link.setAttribute("role", "tab");
  link.setAttribute("aria-controls", panel.id);
  link.id ||= `${panel.id}-tab`;
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", link.id);
  panel.tabIndex = 0;
  panel.querySelector("[data-tab-title]")?.setAttribute("hidden", "");
}

/** Puts a button into every `[data-copy]` that copies what its `pre` says. */
function copyButtons() {
  for (const box of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${box.dataset.copy}`);
    button.addEventListener("click", async () => {
      const done = await copy(box.querySelector("pre").textContent);
      button.textContent = done ? "Copied" : "Select and copy";
      say(done ? `Copied ${box.dataset.copy}.` : "The browser does not let this page copy.");
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    box.append(button);
  }
}

themes();
tabs();
copyButtons();

/** A link to what is folded, or in a tab, opens it. */
function unfold() {
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  target?.scrollIntoView();
}

addEventListener("hashchange", unfold);
unfold();
