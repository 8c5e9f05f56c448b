// A page of the administration on which a worker's progress is seen: as long as it says so, it is looked at again, and
// what has changed is put in. It never takes the focus; without this there is a link to look again.
const EVERY = 2000; // milliseconds

const look = async () => {
  const shown = document.querySelector("[data-progress]");
  if (!shown) return;
  if (!document.hidden && !shown.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, {credentials: "same-origin"});
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = answer.ok && page.getElementById(shown.id);
      if (now) shown.replaceWith(document.adoptNode(now));
    } catch {
      // The next look may find it.
    }
  }
  setTimeout(look, EVERY);
};
setTimeout(look, EVERY);
