// The panel beside a page: what names it as its target opens it, Esc and "Cancel" empty it, and the focus goes back.
let opener = null;
let address = null;

document.addEventListener("htmx:beforeRequest", ({detail}) => {
  if (detail.target?.id !== "panel" || detail.target.contains(detail.elt)) return;
  opener = detail.elt.matches("form") ? document.activeElement : detail.elt;
  address = opener.getAttribute("href");
});

document.addEventListener("htmx:afterSettle", ({target}) => {
  pencil();
  if (target.id === "panel" && !target.contains(document.activeElement)) {
    target.querySelector("[autofocus], [tabindex='-1']")?.focus();
  }
});

document.addEventListener("click", (event) => {
  const panel = event.target.closest?.("[data-close]")?.closest("#panel");
  if (!panel || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  panel.replaceChildren();
  pencil();
  // A page that is live may have drawn anew what opened the panel.
  const same = address && document.querySelector(`a[href="${CSS.escape(address)}"]`);
  (opener?.isConnected ? opener : same || document.querySelector("h1"))?.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open], :popover-open")) return;
  const typed = event.target.matches?.("input, textarea") && event.target.value !== event.target.defaultValue;
  // What somebody has typed is not thrown away with one key: a search box empties itself, other boxes are left first.
  if (typed && event.target.type === "search") return;
  if (typed) event.target.closest(".booking")?.querySelector("[tabindex='-1']")?.focus();
  else document.querySelector("#panel [data-close], main [data-close]")?.click();
});

// A booking leads to its line on the day. Where that day is the page that is open, only the part behind # is new.
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#appointment-")) location.reload();
});

// What the panel is about to book is pencilled in beside it, and what it offers instead bears its number.
function pencil() {
  const panel = document.getElementById("panel");
  if (!panel) return;
  const times = new Map([...document.querySelectorAll("a[hx-target='#panel']")].map((link) => [timeOf(link), link]));
  times.delete("");
  for (const link of times.values()) ["pencil", "choice"].forEach((mark) => delete link.dataset[mark]);
  for (const offer of panel.querySelectorAll(".keyed a")) {
    const link = times.get(timeOf(offer));
    if (link) link.dataset.choice = offer.dataset.key;
  }
  const said = panel.querySelector(".confirm")?.elements;
  const chosen = said?.start && times.get(`${said.practitioner.value} ${Date.parse(said.start.value)}`);
  if (chosen) chosen.dataset.pencil = panel.querySelector("bdi.who").textContent;
}

function timeOf(link) {
  const asked = new URL(link.href).searchParams;
  return asked.has("at") ? `${asked.get("practitioner")} ${Date.parse(asked.get("at"))}` : "";
}
