// A double click sends a form once: the second request would find the first one's work done, and
// its error would be shown instead.
const DOUBLE_MS = 1000;

const sent = new WeakMap(); // when each button sent its form

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // a script sends it
  const { submitter, target, timeStamp } = event;
  const sender = submitter ?? target; // two buttons of a form may mean two things
  if (timeStamp - sent.get(sender) < DOUBLE_MS) event.preventDefault();
  else sent.set(sender, timeStamp);
});
