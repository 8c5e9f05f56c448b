// Finding a patient: Enter takes the first of what is on show for what is typed, else it asks; arrows walk the rows.
const ROWS = "#found > .rows a";
const asked = new WeakMap(); // what each search form was sent for by Enter

function onShow(box) {
  const found = document.getElementById("found");
  return found?.dataset.q === box.value ? document.querySelector(ROWS) : null;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const box = event.target.closest?.("#q");
  const row = event.target.closest?.(ROWS);
  let to = null;
  if (box && (event.key === "Enter" || event.key === "ArrowDown")) to = onShow(box);
  else if (row && event.key === "ArrowDown") to = row.closest("li").nextElementSibling?.querySelector("a");
  else if (row && event.key === "ArrowUp") to = row.closest("li").previousElementSibling?.querySelector("a") ?? document.getElementById("q");
  if (!to) return;
  event.preventDefault();
  if (event.key === "Enter") to.click();
  else to.focus();
});

document.addEventListener("input", ({target}) => {
  if (target.id !== "q") return;
  asked.delete(target.form);
  document.getElementById("found")?.toggleAttribute("data-stale", !onShow(target));
});

// Typing in a box that has been left, or that Enter has asked for already, is no longer a question.
document.addEventListener("htmx:confirm", (event) => {
  const {elt, triggeringEvent} = event.detail;
  const box = elt.closest("form[role=search]")?.elements.q;
  if (!box) return;
  if (triggeringEvent?.type === "submit") asked.set(box.form, box.value);
  else if (document.activeElement !== box || asked.get(box.form) === box.value) event.preventDefault();
});
