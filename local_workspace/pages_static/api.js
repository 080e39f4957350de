// The one way these pages speak to the workspace: the same API that Sensync uses, from the same origin.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function sentence(status, body) {
  const told = body?.error?.message ?? body?.error_description;
  // The server's own words name the request by its place in a list nobody here has seen.
  const plain = told?.replace(/^Invalid requests\[\d+\]\.\w+: /, "");
  if (plain) return plain.endsWith(".") ? plain : `${plain}.`;
  if (status === 401) return "You are not signed in. Choose an account first.";
  if (status >= 500) return "The workspace failed to answer. Try again.";
  return `The workspace refused (status ${status}).`;
}

async function call(method, path, body, more = {}) {
  const options = { method, headers: { Accept: "application/json", ...more }, cache: "no-store" };
  if (method !== "GET") {
    // A page of another site can send a form here, but it cannot add a header: the server insists on it.
    options.headers["X-Local-Workspace"] = "1";
  }
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, "The workspace does not answer. Is it still running? Nothing was changed.");
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new ApiError(response.status, "The workspace's answer was cut short. Reload the page.");
  }
  if (!response.ok) throw new ApiError(response.status, sentence(response.status, answer));
  return answer;
}

function withQuery(path, query) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, one);
  }
  const tail = search.toString();
  return tail ? `${path}?${tail}` : path;
}

export const get = (path, query = {}) => call("GET", withQuery(path, query));
export const post = (path, body, query = {}) => call("POST", withQuery(path, query), body);
export const put = (path, body, query = {}) => call("PUT", withQuery(path, query), body);
export const patch = (path, body, query = {}, headers = {}) => call("PATCH", withQuery(path, query), body, headers);
export const remove = (path, headers = {}) => call("DELETE", path, undefined, headers);
