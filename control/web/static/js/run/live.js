// The messages of one run, each once and in their order: over a WebSocket, or by long poll
// where none gets through. docs/live.md is the contract with the service.
//
//   const live = follow({socket, events, since, onMessages, onState})
//   live.retry()    // at once, instead of waiting
//   live.close()

const OPENING_MS = 10_000
const SILENCE_MS = 75_000 // the service says something every 30 s
const PROBE_MS = 120_000 // while polling: how often a WebSocket is tried again
const LONGEST_WAIT_MS = 30_000
const POLL_SECONDS = 25
const LARGEST_ANSWER = 1000

const REFUSALS = {
  4000: 'refused', 4001: 'signed-out', 4003: 'forbidden', 4004: 'gone',
  400: 'refused', 401: 'signed-out', 403: 'forbidden', 404: 'gone', 422: 'refused',
}

/**
 * Follow a run.
 *
 * @param {object} options
 * @param {string} options.socket path of its WebSocket
 * @param {string} options.events path of its long poll
 * @param {number} options.since sequence of the last message that the page has
 * @param {(messages: object[]) => void} options.onMessages what is new, in order
 * @param {(state: {kind: string, seconds?: number}) => void} options.onState
 *   kind: connecting, live, polling, waiting (seconds until the next try), ended, and what
 *   ends it: signed-out, forbidden, gone, refused
 */
export function follow(options) {
  return new Live(options)
}

/** Milliseconds before try `failures`: doubled each time, and never the same for all clients. */
export function delay(failures, random = Math.random) {
  const longest = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.max(0, failures - 1))
  return longest * (0.5 + random() / 2)
}

class Live {
  constructor({socket, events, since = 0, onMessages, onState}) {
    this.since = since
    this.paths = {socket, events}
    this.onMessages = onMessages
    this.onState = onState
    this.isOpen = true
    this.wake = null
    this.abort = new AbortController()
    this.retry = this.retry.bind(this)
    addEventListener('online', this.retry)
    this.run()
  }

  /** Do not wait any longer. */
  retry() {
    this.wake?.()
  }

  close() {
    this.isOpen = false
    removeEventListener('online', this.retry)
    this.abort.abort()
    this.wake?.()
  }

  async run() {
    let failures = 0
    while (this.isOpen) {
      this.tell({kind: 'connecting'})
      let outcome = await this.overSocket()
      if (outcome.lived) failures = 0
      // a socket that was never opened may be kept out by a proxy: does HTTP get through?
      else if (outcome.kind === 'lost') {
        outcome = await this.byPolling()
        if (outcome.lived) failures = 0
      }
      if (!this.isOpen) return
      if (outcome.kind === 'probe') continue
      if (outcome.kind !== 'lost') {
        this.close()
        this.onState({kind: outcome.kind})
        return
      }
      failures += 1
      await this.pause(Math.max(delay(failures), (outcome.after ?? 0) * 1000))
    }
  }

  tell(state) {
    if (this.isOpen) this.onState(state)
  }

  /** Wait, and say how long still; `retry` ends it. */
  async pause(milliseconds) {
    const until = Date.now() + milliseconds
    let isWoken = false
    while (this.isOpen && !isWoken && Date.now() < until) {
      const left = until - Date.now()
      this.tell({kind: 'waiting', seconds: Math.ceil(left / 1000)})
      isWoken = await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), Math.min(left, 1000))
        this.wake = () => { clearTimeout(timer); resolve(true) }
      })
    }
    this.wake = null
  }

  /** One WebSocket from its opening to its end. */
  overSocket() {
    return new Promise((resolve) => {
      let lived = false
      let ws
      try {
        ws = new WebSocket(this.address())
      } catch {
        resolve({kind: 'lost', lived})
        return
      }
      let timer = setTimeout(() => finish({kind: 'lost', lived}), OPENING_MS)
      const finish = (outcome) => {
        clearTimeout(timer)
        this.abort.signal.removeEventListener('abort', stop)
        ws.onmessage = ws.onclose = null
        ws.close()
        resolve(outcome)
      }
      const stop = () => finish({kind: 'closed', lived})
      this.abort.signal.addEventListener('abort', stop)
      ws.onmessage = ({data}) => {
        clearTimeout(timer)
        timer = setTimeout(() => finish({kind: 'lost', lived}), SILENCE_MS)
        const frame = JSON.parse(data)
        const messages = Array.isArray(frame) ? frame : [frame]
        if (!lived) {
          lived = true
          this.tell({kind: 'live'})
        }
        if (!this.take(messages)) finish({kind: 'lost', lived})
      }
      ws.onclose = ({code}) => {
        if (code === 1000 && lived) finish({kind: 'ended', lived})
        else finish({kind: REFUSALS[code] ?? 'lost', lived})
      }
    })
  }

  address() {
    const address = new URL(this.paths.socket, location.href)
    address.protocol = address.protocol.replace('http', 'ws')
    address.searchParams.set('since', this.since)
    address.searchParams.set('coalesce', 100)
    return address
  }

  /** Long polls, until one fails, the run ends, or it is time to try a WebSocket again. */
  async byPolling() {
    const probeAt = Date.now() + PROBE_MS
    let lived = false
    while (this.isOpen) {
      if (lived && Date.now() > probeAt) return {kind: 'probe', lived}
      const outcome = await this.pollOnce(lived ? POLL_SECONDS : 0)
      if (outcome.kind !== 'more') return {...outcome, lived}
      if (!lived) this.tell({kind: 'polling'})
      lived = true
    }
    return {kind: 'closed', lived}
  }

  async pollOnce(wait) {
    const query = new URLSearchParams({since: this.since, wait, limit: LARGEST_ANSWER})
    const timeout = AbortSignal.timeout((wait + 30) * 1000)
    try {
      const answer = await fetch(`${this.paths.events}?${query}`, {
        headers: {Accept: 'application/json'},
        signal: AbortSignal.any([this.abort.signal, timeout]),
      })
      if (!answer.ok) {
        const after = Number(answer.headers.get('Retry-After')) || 0
        return {kind: REFUSALS[answer.status] ?? 'lost', after}
      }
      const {messages, next, last, closed} = await answer.json()
      if (!this.isOpen) return {kind: 'closed'}
      if (!this.take(messages)) return {kind: 'lost'}
      return {kind: closed && next === last ? 'ended' : 'more'}
    } catch {
      return {kind: 'lost'}
    }
  }

  /** Hand on what is new. False where something is missing: ask again from where we are. */
  take(messages) {
    const fresh = []
    let isWhole = true
    for (const message of messages) {
      if (message.type === 'connection' || message.type === 'heartbeat') continue
      if (message.sequence <= this.since) continue
      if (message.sequence !== this.since + 1) {
        isWhole = false
        break
      }
      this.since = message.sequence
      fresh.push(message)
    }
    if (fresh.length) this.onMessages(fresh)
    return isWhole
  }
}
