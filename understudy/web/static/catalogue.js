// Filters the catalogue while one types. Without script the form asks the server, by the same rules.

const form = document.querySelector("form.filters");
const models = [...document.querySelectorAll(".model")];
const fields = ["task", "author", "capability"];

function matches(model, wanted) {
  const words = (wanted.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return (
    words.every((word) => model.dataset.text.includes(word)) &&
    fields.every((name) => {
      const value = wanted.get(name);
      return !value || (name === "capability" ? model.dataset[name].split(" ").includes(value) : model.dataset[name] === value);
    })
  );
}

function filter() {
  const wanted = new FormData(form);
  let found = 0;
  for (const model of models) {
    model.hidden = !matches(model, wanted);
    found += model.hidden ? 0 : 1;
  }
  document.getElementById("found").textContent = `${found} of ${models.length} models`;
  document.getElementById("none").hidden = found > 0;
  const query = new URLSearchParams([...wanted].filter(([, value]) => value));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
}

form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.querySelector("[type=submit]").hidden = true;
document.getElementById("found").setAttribute("role", "status");
// A browser that goes back fills the form in again.
addEventListener("pageshow", filter);
