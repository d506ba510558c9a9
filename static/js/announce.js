// The one place that speaks to screen readers.

const CALM_MS = 600; // while a slider moves, only the last sentence is spoken

let timer;

/** Speak a sentence to screen readers, once the page has calmed down. */
export function announce(sentence) {
  clearTimeout(timer);
  timer = setTimeout(() => show(sentence, false), CALM_MS);
}

/** Speak a sentence at once, and show it to everybody. */
export function announceError(sentence) {
  clearTimeout(timer);
  show(sentence, true);
}

/** Take a sentence back if it is still shown. */
export function withdraw(sentence) {
  if (document.getElementById("announcer").textContent === sentence) show("", false);
}

const BRIEF_MS = 4000;

/** Speak a sentence at once, and show it to everybody for a moment. */
export function announceBriefly(sentence) {
  announceError(sentence);
  timer = setTimeout(() => show("", false), BRIEF_MS);
}

function show(sentence, isVisible) {
  const announcer = document.getElementById("announcer");
  announcer.classList.toggle("visually-hidden", !isVisible);
  announcer.textContent = sentence;
}
