// Help beside the page: the section of the manual, loaded once it is asked for, and the keys. The page stays as it is,
// with what is half written on it. Without this the links lead to the manual itself.
function showHelp() {
  const dialog = document.getElementById("keys");
  if (!dialog || document.querySelector("dialog[open]")) return false;
  dialog.dispatchEvent(new Event("opens"));
  dialog.showModal();
  return true;
}

document.addEventListener("click", (event) => {
  const further = event.target.closest?.("#help-here a");
  if (further) further.target = "_blank";
  const link = event.target.closest?.("[data-shows=keys]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (showHelp()) event.preventDefault();
});

// What could not be loaded leaves the link to the manual where it stands.
document.addEventListener("htmx:beforeSwap", ({detail}) => {
  if (detail.elt.id === "help-here" && detail.xhr.status >= 300) detail.shouldSwap = false;
});
