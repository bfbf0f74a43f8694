// Runs before the first paint, so that the chosen theme does not flash in.
(() => {
  try {
    const chosen = localStorage.getItem("understudy.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be denied; the system's theme then holds.
  }
})();
