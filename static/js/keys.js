// A key presses what names it: `data-key` holds one or more keys, a letter, a digit, or one of / [ ] ?. Letters are
// matched by their place on the keyboard, since `c` is another letter on a Burmese one. What has the focus comes first:
// inside a `data-keys`, its own keys are found before those of the page. Without this the page is the same, but for keys.
const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const SIGNS = {Slash: "/", BracketLeft: "[", BracketRight: "]"};

function keyOf({code, key, shiftKey}) {
  if ("/?[]".includes(key)) return key; // wherever this keyboard has it
  const place = /^(?:Key|Digit|Numpad)([A-Z\d])$/.exec(code)?.[1].toLowerCase();
  if (place || key < "\x7f") return shiftKey ? null : place;
  return code === "Slash" && shiftKey ? "?" : SIGNS[code];
}

function within(scope, key) {
  const ofScope = (each) => !each.closest("[data-keys]") || scope.matches("[data-keys]");
  const named = scope.querySelectorAll(key ? `[data-key~="${key}"]` : "[data-key]");
  return [...named].filter((each) => ofScope(each) && each.checkVisibility({visibilityProperty: true}));
}

function press(key) {
  const dialog = document.querySelector("dialog[open]");
  const scopes = dialog ? [dialog] : [document.activeElement?.closest("[data-keys]"), document.body];
  const pressed = scopes.flatMap((scope) => (scope ? within(scope, key) : []))[0];
  if (!pressed) return false;
  pressed.focus();
  if (pressed.matches(TYPING)) pressed.select();
  else pressed.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  if (modified || event.repeat || event.isComposing || event.target.closest?.(TYPING)) return;
  const key = keyOf(event);
  if (key && (press(key) || (key === "?" && showHelp()))) event.preventDefault();
});

// The keys of this page: those with a line of their own, where something has them, then all others by their names.
function list(dialog) {
  dialog.querySelectorAll("[data-added]").forEach((line) => line.remove());
  const said = new Set();
  for (const line of dialog.querySelectorAll("[data-of]")) {
    const scopes = "scoped" in line.dataset ? document.querySelectorAll("[data-keys]") : [document.body, document.getElementById("panel")];
    line.hidden = ![...scopes].some((scope) => scope && within(scope, line.dataset.of).length);
    if (!line.hidden) said.add(line.dataset.of);
  }
  for (const each of within(document.body)) {
    const [key] = each.dataset.key.split(" ");
    if (said.has(key)) continue;
    said.add(key);
    dialog.querySelector("dl").append(lineOf(key, nameOf(each)));
  }
}

function nameOf(pressed) {
  const copy = (pressed.closest("label") ?? pressed).cloneNode(true);
  copy.querySelectorAll("kbd").forEach((each) => each.remove());
  return pressed.getAttribute("aria-label") ?? [...copy.childNodes].map((each) => each.textContent.trim()).join(" ");
}

function lineOf(key, name) {
  const line = document.createElement("div");
  line.dataset.added = "";
  line.append(...["dt", "dd"].map((tag) => document.createElement(tag)));
  line.firstChild.append(Object.assign(document.createElement("kbd"), {textContent: key}));
  line.lastChild.append(name);
  return line;
}

document.getElementById("keys")?.addEventListener("opens", ({target}) => list(target));
