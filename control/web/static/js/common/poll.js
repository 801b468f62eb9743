// Asks for the same again and again, and says only what is new (ETag). Rests while nobody looks.
import {Problem, problemOf, send} from './api.js'

const ANSWER_MS = 30_000 // a request that takes longer was lost, such as when a laptop slept
const LONGEST_MS = 60_000

export class Poll {
  /**
   * @param {object} options
   * @param {() => string} options.address what to ask for now
   * @param {() => number} options.pause milliseconds from an answer to the next question
   * @param {(answer: object) => void} options.onAnswer what is new, as JSON
   * @param {(state: {kind: string, seconds?: number, message?: string}) => void} options.onState
   *   live; waiting (and how long) where no answer comes; signed-out; refused (and why)
   */
  constructor({address, pause, onAnswer, onState}) {
    Object.assign(this, {address, pause, onAnswer, onState})
    this.asked = null
    this.tag = null
    this.timer = null
    this.failed = 0
    this.request = null
    addEventListener('visibilitychange', () => { if (document.hidden) this.rest(); else this.now() })
    addEventListener('online', () => this.now())
  }

  /** Ask now; what was asked for before is not waited for any more. */
  async now() {
    this.rest()
    this.request?.abort()
    const request = new AbortController()
    this.request = request
    try {
      await this.ask(AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_MS)]))
    } catch (problem) {
      if (this.request !== request) return // another question was asked meanwhile
      if (!(problem instanceof Problem)) throw problem
      this.hearProblem(problem)
      return
    }
    this.failed = 0
    this.onState({kind: 'live'})
    this.after(this.pause())
  }

  rest() {
    clearTimeout(this.timer)
    this.timer = null
  }

  after(milliseconds) {
    this.rest()
    if (!document.hidden) this.timer = setTimeout(() => this.now(), milliseconds)
  }

  async ask(signal) {
    const address = this.address()
    const has = address === this.asked && this.tag ? {'If-None-Match': this.tag} : {}
    const answer = await send(address, {headers: {Accept: 'application/json', ...has}, signal})
    if (answer.status === 304) return
    if (!answer.ok) throw await problemOf(answer)
    const found = await answer.json().catch(() => { throw new Problem(0, 'the answer broke off') })
    signal.throwIfAborted()
    this.asked = address
    this.tag = answer.headers.get('ETag')
    this.onAnswer(found)
  }

  hearProblem(problem) {
    if (problem.status === 401) return this.onState({kind: 'signed-out'})
    if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
      return this.onState({kind: 'refused', message: problem.message})
    }
    this.failed += 1
    const longest = Math.min(LONGEST_MS, 1000 * 2 ** this.failed)
    const milliseconds = longest * (0.5 + Math.random() / 2)
    this.onState({kind: 'waiting', seconds: Math.round(milliseconds / 1000)})
    this.after(milliseconds)
  }
}
