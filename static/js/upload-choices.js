// What the upload form says to look for, and how strictly.

/** @param {HTMLFormElement} form @returns {{target: string, confidence: string}} */
export function readChoices(form) {
  const { target, strictness, confidence } = form.elements;
  const { confidences } = target.selectedOptions[0].dataset;
  return {
    target: target.value,
    confidence: JSON.parse(confidences)[strictness.value] ?? confidence.value,
  };
}

/** Show how strict each choice is for the chosen character. @param {HTMLFormElement} form */
export function showChoices(form) {
  const captions = JSON.parse(form.target.selectedOptions[0].dataset.captions);
  for (const [name, caption] of Object.entries(captions)) {
    form.querySelector(`[data-caption=${name}]`).textContent = caption;
  }
}

/** Let the form for a folder on the server, which stands elsewhere, send the same choices. */
export function shareChoices(form) {
  const folder = document.querySelector("form[data-takes-choices]");
  folder?.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of Object.entries(readChoices(form))) formData.set(name, value);
  });
}
