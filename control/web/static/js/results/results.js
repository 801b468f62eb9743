// What a run found: a tab for each view that has something to show, live while it runs.
//
//   const results = new Results(root, told)
//   results.hear(messages)      the next messages of the run
//   results.refresh()           there may be news: files of the results are looked at again
//   results.panel('variants', 'Variants')     a tab of another kind: gives its element to fill
import {ask} from '../common/api.js'
import {element} from '../common/dom.js'
import * as place from '../common/place.js'
import {ResultView} from './result_view.js'
import {beginSignOff} from './sign_off_place.js'
import {Tabs} from '../common/tabs.js'
import {watchVariants} from '../variants/variants_watch.js'

const AGAIN_MS = 10_000

export class Results {
  /**
   * @param {HTMLElement} root
   * @param {object} told the run of the API
   */
  constructor(root, told) {
    Object.assign(this, {root, told, views: new Map(), hearers: []})
    this.trouble = element('p', {class: 'chart-trouble', role: 'status', hidden: true})
    this.tabs = new Tabs({label: 'Results', onChoose: (name) => this.choose(name)})
    root.append(element('h2', {}, 'Results'), this.trouble, this.tabs.node)
    place.onChange(() => this.recall())
    root.addEventListener('click', (event) => followHere(event))
    watchVariants(this, told)
    this.refresh()
  }

  /** @param {object[]} messages the next ones of the run */
  hear(messages) {
    for (const hearer of this.hearers) hearer(messages)
  }

  /** Call `hearer` with the messages that come. */
  onMessages(hearer) {
    this.hearers.push(hearer)
  }

  /**
   * A tab that is not made of the API's views.
   *
   * @returns {HTMLElement} what to fill; the same one for the same name
   */
  panel(name, title) {
    const found = this.tabs.add(name, title, {isLast: true}) // wherever it comes first
    this.root.hidden = false
    this.recall()
    return found
  }

  /** Look what there is, and show what has changed. */
  async refresh() {
    if (this.isAsking) {
      this.isStale = true
      return
    }
    this.isAsking = true
    this.isStale = false
    try {
      this.take(await ask(this.told.links.views))
      this.trouble.hidden = true
    } catch (problem) {
      this.showTrouble(problem)
    }
    this.isAsking = false
    if (this.isStale) this.refresh()
  }

  take({items, chart_library: library}) {
    this.isTold = true
    for (const item of items) {
      let view = this.views.get(item.name)
      if (!view) {
        view = new ResultView(this.tabs.add(item.name, item.title), {run: this.told.run_id, library})
        this.views.set(item.name, view)
      }
      if (item.name === 'qc' && view.wanted?.changed !== item.changed) this.showSignOff(view)
      view.known(item)
    }
    if (items.length) this.root.hidden = false
    this.recall()
  }

  /** What the machine says of samples has changed: so may what people are asked. */
  async showSignOff(view) {
    if (!this.signOff) this.signOff = beginSignOff(this, view.root)
    else (await this.signOff)?.refresh()
  }

  /** The tab that the address names, else the one that is chosen, else the first one. */
  recall() {
    const wanted = place.read('view')
    // which one is the first is known once the API has told of its own
    const name = this.tabs.has(wanted) ? wanted : this.tabs.chosen || (this.isTold ? this.tabs.first : '')
    if (name) this.open(name)
  }

  choose(name) {
    place.write({view: name}, {step: true})
    this.open(name)
  }

  open(name) {
    this.tabs.choose(name)
    this.views.get(name)?.open()
  }

  showTrouble(problem) {
    this.isTold = true
    this.recall()
    if (problem.status === 0 || problem.status >= 500) setTimeout(() => this.refresh(), AGAIN_MS)
    if (!this.views.size) return
    this.trouble.textContent = `The results are not up to date: ${problem.message}`
    this.trouble.hidden = false
  }
}

/** A link to another place of this page (`?…`) is followed without reading the page again. */
function followHere(event) {
  const link = event.target.closest?.('a[href]')
  if (!link?.search || link.origin + link.pathname !== location.origin + location.pathname) return
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  const wanted = [...new URLSearchParams(link.search)]
  // a table that is only opened keeps what was chosen, in it and around it
  const tables = wanted.filter(([name, value]) => name.includes('.') && value !== 'open').map(([name]) => name.slice(0, name.lastIndexOf('.')))
  place.go({...Object.assign({}, ...tables.map(place.cleared)), ...Object.fromEntries(wanted)})
}
