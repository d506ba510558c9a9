// Windows of one browser tell each other when they change a result. Other browsers and devices are
// asked for by the state that the server keeps, when a page is looked at again.
const channel = new BroadcastChannel("monasieve results");

/** Tell the other windows the state of a result after a change. */
export function tellOthers(url, state) {
  channel.postMessage({ url: getPath(url), state });
}

/**
 * Call back with the state of a result when it may have changed elsewhere.
 * @param {(state: string) => void} callback
 * @param {{signal?: AbortSignal}} [options] to stop
 */
export function onOtherState(url, callback, options = {}) {
  const onMessage = ({ data: change }) => {
    if (change.url === getPath(url)) callback(change.state);
  };
  const onLook = async () => {
    if (document.hidden) return;
    const response = await fetch(`${url}/state.json`).catch(() => null);
    if (response?.ok) callback((await response.json()).state);
  };
  channel.addEventListener("message", onMessage, options);
  document.addEventListener("visibilitychange", onLook, options);
}

function getPath(url) {
  return new URL(url, location.href).pathname;
}
