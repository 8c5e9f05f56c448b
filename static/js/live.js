// A page that is true while it is looked at: it asks every ten seconds on the clinic's clock, so that a new minute is
// seen at once, and never takes the focus, what is half typed, or what is open.
const EVERY = 10; // seconds

const live = () => document.getElementById("live");
const look = () => {
  if (!document.hidden && live()) htmx.trigger(live(), "look");
};
const toGo = (EVERY - (Number(live().dataset.second) % EVERY)) * 1000;
setTimeout(() => {
  look();
  setInterval(look, EVERY * 1000);
}, toGo);
document.addEventListener("visibilitychange", look);
window.addEventListener("pageshow", (event) => event.persisted && look());

const isLook = (event) => event.detail.elt.id === "live";
const said = document.querySelector(".said");
const tell = (words) => {
  if (words === (said.dataset.told ?? "")) return;
  said.dataset.told = words;
  said.replaceChildren();
  if (words) said.append(Object.assign(document.createElement("p"), {textContent: words}));
};
const tellLost = () => tell(live().dataset.lost);
// What is half written is worth more than a page that says why it could not look: only an answer is put in.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isLook(event)) return;
  const {status} = event.detail.xhr;
  if (status >= 300) event.detail.shouldSwap = false;
  const {ended, lost} = live().dataset;
  tell(status === 401 ? ended : status >= 400 ? lost : "");
});
for (const lost of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(lost, (event) => isLook(event) && tellLost());

// What somebody has opened, or closed, is so again before htmx gives the focus back: what is closed cannot take it.
let opened = new Map();
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isLook(event)) opened = new Map([...document.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
});
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const [id, open] of opened) document.getElementById(id)?.toggleAttribute("open", open);
});
