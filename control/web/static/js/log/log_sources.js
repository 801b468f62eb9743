// Where the lines of a log come from, page by page: bytes of a file, or messages of the run.
//
// A source has `pages` (how many there are now) and `read(page)`, which gives
// {lines, isWhole}: isWhole is false for the last page, which may grow.
import {ask, problemOf, send} from '../common/api.js'
import {levelOf} from './log_levels.js'

export const PAGE_BYTES = 256 * 1024
export const PAGE_MESSAGES = 1000
const OVERLAP = 64 * 1024 // of a line that goes on in the next page
const LONGEST = 4000 // characters of a line that are shown
const NEWLINE = 10
// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g
// what is not seen, or turns the order of letters round
// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A line as it is shown: of one that was written over itself (progress) the last state. */
export function shown(text) {
  let line = text.endsWith('\r') ? text.slice(0, -1) : text
  if (line.includes('\r')) line = line.slice(line.lastIndexOf('\r') + 1)
  if (line.includes('\u001b')) line = line.replace(COLOURS, '')
  line = line.replace(HIDDEN, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)
  if (line.length <= LONGEST) return line
  return `${line.slice(0, LONGEST)}… (${line.length.toLocaleString('en')} characters: see the file)`
}

/** A log file, by byte ranges. A line is of the page in which it begins. */
export class FileLog {
  /** @param {string} address of the file */
  constructor(address) {
    this.address = address
    this.size = 0
  }

  /** Lines of a page that nobody has read. */
  get guess() {
    return Math.min(this.size, PAGE_BYTES) / 80
  }

  hasAll() {
    return true // until it grows, which LogPages.grown is told
  }

  get pages() {
    return Math.ceil(this.size / PAGE_BYTES)
  }

  /**
   * See how long it is now.
   *
   * @returns {Promise<'same'|'longer'|'another'>} another: it was begun anew
   */
  async refresh() {
    const answer = await send(this.address, {method: 'HEAD'})
    if (answer.status !== 404 && !answer.ok) throw await problemOf(answer)
    const size = answer.ok ? Number(answer.headers.get('Content-Length')) : 0
    const before = this.size
    this.size = size
    return size === before ? 'same' : size > before ? 'longer' : 'another'
  }

  async read(page) {
    const start = page * PAGE_BYTES
    const from = Math.max(0, start - 1) // was it a line's end?
    const until = Math.min(this.size, start + PAGE_BYTES + OVERLAP)
    if (from >= until) return {lines: [], isWhole: false}
    const answer = await send(this.address, {headers: {Range: `bytes=${from}-${until - 1}`}})
    if (answer.status === 416) return {lines: [], isWhole: false}
    if (!answer.ok) throw await problemOf(answer)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    const texts = linesOf(bytes, start - from, Math.min(bytes.length, start - from + PAGE_BYTES))
    return {
      lines: texts.map((text) => ({text: shown(text), level: levelOf(text)})),
      isWhole: this.size > start + PAGE_BYTES + OVERLAP,
    }
  }
}

/** The lines that begin in bytes `start` (the one before it is there, unless it is 0) to `end`. */
function linesOf(bytes, start, end) {
  let first = start
  if (start > 0 && bytes[start - 1] !== NEWLINE) {
    first = bytes.indexOf(NEWLINE, start) + 1
    if (first === 0 || first >= end) return []
  }
  let last = bytes.indexOf(NEWLINE, end - 1)
  if (last === -1) last = bytes.length
  const texts = new TextDecoder().decode(bytes.subarray(first, last)).split('\n')
  return first === last && bytes[first] !== NEWLINE ? [] : texts
}

/** The log messages of a run, all jobs together, by sequence. */
export class MessageLog {
  /** @param {string} address of the run's events @param {number} last sequence of the newest */
  constructor(address, last) {
    Object.assign(this, {address, last})
  }

  get guess() {
    return Math.min(this.last, PAGE_MESSAGES) / 2
  }

  /** Messages that came while a page was read are missing there. */
  hasAll(page, {until}) {
    return until >= Math.min((page + 1) * PAGE_MESSAGES, this.last)
  }

  get pages() {
    return Math.ceil(this.last / PAGE_MESSAGES)
  }

  async refresh() {
    return 'same' // what is new is heard
  }

  async read(page) {
    const lines = []
    const end = (page + 1) * PAGE_MESSAGES
    let since = page * PAGE_MESSAGES
    while (since < Math.min(end, this.last)) {
      const query = new URLSearchParams({since, limit: end - since})
      const {messages, next} = await ask(`${this.address}?${query}`)
      if (next === since) break
      for (const message of messages) if (message.type === 'log') lines.push(lineOf(message))
      since = next
    }
    return {lines, isWhole: since === end, until: since}
  }

  /**
   * Hear of messages as they come.
   *
   * @param {(page: number) => ({lines: object[], until: number}|undefined)} pageOf what is kept
   */
  hear(messages, pageOf) {
    for (const message of messages) {
      this.last = Math.max(this.last, message.sequence)
      const kept = pageOf(Math.floor((message.sequence - 1) / PAGE_MESSAGES))
      if (kept?.until !== message.sequence - 1) continue
      kept.until = message.sequence
      if (message.type === 'log') kept.lines.push(lineOf(message))
    }
  }
}

function lineOf({data, timestamp}) {
  const {line, level, rule, wildcards, jobid, source} = data
  return {text: shown(line), level, timestamp, jobid, rule: rule ?? source, wildcards}
}
