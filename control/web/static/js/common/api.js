// The service's API, as the page asks it: JSON in, JSON out, and problems in words.

/** What went wrong, in the words of the service. */
export class Problem extends Error {
  constructor(status, message, hint = '', errors = []) {
    super(hint ? `${message} (${hint})` : message)
    this.status = status
    this.errors = errors // each value that cannot be: {place, message, hint}
  }
}

const TRIES = 4
const PATIENT_TRIES = 30 // where the service only wants us to be slower

/**
 * Ask for something.
 *
 * @returns what the answer has as JSON; null where it is empty
 * @throws {Problem} it cannot be done; status 0 where no answer came
 */
export async function ask(address, {method = 'GET', body, headers = {}, signal} = {}) {
  const answer = await send(address, {
    method,
    signal,
    headers: {Accept: 'application/json', ...(body ? {'Content-Type': 'application/json'} : {}), ...headers},
    body: body ? JSON.stringify(body) : undefined,
  })
  if (answer.ok) return answer.status === 204 ? null : answer.json()
  throw await problemOf(answer)
}

/** All items of a list, page after page, as they come. */
export async function* pages(address, signal) {
  let next = address
  while (next) {
    const page = await ask(next, {signal})
    yield page
    next = page.next
  }
}

/** fetch, and again after a while where the service asks for patience. */
export async function send(address, options = {}) {
  for (let tried = 1; ; tried += 1) {
    let answer
    try {
      answer = await fetch(address, options)
    } catch (error) {
      if (error.name === 'AbortError') throw error
      throw new Problem(0, 'the service does not answer', 'try again')
    }
    const isTooFast = answer.status === 429
    const isBusy = answer.status === 503 && ['GET', 'HEAD'].includes(options.method ?? 'GET')
    if (!isTooFast && !isBusy) return answer
    if (tried >= (isTooFast ? PATIENT_TRIES : TRIES)) return answer
    const seconds = Number(answer.headers.get('Retry-After')) || tried
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 30) * 1000))
  }
}

/** The problem that an answer tells of. */
export async function problemOf(answer) {
  try {
    const {detail, title, hint, errors} = await answer.json()
    return new Problem(answer.status, detail || title, hint, errors)
  } catch {
    return new Problem(answer.status, `the service answered ${answer.status}`)
  }
}

/** A key that makes a repeated request count once. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
