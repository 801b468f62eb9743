// A bar for each rule: how many of its jobs are in which state.
import {element, setText} from '../common/dom.js'
import {STATES, doneOf, inWords} from './states.js'

/** A bar of states. `show(counts)` sets it. */
export function stateBar() {
  const parts = new Map(STATES.map((state) => [state, element('span', {class: `part ${state}`})]))
  const root = element('span', {class: 'bar', 'aria-hidden': 'true'}, ...parts.values())
  const show = (counts) => {
    for (const [state, part] of parts) part.style.flexGrow = counts[state] ?? 0
  }
  return {root, show}
}

export class RuleBars {
  /**
   * @param {HTMLElement} root
   * @param {(rule: string) => void} onChoose a rule was chosen, or the same one again
   */
  constructor(root, onChoose) {
    this.onChoose = onChoose
    this.list = element('ul', {class: 'rules'})
    this.items = new Map()
    root.append(this.list)
  }

  /**
   * @param {[string, object][]} rules name and counts, in their order
   * @param {string} chosen
   * @param {boolean} isOver the run has ended
   */
  show(rules, chosen, isOver = false) {
    rules.forEach(([rule, counts], at) => {
      const item = this.items.get(rule) ?? this.add(rule)
      item.bar.show(counts)
      setText(item.count, doneOf(counts))
      item.button.title = `${rule}: ${inWords(counts, isOver)}`
      item.button.setAttribute('aria-pressed', rule === chosen)
      item.button.classList.toggle('has-failed', Boolean(counts.failed))
      if (this.list.children[at] !== item.root) this.list.insertBefore(item.root, this.list.children[at] ?? null)
    })
  }

  add(rule) {
    const bar = stateBar()
    const count = element('span', {class: 'count'})
    const button = element('button', {type: 'button', on: {click: () => this.onChoose(rule)}},
      element('span', {class: 'rule-name'}, rule), ' ', count, bar.root)
    const item = {bar, count, button, root: element('li', {}, button)}
    this.items.set(rule, item)
    return item
  }
}
