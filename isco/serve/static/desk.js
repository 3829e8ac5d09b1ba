"use strict";

// Keys, parts of the taxonomy as they are opened, and larger type. Everything else works without.

const LARGE = "isco-larger-type";
const typing = (target) =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement && target.type !== "checkbox");

let shorter = 0;

function tellShorter() {
  const place = document.getElementById("shorter-mode");
  if (!place) return;
  const digits = 4 - shorter;
  place.textContent = shorter
    ? `A number now gives that candidate's group of ${digits} digit${digits > 1 ? "s" : ""}; b for a shorter one, Esc for none.`
    : "Press b, then a number, for a candidate's broader group.";
}

function buttonOf(key) {
  if (shorter && /^[1-9]$/.test(key))
    return document.querySelector(`[data-candidate="${key}"][data-shorter="${shorter}"]`);
  return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    shorter = 0;
    tellShorter();
    if (document.activeElement) document.activeElement.blur();
    return;
  }
  if (typing(event.target)) return;
  const place = document.querySelector(`[data-focus="${CSS.escape(event.key)}"]`);
  const toggle = document.querySelector(`[data-toggle="${CSS.escape(event.key)}"]`);
  if (event.key === "b" && document.querySelector("[data-shorter]")) {
    shorter = (shorter + 1) % 4;
    tellShorter();
  } else if (place) {
    event.preventDefault();
    place.focus();
  } else if (toggle) {
    toggle.checked = !toggle.checked;
  } else {
    const button = buttonOf(event.key);
    if (button && !button.disabled) {
      event.preventDefault();
      button.click();
    }
  }
}

async function fetched(address, place) {
  const answer = await fetch(address);
  // What comes is made by the service, with the texts of others escaped.
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...parsed.body.childNodes);
}

async function opened(event) {
  const details = event.target;
  if (!(details instanceof HTMLDetailsElement) || !details.open || !details.dataset.code) return;
  if (details.querySelector(":scope > .below")) return;
  const below = document.createElement("div");
  below.className = "below";
  details.append(below);
  await fetched(`/desk/below/${encodeURIComponent(details.dataset.code)}`, below);
}

function begin() {
  document.addEventListener("keydown", pressed);
  // The event does not rise from where it happens.
  document.addEventListener("toggle", opened, true);
  const find = document.getElementById("find");
  if (find)
    find.addEventListener("submit", async (event) => {
      event.preventDefault();
      const found = document.getElementById("found");
      await fetched(`/desk/find?q=${encodeURIComponent(find.q.value)}`, found);
      const first = found.querySelector("summary");
      if (first) first.focus();
    });
  const note = document.getElementById("note");
  if (note)
    note.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      note.blur();
    });
  const larger = document.getElementById("larger");
  const apply = (on) => {
    document.documentElement.classList.toggle("larger", on);
    larger.setAttribute("aria-pressed", String(on));
  };
  if (larger) {
    larger.hidden = false;
    apply(localStorage.getItem(LARGE) === "yes");
    larger.addEventListener("click", () => {
      const on = localStorage.getItem(LARGE) !== "yes";
      localStorage.setItem(LARGE, on ? "yes" : "no");
      apply(on);
    });
  }
}

begin();
