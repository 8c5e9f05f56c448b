// The panel beside a page: what names it as its target opens it, Esc and "Cancel" empty it, and the focus goes back.
let opener = null;
let address = null;

document.addEventListener("htmx:beforeRequest", ({detail}) => {
  if (detail.target?.id !== "panel" || detail.target.contains(detail.elt)) return;
  opener = detail.elt.matches("form") ? document.activeElement : detail.elt;
  address = opener.getAttribute("href");
});

document.addEventListener("htmx:afterSettle", ({target}) => {
  if (target.id === "panel" && !target.contains(document.activeElement)) {
    target.querySelector("[autofocus], [tabindex='-1']")?.focus();
  }
});

document.addEventListener("click", (event) => {
  const panel = event.target.closest?.("[data-close]")?.closest("#panel");
  if (!panel || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  panel.replaceChildren();
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
