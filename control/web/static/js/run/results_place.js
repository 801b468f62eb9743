// Where the results of a run are shown, as soon as there can be some.
import {seldom} from '../common/dom.js'

const REFRESH_MS = 5000

/** Loads results.js once it is wanted, and hands on to it what the run tells. */
export class ResultsPlace {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    this.results = null
    this.hasBegun = false
    this.unheard = null // what comes while the module is on its way
    this.refreshSoon = seldom(() => this.results?.refresh(), REFRESH_MS)
  }

  /**
   * Show what there is. It may be called as often as something is told of the run.
   *
   * @param {object} told the run of the API
   */
  async begin(told) {
    if (this.hasBegun || told.state === 'queued') return
    this.hasBegun = true
    this.unheard = []
    try {
      const {Results} = await import('../results/results.js')
      this.results = new Results(this.root, told)
      if (this.unheard.length) this.results.hear(this.unheard)
    } catch (problem) {
      console.error(problem) // the rest of the page is of use without
    }
    this.unheard = null
  }

  /** @param {object[]} messages the next ones of the run */
  hear(messages) {
    if (this.results) this.results.hear(messages)
    else this.unheard?.push(...messages)
    if (messages.some(isNews)) this.refreshSoon()
  }
}

/** Whether there may be new files: a job has finished, or the run has ended. */
function isNews({type, data}) {
  if (type === 'rule') return data.state === 'finished'
  return type === 'status' && ['completed', 'failed', 'cancelled'].includes(data.status)
}
