// A table of a results view, folded up until somebody wants it.
import {ask} from '../common/api.js'
import {DataTable} from '../table/data_table.js'
import {counted, element, setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {numberText} from './number_text.js'
import {RowDetail} from './row_detail.js'
import {pause} from '../common/slices.js'
import {list} from '../common/text_list.js'

const SLICE_MS = 12

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
    this.status = element('p', {class: 'faint', role: 'status', hidden: true})
    this.root = element('div')
    this.node = element('details', {class: 'result-table', on: {toggle: () => this.fold()}},
      element('summary', {}, this.title, ' ', this.count), this.status, this.root, this.notes)
    place.onChange((event) => { if (this.node.isConnected) this.recall(event) })
  }

  /** @param {object} told a table as the API has it */
  show(told) {
    const text = JSON.stringify(told)
    if (text === this.text) return
    const isOther = this.told && JSON.stringify(this.told.columns) !== JSON.stringify(told.columns)
    Object.assign(this, {text, told})
    setText(this.title, told.title)
    setText(this.count, counted(told.count ?? told.rows.length, 'row'))
    list(this.notes, told.notes)
    if (isOther && this.table) this.clear()
    if (this.table) this.fillAgain()
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

  /** The reader is led here: the table is what they see. */
  recall({state}) {
    if (!this.told || !state?.led?.some((name) => name === this.place || name.startsWith(`${this.place}.`))) return
    this.node.open = true
    this.fill()
    this.node.scrollIntoView({block: 'start'})
    this.node.firstElementChild.focus({preventScroll: true})
  }

  async fill() {
    if (this.table || this.isReading || !this.told) return
    const {told} = this
    const rows = await this.read()
    if (!rows || this.table) return
    if (told !== this.told) return this.fill()
    const {title, columns, opens} = told
    const detail = this.detail = opens ? new RowDetail({columns, opens}) : null
    this.table = new DataTable(this.root, {
      name: this.file, title, isTitleShown: false, columns: columns.map(asColumn), rows, place: this.place,
      onOpen: detail ? (row) => detail.open(row, this.table.shown) : undefined,
    })
  }

  async fillAgain() {
    const {told} = this
    const rows = await this.read()
    this.detail?.forget()
    if (rows && told === this.told) this.table?.set(rows)
  }

  /** Its rows; of a large table they are asked for. @returns {Promise<object[]|null>} null: they are not to be had */
  async read() {
    if (!this.told.link) return this.told.rows
    this.isReading = true
    this.say('Reading the rows …')
    try {
      const {columns} = await ask(this.told.link)
      this.say('')
      return await asRows(columns)
    } catch (problem) {
      this.say(`The rows cannot be shown: ${problem.message}`)
      return null
    } finally {
      this.isReading = false
    }
  }

  say(text) {
    setText(this.status, text)
    this.status.hidden = !text
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

/** Column by column → row by row, in slices: others have their turn meanwhile. */
async function asRows(columns) {
  const keys = Object.keys(columns)
  const {length} = columns[keys[0]]
  const rows = []
  let until = performance.now() + SLICE_MS
  for (let at = 0; at < length; at += 1) {
    const row = {}
    for (const key of keys) row[key] = columns[key][at]
    rows.push(row)
    if (at % 256 || performance.now() < until) continue
    await pause()
    until = performance.now() + SLICE_MS
  }
  return rows
}
