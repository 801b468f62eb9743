// Whether a run tells of variants: those of before the page was opened, and those that come.
// Their tab, and what draws it, is loaded with the first one.
import {ask} from '../common/api.js'

const TYPES = ['variant_update', 'variant_error']
const AT_ONCE = 2000 // messages of one answer
const AGAIN_MS = 5000

/**
 * Give the results of a run a tab with its variants, once there are some.
 *
 * @param {import('../results/results.js').Results} results
 * @param {object} told the run of the API
 */
export function watchVariants(results, told) {
  const watch = new VariantsWatch(told, async () => {
    const {VariantsView} = await import('./variants_view.js')
    return new VariantsView(results.panel('variants', 'Variants'), {name: told.run_id})
  })
  results.onMessages((messages) => watch.hear(messages))
}

export class VariantsWatch {
  /**
   * @param {object} told the run of the API
   * @param {() => Promise<{hear: Function, complain: Function}>} makeView there is a first variant
   */
  constructor(told, makeView) {
    Object.assign(this, {events: told.links.events, makeView, upTo: told.last_sequence, since: 0})
    this.unheard = []
    this.read()
  }

  /** Messages of any types, as they come. */
  hear(messages) {
    if (!this.isHearing && messages.length) {
      this.isHearing = true
      this.upTo = Math.max(this.upTo, messages[0].sequence - 1) // what nobody has told us
      this.read()
    }
    this.take(messages.filter(({type}) => TYPES.includes(type)))
  }

  take(messages) {
    if (!messages.length) return
    if (this.view) return this.view.hear(messages)
    for (const message of messages) this.unheard.push(message)
    this.loading ??= this.load()
  }

  async load() {
    try {
      this.view = await this.makeView()
    } catch (problem) {
      console.error(problem)
      this.loading = null // the next message tries again
      return
    }
    this.view.hear(this.unheard)
    this.unheard = []
    if (this.trouble) this.view.complain(this.trouble)
    if (this.hasRead) this.view.heardAll()
  }

  /** What was told before the page was opened. */
  async read() {
    if (this.isReading) return
    this.isReading = true
    try {
      while (this.since < this.upTo) {
        const query = TYPES.map((type) => `type=${type}`).join('&')
        const {messages, next} = await ask(`${this.events}?${query}&since=${this.since}&limit=${AT_ONCE}`)
        this.take(messages)
        if (next <= this.since) break
        this.since = next
      }
      this.hasRead = true
      this.view?.heardAll()
    } catch (problem) {
      if (problem.status >= 400 && problem.status < 500) {
        this.trouble = `The variants of before could not be read: ${problem.message}`
        this.view?.complain(this.trouble)
      } else setTimeout(() => this.read(), AGAIN_MS)
    }
    this.isReading = false
  }
}
