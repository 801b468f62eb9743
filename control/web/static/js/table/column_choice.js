// Which values of a column are shown: a list with boxes, for columns of few different values.
import {KINDS} from './column_types.js'
import {element, setText} from '../common/dom.js'
import {popup} from '../common/popup.js'

/** More different values than that are looked for by text. */
export const MOST_CHOICES = 12
const LONGEST = 40 // characters of what is chosen that are shown

export class ColumnChoice {
  /**
   * @param {object} column of the table: its `choices` are the order of the values, where they have one
   * @param {() => void} onChange other values are chosen
   */
  constructor(column, onChange) {
    Object.assign(this, {column, onChange})
    this.chosen = new Set()
    this.boxes = new Map() // value → what stands for it
    this.rows = 0
    this.reset()
    this.summary = element('summary', {}, column.title)
    this.list = element('fieldset', {}, element('legend', {class: 'unseen'}, column.title))
    this.clear = element('button', {type: 'button', class: 'link', on: {click: () => this.choose([])}}, 'Show all')
    this.root = popup({hidden: true}, this.summary, this.list, this.clear)
  }

  /** A row has this value. */
  count(value) {
    if (this.isMany) return
    this.counts.set(value, (this.counts.get(value) ?? 0) + 1)
    this.isMany = this.counts.size > MOST_CHOICES
  }

  /** No row was counted yet. */
  reset() {
    this.counts = new Map() // value → rows that have it
    this.isMany = false
  }

  /** Whether a row with this value is shown. */
  has(value) {
    return !this.chosen.size || this.chosen.has(value)
  }

  /** @param {string[]} values what is chosen; none of them: all are shown */
  set values(values) {
    this.chosen = new Set(values)
    this.show(this.rows)
  }

  choose(values) {
    this.values = values
    this.onChange()
  }

  /** Show what was counted; `rows` is how many rows there are. */
  show(rows) {
    this.rows = rows
    this.root.hidden = !this.isOffered && !this.chosen.size
    if (this.root.hidden) return
    const values = this.listed()
    for (const [at, value] of values.entries()) {
      const box = this.boxes.get(value) ?? this.makeBox(value)
      const before = this.list.children[at + 1] ?? null // after the legend
      if (before !== box.label) this.list.insertBefore(box.label, before)
      box.input.checked = this.chosen.has(value)
      setText(box.count, (this.counts.get(value) ?? 0).toLocaleString('en'))
    }
    for (const [value, {label}] of this.boxes) {
      if (values.includes(value)) continue
      label.remove()
      this.boxes.delete(value)
    }
    const words = values.filter((value) => this.chosen.has(value)).map((value) => this.named(value)).join(', ')
    setText(this.summary, words ? `${this.column.title}: ${cut(words)}` : this.column.title)
    this.root.classList.toggle('is-chosen', Boolean(words))
    this.clear.disabled = !words
  }

  /** Whether it helps to choose: few values, each of several rows, or of a known kind. */
  get isOffered() {
    const {size} = this.counts
    const isKind = this.column.type in KINDS || this.column.choices
    return !this.isMany && size > 1 && (isKind || this.rows >= 2 * size)
  }

  listed() {
    const order = this.column.choices ?? KINDS[this.column.type] ?? []
    const rank = (value) => (order.includes(value) ? order.indexOf(value) : order.length)
    return [...new Set([...this.counts.keys(), ...this.chosen])]
      .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', {numeric: true}))
  }

  named(value) {
    return value || (this.column.nothing ?? 'nothing')
  }

  makeBox(value) {
    const input = element('input', {type: 'checkbox', on: {change: () => {
      if (input.checked) this.chosen.add(value)
      else this.chosen.delete(value)
      this.choose([...this.chosen])
    }}})
    const count = element('span', {class: 'faint count'})
    const label = element('label', {}, input, element('span', {}, this.named(value)), count)
    const box = {label, input, count}
    this.boxes.set(value, box)
    return box
  }
}

function cut(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}
