// What HTML and htmx leave undone. Every page works without it.

// After a swap the focus goes to what the server marked (htmx sees to `autofocus`), else stays where it was,
// else goes to the heading of what is new: never back to the top of the page.
document.addEventListener("htmx:afterSettle", ({target}) => {
  if (document.activeElement === document.body) {
    target.querySelector("[autofocus], [tabindex='-1']")?.focus();
  }
});

// What prints the page is there only where this is.
for (const prints of document.querySelectorAll("[data-prints]")) {
  prints.hidden = false;
  prints.addEventListener("click", () => window.print());
}

// "One Enter away": on a refusal that has the focus, Enter takes what it proposes.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.repeat && event.target.matches?.("[role=alert][data-enter]")) {
    document.getElementById(event.target.dataset.enter)?.click();
  }
});

// A button that copies a field; shown where the browser lets a page do that.
document.querySelectorAll("[data-copies]").forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied;
  });
});
