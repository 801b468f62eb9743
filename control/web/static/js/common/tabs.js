// Tabs with their panels (the ARIA pattern): arrows, Home and End move, only the chosen one is seen.
import {element, setText} from './dom.js'

let made = 0

export class Tabs {
  /**
   * @param {object} options
   * @param {string} options.label
   * @param {(name: string) => void} options.onChoose the reader has chosen one
   */
  constructor({label, onChoose}) {
    this.parts = new Map() // name → {tab, panel}
    this.chosen = ''
    this.onChoose = onChoose
    this.prefix = `tabs-${made += 1}`
    this.list = element('div', {class: 'tabs', role: 'tablist', 'aria-label': label, on: {keydown: (event) => this.press(event)}})
    this.node = element('div', {}, this.list)
  }

  get first() {
    return this.parts.keys().next().value ?? ''
  }

  has(name) {
    return this.parts.has(name)
  }

  /** A tab, made where it is not there; the `isLast` ones stay behind the others. @returns {HTMLElement} its panel */
  add(name, title, {isLast = false} = {}) {
    const known = this.parts.get(name)
    if (known) {
      setText(known.tab, title)
      return known.panel
    }
    const id = `${this.prefix}-${name}`
    const tab = element('button', {
      type: 'button', role: 'tab', id, 'aria-controls': `${id}-panel`, 'aria-selected': 'false', tabindex: -1,
      on: {click: () => this.onChoose(name)},
    }, title)
    const panel = element('div', {class: 'tab-panel', role: 'tabpanel', id: `${id}-panel`, 'aria-labelledby': id, hidden: true})
    const behind = isLast ? [] : [...this.parts].filter(([, part]) => part.isLast)
    for (const [each] of behind) this.parts.delete(each)
    this.parts = new Map([...this.parts, [name, {tab, panel, isLast}], ...behind])
    this.list.insertBefore(tab, behind[0]?.[1].tab ?? null)
    this.node.append(panel)
    return panel
  }

  /** Show one. */
  choose(name) {
    this.chosen = name
    for (const [each, {tab, panel}] of this.parts) {
      tab.setAttribute('aria-selected', String(each === name))
      tab.tabIndex = each === name ? 0 : -1
      panel.hidden = each !== name
    }
  }

  press(event) {
    const names = [...this.parts.keys()]
    const at = names.indexOf(this.chosen)
    const next = {
      ArrowRight: (at + 1) % names.length, ArrowLeft: (at + names.length - 1) % names.length, Home: 0, End: names.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    this.parts.get(names[next]).tab.focus()
    this.onChoose(names[next])
  }
}
