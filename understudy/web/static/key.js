// Who this page is to the server: its session where it has one, else a key that is asked for,
// kept until the tab closes and sent as a bearer header, never in an address.

const SLOT = "understudy.key";
let memory = ""; // Where storage is denied.
let asking = null;

/** Whether this page may call the server without a key. */
export const hasSession = () => document.documentElement.dataset.session === "on";

/** The headers that say who asks: none with a session. */
export function keyHeaders() {
  const key = stored();
  return key ? { authorization: `Bearer ${key}` } : {};
}

export function forgetKey() {
  memory = "";
  try {
    sessionStorage.removeItem(SLOT);
  } catch {}
}

/**
 * `fetch` as whoever this page is. Where a key is needed and missing or wrong it is asked for, and
 * the request is sent once more. Returns the last Response; errors are for the caller to read.
 */
export async function call(path, options = {}) {
  if (!hasSession() && !stored() && !(await askForKey())) return refused();
  const response = await send(path, options);
  if (response.status !== 401 || hasSession()) return response;
  forgetKey();
  return (await askForKey("The server does not know this key.")) ? send(path, options) : response;
}

/** Asks in a dialog; true once there is a key. Several callers share one dialog. */
export function askForKey(why = "") {
  asking ??= shown(why).finally(() => (asking = null));
  return asking;
}

function shown(why) {
  const dialog = document.getElementById("key-dialog");
  if (!dialog) return Promise.resolve(false);
  const input = document.getElementById("key-input");
  if (why) document.getElementById("key-why").textContent = why;
  input.value = "";
  dialog.returnValue = "";
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        const key = dialog.returnValue === "use" ? input.value.trim() : "";
        input.value = "";
        if (key) keep(key);
        resolve(Boolean(key));
      },
      { once: true },
    );
    dialog.showModal();
  });
}

function send(path, options) {
  const headers = { ...options.headers, ...keyHeaders() };
  return fetch(path, { ...options, headers, credentials: "same-origin" });
}

function refused() {
  const body = JSON.stringify({ error: { message: "An API key is needed." } });
  return new Response(body, { status: 401, headers: { "content-type": "application/json" } });
}

function stored() {
  try {
    return sessionStorage.getItem(SLOT) || memory;
  } catch {
    return memory;
  }
}

function keep(key) {
  memory = key;
  try {
    sessionStorage.setItem(SLOT, key);
  } catch {}
}
