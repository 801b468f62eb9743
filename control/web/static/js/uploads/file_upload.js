// One file on its way to the service: in pieces, paused and gone on with, patient with the network.
import {Problem, ask, problemOf, send} from '../common/api.js'
import {headOf, remember} from './upload_memory.js'

const SMALLEST = 1 << 18 // bytes of a piece
const LARGEST = 1 << 24
const PIECE_SECONDS = 1 // what a piece should take
const IN_MEMORY = 256e6 // bytes of a file that is read whole to be summed up
const LONGEST_WAIT = 30 // seconds between tries
const TRIES = 10 // to delete one that the service still holds
const ENDED = ['finished', 'failed', 'removed']

/**
 * `state` is one of: waiting (for its turn), sending, paused, broken (no connection: it tries
 * again), checking (the service compares checksums), finished, failed, removed.
 */
export class FileUpload {
  /**
   * @param {File} file
   * @param {object} options
   * @param {string} options.api address of the uploads
   * @param {object} [options.known] an upload of the service to go on with
   * @param {(upload: FileUpload) => void} options.onChange
   */
  constructor(file, {api, known = null, onChange}) {
    Object.assign(this, {file, api, onChange, name: file.name, size: file.size})
    this.adopt(known)
    this.isResumed = known !== null
    this.state = 'waiting'
    this.message = ''
    this.speed = 0 // bytes a second
    this.step = SMALLEST * 4
    this.failures = 0
  }

  get isEnded() {
    return ENDED.includes(this.state)
  }

  /** Seconds that the rest may take; null where that is not known. */
  get secondsLeft() {
    return this.state === 'sending' && this.speed ? (this.size - this.sent) / this.speed : null
  }

  /** Send what is not there yet. Ends with the state finished, failed, paused or removed. */
  run() {
    this.running = (this.running ?? Promise.resolve()).then(() => this.go()) // never two at once
    return this.running
  }

  async go() {
    if (this.state !== 'waiting') return
    this.cancel = new AbortController()
    this.set('sending')
    this.speed = 0
    this.digest ??= digestOf(this.file)
    while (!this.cancel.signal.aborted) {
      try {
        await this.all()
        return
      } catch (error) {
        if (this.cancel.signal.aborted) return
        if (!await this.isCured(error)) return
      }
    }
  }

  /** Send no more for now. */
  pause() {
    if (this.isEnded || this.state === 'checking') return
    this.cancel?.abort()
    this.set('paused')
  }

  /**
   * Give it up, here and on the service.
   *
   * @throws {Problem} the service does not delete it now
   */
  async remove() {
    this.cancel?.abort()
    this.digest?.worker?.terminate()
    this.digest = null
    try {
      if (this.link) await drop(this.link)
    } catch (error) {
      this.set('failed', error.message)
      throw error
    }
    this.set('removed')
  }

  adopt(known) {
    this.id = known?.id ?? ''
    this.link = known?.link ?? ''
    this.sent = known?.received ?? 0
    if (known) this.name = known.name
  }

  async all() {
    if (this.link) await this.look()
    else await this.announce()
    while (this.sent < this.size && this.state !== 'finished') await this.piece()
    if (this.state === 'finished') return
    this.set('checking')
    const {signal} = this.cancel
    const sha256 = await Promise.race([this.digest.result, aborted(signal)])
    await ask(`${this.link}/finish`, {method: 'POST', body: {sha256}, signal})
    this.set('finished')
  }

  async announce() {
    const head = await headOf(this.file)
    const body = {name: this.file.name, size: this.size}
    this.adopt(await ask(this.api, {method: 'POST', body, signal: this.cancel.signal}))
    remember(this.id, head)
    this.set('sending')
  }

  /** How much is there? */
  async look() {
    const known = await ask(this.link, {signal: this.cancel.signal})
    this.sent = known.received
    if (known.is_finished) this.set('finished')
    else this.set('sending')
  }

  async piece() {
    // read first: that a file cannot be read any more would look like a broken connection
    const body = await this.file.slice(this.sent, this.sent + this.step).arrayBuffer()
    const began = performance.now()
    const headers = {'Upload-Offset': String(this.sent), 'Content-Type': 'application/octet-stream'}
    const answer = await send(this.link, {method: 'PATCH', headers, body, signal: this.cancel.signal})
    if (answer.status === 409 && answer.headers.has('Upload-Offset')) {
      this.sent = Number(answer.headers.get('Upload-Offset'))
      return
    }
    if (!answer.ok) throw await problemOf(answer)
    const {received} = await answer.json()
    this.measure(received - this.sent, (performance.now() - began) / 1000)
    this.sent = received
    this.failures = 0
    this.onChange(this)
  }

  measure(bytes, seconds) {
    const now = bytes / Math.max(seconds, .001)
    this.speed = this.speed ? .7 * this.speed + .3 * now : now
    const wished = Math.min(2 * this.step, this.speed * PIECE_SECONDS)
    this.step = Math.round(Math.min(LARGEST, Math.max(SMALLEST, wished)))
  }

  /** Whether to go on after an error, once its cause may be gone. */
  async isCured(error) {
    if (!(error instanceof Problem)) {
      return this.fail('The file cannot be read any more: it was changed or moved. Choose it again.')
    }
    const isGone = error.status === 404 && this.link
    const isOther = error.status === 422 && this.state === 'checking' && this.isResumed
    if (isGone || isOther) return this.again(isOther)
    if (error.status === 401) return this.fail('You are signed out. Sign in in another window, then go on here.')
    const isPassing = [0, 408, 409, 429].includes(error.status) || error.status >= 500
    if (!isPassing) return this.fail(error.message)
    this.failures += 1
    await this.patience(error)
    return !this.cancel.signal.aborted
  }

  /** From the beginning: it expired, or what was there is of another file of this name. */
  async again(isOther) {
    if (isOther) await drop(this.link)
    this.adopt(null)
    this.isResumed = false
    this.set('sending')
    return true
  }

  async patience(error) {
    const seconds = Math.min(LONGEST_WAIT, 2 ** Math.min(this.failures, 10) * (.5 + Math.random() / 2))
    const why = error.status ? error.message : 'No connection'
    this.set('broken', `${why}. Trying again in ${Math.ceil(seconds)} s.`)
    await new Promise((resolve) => {
      setTimeout(resolve, seconds * 1000)
      addEventListener('online', resolve, {once: true})
      this.cancel.signal.addEventListener('abort', resolve, {once: true})
    })
  }

  fail(message) {
    this.set('failed', message)
    return false
  }

  set(state, message = '') {
    Object.assign(this, {state, message})
    this.onChange(this)
  }
}

/** The SHA-256 of a file, by a worker: {result, worker}. '' where no worker can say. */
function digestOf(file) {
  let worker = null
  const result = new Promise((resolve) => {
    try {
      worker = new Worker(new URL('./sha256_worker.js', import.meta.url), {type: 'module'})
      worker.onmessage = ({data}) => resolve(data.sha256 ?? '')
      worker.onerror = () => resolve('')
      worker.postMessage({file, atOnce: IN_MEMORY})
    } catch {
      resolve('')
    }
  }).finally(() => worker?.terminate())
  return {result, worker}
}

function aborted(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), {once: true}))
}

/** Delete an upload. For a moment after a piece was given up the service may still hold it. */
async function drop(link) {
  for (let tried = 1; ; tried += 1) {
    try {
      await ask(link, {method: 'DELETE'})
      return
    } catch (error) {
      if (error.status === 404) return
      if (error.status !== 409 || tried === TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
