// Player: which frame is shown, at the speed of the film. It waits for frames that are not there yet.

const N_AHEAD = 36;

/**
 * Return a player of a shot.
 *
 * `layers()` returns the layers that are needed, `frames` has them, `shown(index)` is called for each new frame.
 */
export function player(shot, frames, layers, shown) {
  let index = shot.start, isPlaying = false, since = 0, from = index, request = 0;

  const isThere = (at) => layers().every((layer) => frames.get(layer, at) || frames.error(layer));

  function tick(now) {
    request = requestAnimationFrame(tick);
    const length = shot.stop - shot.start;
    const target = from + Math.floor(((now - since) / 1000) * shot.film.frame_rate);
    let at = index;
    while (at < target && isThere(wrapped(at + 1))) at += 1;
    if (at < target) { // the next frame is not there yet: time waits for it
      from = at;
      since = now;
    }
    if (at !== index) {
      if (at >= shot.stop) {
        at -= length;
        from -= length;
      }
      go(at);
    }
    frames.want(layers(), index, N_AHEAD);
  }

  const wrapped = (at) => shot.start + ((at - shot.start) % (shot.stop - shot.start));

  function go(at) {
    index = Math.min(Math.max(at, shot.start), shot.stop - 1);
    shown(index);
  }

  function pause() {
    isPlaying = false;
    cancelAnimationFrame(request);
  }

  return {
    get index() { return index; },
    get isPlaying() { return isPlaying; },
    toggle() {
      if (isPlaying) return pause();
      isPlaying = true;
      from = index;
      since = performance.now();
      request = requestAnimationFrame(tick);
    },
    pause,
    /** Go to a frame and load it and those after it. */
    go(at) {
      pause();
      go(at);
      frames.want(layers(), index, N_AHEAD);
    },
    load: () => frames.want(layers(), index, N_AHEAD),
  };
}
