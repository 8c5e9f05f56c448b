// The board: it has one tab stop and arrow keys, and begins where the day is. How it stays true: live.js.
const board = document.getElementById("board");
const AHEAD = ".e:not(.is-completed, .is-cancelled, .is-no-show, .group)";
const ENTRY = ".e > a, .free > a, .group .places, .group li > a, .tabular th > a";

// --- one tab stop, and arrows from one entry to the next
const entries = () => [...board.querySelectorAll(ENTRY)];
const columnOf = (entry) => entry.closest(".col, table");
const middle = (entry) => {
  const box = entry.getBoundingClientRect();
  return box.top + box.height / 2;
};
let current = "";

const rove = (to) => {
  current = to?.id ?? current;
  for (const entry of entries()) {
    const isCurrent = entry.id === current;
    entry.tabIndex = isCurrent ? 0 : -1;
    const quick = entry.parentElement.querySelectorAll(":scope > .quick > *");
    for (const button of quick) button.tabIndex = isCurrent ? 0 : -1;
  }
};
const nearest = (all, entry) => all.toSorted((a, b) => Math.abs(middle(a) - middle(entry)) - Math.abs(middle(b) - middle(entry)))[0];
const start = () => {
  const all = entries();
  if (all.some((entry) => entry.id === current)) return rove();
  const now = board.querySelector(".now");
  rove(now ? nearest(all, now) : all[0]);
};

const MOVES = {
  ArrowDown: (own, at) => own[at + 1],
  ArrowUp: (own, at) => own[at - 1],
  Home: (own) => own[0],
  End: (own) => own.at(-1),
};
const beside = (entry, step) => {
  const columns = [...board.querySelectorAll(".col")].filter((column) => column.querySelector(ENTRY));
  const there = columns[columns.indexOf(columnOf(entry)) + step];
  return there && nearest([...there.querySelectorAll(ENTRY)], entry);
};
board.addEventListener("keydown", (event) => {
  const entry = event.target.closest(ENTRY);
  if (!entry || event.ctrlKey || event.altKey || event.metaKey) return;
  const own = [...columnOf(entry).querySelectorAll(ENTRY)];
  const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const to = event.key.startsWith("Arrow") && /Left|Right/.test(event.key)
    ? beside(entry, event.key === forward ? 1 : -1)
    : MOVES[event.key]?.(own, own.indexOf(entry));
  if (!to) return;
  event.preventDefault();
  rove(to);
  to.focus();
});
board.addEventListener("focusin", (event) => {
  const entry = event.target.closest(ENTRY);
  if (entry) rove(entry);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id === "live") start();
});

// --- it begins where one comes from: at the visit that was just written, else at this minute
start();
// Once all is loaded: until then the browser itself goes to the address's fragment, and takes the focus away.
const begin = () => {
  const written = location.hash.startsWith("#appointment-") && document.getElementById(location.hash.slice(1))?.querySelector("a");
  if (written) {
    written.focus();
    written.scrollIntoView({block: "center", inline: "center"});
    return;
  }
  const now = board.querySelector(".now");
  if (now?.checkVisibility()) now.scrollIntoView({block: "center", inline: "nearest"});
  else if (now) board.querySelector(AHEAD)?.scrollIntoView({block: "center"}); // columns are lists here
  else document.getElementById("morning")?.scrollIntoView({block: "start"});
};
if (document.readyState === "complete") begin();
else window.addEventListener("load", begin);
