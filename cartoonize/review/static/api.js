// Requests to the server. An error has the message that the command line would print.

export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Return the content of an answer, as JSON or as `read` reads it. */
export async function request(address, options, read = (answer) => answer.json()) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
  } catch {
    throw new ServerError("The server does not answer. Start `cartoonize review` again.", 0);
  }
  if (answer.ok) return read(answer);
  const isJson = (answer.headers.get("content-type") || "").startsWith("application/json");
  throw new ServerError(isJson ? (await answer.json()).error : await answer.text(), answer.status);
}

export const get = (address) => request(address);

export const post = (address, body) => request(address, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** Send a file as it is. */
export const send = (address, file) => request(address, {
  method: "POST",
  headers: { "Content-Type": file.type || "image/png" },
  body: file,
});
