// Shows another page of the program in the open one, without a reload: its <main>, its skip links,
// and the sheets and modules that it needs.

/** While body[aria-busy] is set, the scripts of the shown page do not run yet. */
export async function showPage(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  await addLinks(fresh.head.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload]"));
  document.body.setAttribute("aria-busy", "true");
  replaceContent(fresh);
  const modules = [...fresh.querySelectorAll("head script[type=module]")];
  await Promise.all(modules.map((module) => import(module.src)));
  document.body.removeAttribute("aria-busy");
}

/** Load sheets and modules before they are needed, so that the page is never seen without them. */
function addLinks(links) {
  const missing = [...links].filter(({ href }) => !document.head.querySelector(`[href="${new URL(href).pathname}"]`));
  return Promise.all(missing.map((link) => new Promise((settle) => {
    const added = document.importNode(link);
    added.onload = added.onerror = settle;
    document.head.append(added);
  })));
}

function replaceContent(fresh) {
  const main = document.querySelector("main");
  const hadFocus = main.contains(document.activeElement);
  const shown = document.importNode(fresh.querySelector("main"), true);
  main.replaceWith(shown);
  if (hadFocus) shown.focus({ preventScroll: true });
  document.querySelectorAll(".skip").forEach((skip) => skip.remove());
  document.body.prepend(...fresh.querySelectorAll(".skip"));
}
