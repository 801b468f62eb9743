// A table of a results view, folded up until somebody wants it.
import {DataTable} from '../table/data_table.js'
import {counted, element, setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {list} from '../common/text_list.js'

const LEAST_DIGITS = 4
const MOST_DIGITS = 12

export class ResultTable {
  /**
   * @param {object} options
   * @param {string} options.file what it is saved as, without an ending
   * @param {string} options.place what its state is called in the address
   */
  constructor(options) {
    Object.assign(this, options, {table: null, told: null, text: '', wasFolded: false, opensItself: false})
    this.title = element('span')
    this.count = element('span', {class: 'faint'})
    this.notes = element('ul', {class: 'notes'})
    this.root = element('div')
    this.node = element('details', {class: 'result-table', on: {toggle: () => this.fold()}},
      element('summary', {}, this.title, ' ', this.count), this.root, this.notes)
  }

  /** @param {object} told a table as the API has it */
  show(told) {
    const text = JSON.stringify(told)
    if (text === this.text) return
    const isOther = this.told && JSON.stringify(this.told.columns) !== JSON.stringify(told.columns)
    Object.assign(this, {text, told})
    setText(this.title, told.title)
    setText(this.count, counted(told.rows.length, 'row'))
    list(this.notes, told.notes)
    if (isOther && this.table) this.clear()
    if (this.table) this.table.set(told.rows)
    else if (this.isNamed) this.node.open = true
    else if (told.folded === false && !this.wasFolded) {
      this.opensItself = true
      this.node.open = true
    }
    if (this.node.open) this.fill()
  }

  /** Whether the address says something of it: then it is looked at. */
  get isNamed() {
    return [...new URLSearchParams(location.search).keys()].some((key) => key === this.place || key.startsWith(`${this.place}.`))
  }

  fold() {
    if (!this.node.open && place.read(this.place)) place.write({[this.place]: ''})
    if (!this.node.open) this.wasFolded = true
    if (this.node.open) {
      if (!this.isNamed && !this.opensItself) place.write({[this.place]: 'open'})
      this.fill()
    }
  }

  fill() {
    if (this.table || !this.told) return
    const {title, columns, rows} = this.told
    this.table = new DataTable(this.root, {
      name: this.file, title, isTitleShown: false, columns: columns.map(asColumn), rows, place: this.place,
    })
  }

  clear() {
    this.table = null
    this.root.replaceChildren()
  }

  remove() {
    this.node.remove()
  }
}

function asColumn(told) {
  return told.type === 'number' ? {...told, text: (row) => numberText(row[told.key])} : told
}

/** A fraction with four decimals; with more where four would make it look perfect, or nil. */
export function numberText(value) {
  if (value === null || value === undefined) return ''
  if (Math.abs(value) > 1) return value.toLocaleString('en', {maximumFractionDigits: LEAST_DIGITS})
  for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits += 1) {
    const text = value.toFixed(digits)
    if ([0, 1, -1].includes(value) || ![0, 1, -1].includes(Number(text))) return text
  }
  return String(value)
}
