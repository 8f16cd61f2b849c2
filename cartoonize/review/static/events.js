// Events: what the server tells. All tabs of a browser share one connection, since it opens only six to a server.

const NAMES = ["state", "films", "changes", "located", "shot", "job", "similar", "open", "error"];

/**
 * Call `told(name, text)` for each event of the server, for "open" and "error" of the connection, and for "missed" when
 * events may have been lost because the tab that had the connection was closed.
 */
export function listen(told) {
  const tabs = new BroadcastChannel("events");
  tabs.onmessage = ({ data: { name, text } }) => told(name, text);

  function connect(isLater) {
    const source = new EventSource("/events");
    const tell = (name, text = null) => {
      told(name, text);
      tabs.postMessage({ name, text });
    };
    for (const name of NAMES) source.addEventListener(name, ({ data }) => tell(name, data ?? null));
    if (isLater) source.addEventListener("open", () => tell("missed"), { once: true });
    return new Promise(() => {}); // this tab has the connection until it is closed
  }

  if (!navigator.locks) return connect(false); // on a network address without encryption
  const request = (options, isLater) => navigator.locks.request("events", options, (lock) => lock && connect(isLater));
  return request({ ifAvailable: true }, false).then(() => request({}, true));
}
