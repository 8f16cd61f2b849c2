// History of one picture that is painted: what can be undone and redone, up to a limit of memory.

/** Return a history. `changed()` is called after each change. */
export function paintHistory(changed, maxBytes = 256e6) {
  let done = [], undone = [];
  let floor = {}, saved = floor; // the latest change when the picture was saved
  const top = () => done.at(-1) ?? floor;

  function move(from, to, kind) {
    const change = from.pop();
    if (!change) return;
    change[kind]();
    to.push(change);
    changed();
  }

  return {
    /** Add a change that was made: { words, undo, redo, nBytes }. */
    add(change) {
      undone = [];
      done.push(change);
      let nBytes = done.reduce((sum, one) => sum + (one.nBytes ?? 0), 0);
      while (nBytes > maxBytes && done.length > 1) {
        floor = done.shift();
        nBytes -= floor.nBytes ?? 0;
      }
      changed();
    },
    undo: () => move(done, undone, "undo"),
    redo: () => move(undone, done, "redo"),
    /** Words for what would be undone or redone, or null. */
    get undoWords() { return done.at(-1)?.words ?? null; },
    get redoWords() { return undone.at(-1)?.words ?? null; },
    get isUnsaved() { return top() !== saved; },
    saved() {
      saved = top();
      changed();
    },
  };
}
