// A double click sends a form once: the second request would find the first one's work done, and
// its error would be shown instead.
const DOUBLE_MS = 1000;

const sent = new WeakMap(); // when each form was sent

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return; // a script sends it
  const { target: form, timeStamp } = event;
  if (timeStamp - sent.get(form) < DOUBLE_MS) event.preventDefault();
  else sent.set(form, timeStamp);
});
