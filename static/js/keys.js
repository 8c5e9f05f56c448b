// A key presses what names it: `data-key` is a letter or a digit, matched by its place on the keyboard, since `c` is
// another letter on a Burmese one. Without this the page is the same, but for the keys.
const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  const modified = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
  if (modified || event.repeat || event.isComposing || event.target.closest?.(TYPING)) return;
  const key = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1].toLowerCase();
  const pressed = key && document.querySelector(`[data-key="${key}"]`);
  if (!pressed) return;
  event.preventDefault();
  pressed.focus();
  pressed.click();
});
