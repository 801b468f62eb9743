// A table of any number of rows: sorted, filtered, kept in the address, and saved as a file.
//
//   const table = new DataTable(root, {
//     name: 'genes', title: 'Genes', noun: 'gene', place: 'genes',
//     columns: [{key: 'gene', title: 'Gene'}, {key: 'f1', title: 'F1', type: 'percent', help: '…'}],
//     rows, onOpen: (row) => …,
//   })
//   table.add(more)     rows that have come        table.set(rows)     other rows
//
// A page that has one needs data_table.css. Only the rows in sight are in the page.
import {ColumnChoice} from './column_choice.js'
import {isNumeric, keyOf, plainOf, textOf, valueOf} from './column_types.js'
import {widths} from './column_widths.js'
import {DataRows} from './data_rows.js'
import {counted, element, seldom, setText} from '../common/dom.js'
import {save, written} from './exports.js'
import * as place from '../common/place.js'
import {RowOrder} from './row_order.js'
import {saveMenu} from './save_menu.js'
import {readTable, writeTable} from './table_place.js'
import {tooltips} from '../common/tooltip.js'

const CHOOSABLE = ['text', 'verdict', 'finding', undefined]
const SEARCHED = 200 // characters of the text to look for
const MEASURED = 300 // rows that the widths of the columns go by
const SHOW_MS = 150

let tables = 0

/**
 * @typedef {object} Column
 * @property {string} key name in the rows, in files and in the address
 * @property {string} title
 * @property {'text'|'number'|'integer'|'percent'|'verdict'|'finding'|'link'} [type] percent: a share, 0 to 1;
 *   link: an address, or {text, href}
 * @property {string} [help] what it means
 * @property {number} [width] letters; else as its values need
 * @property {boolean} [isFileOnly] it is in files, and not on the page
 * @property {string[]} [choices] its values in their order, where it has few of them
 * @property {boolean} [isChoosable] its values are offered where they are few
 * @property {string} [nothing] what a choice calls rows without a value
 * @property {(row) => any} [value] instead of row[key]
 * @property {(row) => string} [text] what is read and searched
 * @property {(row) => number|string|null} [order] what is sorted by
 * @property {(row) => string|number|null} [plain] what a file gets
 * @property {(cell: HTMLElement, row) => void} [fill] show it otherwise
 */
export class DataTable {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.name of the files that it is saved as
   * @param {string} options.title
   * @param {boolean} [options.isTitleShown] else it is only heard
   * @param {Column[]} options.columns
   * @param {object[]} [options.rows]
   * @param {string} [options.noun] what a row is, one of them
   * @param {(row: object) => void} [options.onOpen] a row was chosen
   * @param {(row: object) => object} [options.record] what JSON has of a row; else its columns
   * @param {string} [options.place] what its state is called in the address; without it is not there
   * @param {string} [options.sort] a key, with "-" for downwards: the order at first
   * @param {string} [options.empty] what is said where there are no rows
   */
  constructor(root, {name, title, isTitleShown = true, columns: all, rows = [], noun = 'row', onOpen, record, place: prefix = '', sort = '', empty = 'Nothing is there yet.'}) {
    const columns = all.filter(({isFileOnly}) => !isFileOnly)
    Object.assign(this, {root, name, title, columns, all, noun, record, prefix, firstSort: sort, empty})
    tables += 1
    this.texts = new WeakMap() // row → what is searched
    this.choices = columns.filter(({type, choices, isChoosable = CHOOSABLE.includes(type)}) => choices || isChoosable)
      .map((column) => new ColumnChoice(column, () => this.change()))
    this.order = new RowOrder({onChange: seldom(() => this.show(), SHOW_MS), onRow: (row) => this.meet(row)})
    this.lines = new DataRows({
      id: `table-${tables}`, columns, onOpen, onSort: (key) => this.sortBy(this.nextSort(key)),
    })
    this.make(isTitleShown)
    this.readPlace()
    if (prefix) place.onChange(() => { if (root.isConnected) this.readPlace() })
    tooltips()
    this.add(rows)
  }

  /** All rows, in the order in which they came. */
  get rows() {
    return this.order.rows
  }

  /** The rows that are shown, in their order. */
  get shown() {
    return this.order.shown
  }

  /** Rows that have come; those that are there stay. @returns {Promise} when they are in their order */
  add(rows) {
    for (const row of rows) this.rows.push(row)
    if (!this.isMeasured) this.measure()
    if (!this.rows.length) this.show()
    return this.order.more()
  }

  /** Other rows than before. @returns {Promise} when they are in their order */
  set(rows) {
    for (const choice of this.choices) choice.reset()
    const done = this.order.set(rows)
    this.measure()
    return done
  }

  /** Some rows have changed in themselves. @returns {Promise} when that is shown */
  changed(rows) {
    for (const row of rows) this.texts.delete(row)
    this.lines.forget()
    return this.order.all()
  }

  make(isTitleShown) {
    const {columns, title} = this
    this.text = element('input', {
      type: 'search', maxlength: SEARCHED, placeholder: 'Filter', 'aria-label': `Filter: ${title}`, on: {input: () => this.change()},
    })
    this.sorter = element('select', {on: {change: () => this.sortBy(this.sorter.value)}}, element('option', {value: ''}, 'as they came'),
      ...columns.flatMap(({key, title: name}) => [
        element('option', {value: key}, `${name} ▲`), element('option', {value: `-${key}`}, `${name} ▼`)]))
    this.summary = element('p', {class: 'faint'})
    this.found = element('p', {class: 'unseen', role: 'status'}) // said when the reader filters, not with each row that comes
    this.nothing = element('p', {class: 'faint data-nothing', hidden: true})
    this.root.classList.add('data-table')
    this.root.append(
      element('p', {id: `${this.lines.id}-title`, class: isTitleShown ? 'table-title' : 'unseen'}, title),
      element('div', {class: 'data-tools'}, this.text, ...this.choices.map(({root}) => root),
        element('label', {class: 'data-sorter'}, 'Order ', this.sorter), saveMenu(title, (format) => this.save(format)), this.summary, this.found),
      this.lines.root, this.nothing)
  }

  /** Save what is shown. */
  async save(format) {
    const {all, record} = this
    const cells = (row) => all.map((column) => plainOf(column, row))
    save(await written({keys: all.map(({key}) => key), rows: this.shown, cells, record, format}), `${this.name}.${format}`)
  }

  /** A new row: its values are counted for the filters. */
  meet(row) {
    for (const choice of this.choices) choice.count(choiceOf(choice.column, row))
  }

  isWanted(row) {
    for (const choice of this.choices) if (!choice.has(choiceOf(choice.column, row))) return false
    return !this.search || this.textOf(row).includes(this.search)
  }

  textOf(row) {
    let text = this.texts.get(row)
    if (text === undefined) {
      const both = (column) => (isNumeric(column) ? `${textOf(column, row)}\n${plainOf(column, row)}` : textOf(column, row))
      text = this.columns.map(both).join('\n').toLowerCase()
      this.texts.set(row, text)
    }
    return text
  }

  /** The reader wants to see something else. */
  change() {
    const choices = new Map(this.choices.map(({column, chosen}) => [column.key, [...chosen]]))
    writeTable(this.prefix, {text: this.text.value.trim(), sort: this.sort, choices}, this.firstSort)
    this.apply().then(() => setText(this.found, this.summaryText))
  }

  apply() {
    this.search = this.text.value.trim().toLowerCase()
    const [key, isDown] = this.sort.startsWith('-') ? [this.sort.slice(1), true] : [this.sort, false]
    const column = this.columns.find((each) => each.key === key)
    this.order.isWanted = (row) => this.isWanted(row)
    this.order.keyOf = column ? (row) => keyOf(column, row) : null
    this.order.isDown = isDown
    this.lines.showSort(key, isDown)
    this.sorter.value = this.sort
    return this.order.all()
  }

  /** Up, down, and then as they came. */
  nextSort(key) {
    return {[key]: `-${key}`, [`-${key}`]: ''}[this.sort] ?? key
  }

  /** @param {string} sort a key, with "-" for downwards; "" as they came */
  sortBy(sort) {
    this.sort = sort
    this.lines.toTop()
    this.change()
  }

  /** Show what the address says. */
  readPlace() {
    const {text, sort, choices} = readTable(this.prefix, this.choices.map(({column}) => column.key), this.firstSort)
    this.text.value = text
    this.sort = sort
    for (const choice of this.choices) choice.values = choices.get(choice.column.key)
    this.apply()
  }

  show() {
    const {shown, rows} = this
    for (const choice of this.choices) choice.show(rows.length)
    setText(this.summary, this.summaryText)
    this.lines.root.hidden = !rows.length
    this.nothing.hidden = Boolean(shown.length)
    setText(this.nothing, rows.length ? `No ${this.noun} fits what you filter by.` : this.empty)
    this.lines.show(shown)
  }

  get summaryText() {
    const {shown, rows} = this
    const all = counted(rows.length, this.noun)
    return shown.length === rows.length ? all : `${shown.length.toLocaleString('en')} of ${all}`
  }

  /** Let columns be as wide as the values of the first rows need. */
  measure() {
    const rows = this.rows.slice(0, MEASURED)
    this.isMeasured = rows.length >= MEASURED
    const {columns, whole} = widths(this.columns, rows)
    this.lines.root.style.setProperty('--columns', columns)
    this.lines.root.style.setProperty('--whole', whole)
  }
}

function choiceOf(column, row) {
  return String(valueOf(column, row) ?? '')
}
