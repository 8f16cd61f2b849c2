// Mask: the outline of a thing, and the cross that picks one with keys, drawn over the picture.

/** Return the polygons of a thing in a frame: those of the drawing that the frame shows. */
export function polygonsAt(outlines, index) {
  let found = [];
  for (const [first, polygons] of outlines) {
    if (first > index) break;
    found = polygons;
  }
  return found;
}

/** Draw the outline of a thing: a dark line with bright dashes on it, which can be seen on every colour. */
export function drawOutline(context, at, polygons) {
  const path = new Path2D();
  for (const polygon of polygons) {
    for (let k = 0; k < polygon.length; k += 2) {
      const x = at.x + polygon[k] * at.width, y = at.y + polygon[k + 1] * at.height;
      if (k) path.lineTo(x, y);
      else path.moveTo(x, y);
    }
    path.closePath();
  }
  context.save();
  context.lineJoin = "round";
  context.fillStyle = "#ffffff26";
  context.fill(path, "evenodd");
  for (const [width, color, dashes] of [[4.5, "#000c", []], [2, "#fff", [7, 5]]]) {
    Object.assign(context, { lineWidth: width, strokeStyle: color });
    context.setLineDash(dashes);
    context.stroke(path);
  }
  context.restore();
}

/** Draw a cross at a place of the picture, in shares of its size. */
export function drawCross(context, at, { x, y }) {
  const [cx, cy] = [at.x + x * at.width, at.y + y * at.height];
  context.save();
  for (const [width, color] of [[5, "#000c"], [2, "#fff"]]) {
    Object.assign(context, { lineWidth: width, strokeStyle: color });
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(cx + 4 * dx, cy + 4 * dy);
      context.lineTo(cx + 18 * dx, cy + 18 * dy);
    }
    context.stroke();
  }
  context.restore();
}
