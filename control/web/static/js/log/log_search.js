// The lines of a log that have a text, or a level: found page after page, and as the log grows.
import {LEVELS} from './log_levels.js'

const MOST = 20_000

export class LogSearch {
  /**
   * @param {LogPages} pages
   * @param {{text: string, level: string}} wanted level: this one and what is worse; "" for any
   * @param {() => void} onFound something was found, or looked through
   */
  constructor(pages, {text, level}, onFound) {
    Object.assign(this, {pages, onFound})
    this.text = text.toLowerCase()
    this.worst = Math.max(0, LEVELS.indexOf(level))
    this.found = [] // {page, at, line}
    this.next = {page: 0, at: 0}
    this.isOpen = true
    this.isFull = false
    this.problem = ''
    this.isRunning = false
  }

  /** Part of the log that was looked through. */
  get share() {
    return this.pages.source.pages ? Math.min(1, this.next.page / this.pages.source.pages) : 1
  }

  close() {
    this.isOpen = false
  }

  /** Look through what was not yet; also when the log has grown. */
  async run() {
    if (this.isRunning) {
      this.isAsked = true
      return
    }
    this.isRunning = true
    try {
      do {
        this.isAsked = false
        await this.lookOn()
      } while (this.isAsked && this.isOpen)
    } catch (problem) {
      this.problem = problem.message
    } finally {
      this.isRunning = false
      if (this.isOpen) this.onFound()
    }
  }

  async lookOn() {
    while (this.isOpen && !this.isFull && this.next.page < this.pages.source.pages) {
      const {page} = this.next
      const found = await this.pages.page(page)
      for (; this.next.at < found.lines.length && !this.isFull; this.next.at += 1) {
        const line = found.lines[this.next.at]
        if (!this.matches(line)) continue
        this.found.push({page, at: this.next.at, line})
        this.isFull = this.found.length === MOST
      }
      if (!found.isWhole && page === this.pages.source.pages - 1) return
      if (this.isFull) return
      this.next = {page: page + 1, at: 0}
      this.onFound()
    }
  }

  matches({text, level, rule}) {
    if (LEVELS.indexOf(level) < this.worst) return false
    return !this.text || text.toLowerCase().includes(this.text) || (rule ?? '').toLowerCase().includes(this.text)
  }
}
