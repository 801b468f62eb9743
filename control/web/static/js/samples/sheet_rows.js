// What a sample sheet holds: columns and rows, and what can be done with them. No page in it.
import {columnsOf, firstColumns, unknownColumn, wrongWith} from './sheet_columns.js'
import {isHeader, namesIn, readTable, writeTable} from './sheet_text.js'

const MOST_UNDONE = 20
const LONG = 2000 // rows, of which fewer earlier states are kept

/** @typedef {{cells: Object<string, string>, problems: Map<string, string>}} Row */

export class SheetRows {
  constructor() {
    this.known = new Map()
    this.order = [] // names of the columns that are shown
    this.list = [emptyRow()]
    this.undone = []
  }

  /** With tabs; row n of a message is `list[n - 2]`. */
  get text() {
    return writeTable(this.order, this.list.map(({cells}) => cells))
  }

  /** Cells with a value, of rows that have any. */
  get filled() {
    return this.list.filter(isFilled).map(({cells}) => Object.fromEntries(Object.entries(cells).filter(([, text]) => text)))
  }

  /** How many rows have a value. */
  get count() {
    return this.list.reduce((sum, row) => sum + isFilled(row), 0)
  }

  /** @returns {import('./sheet_columns.js').Column[]} that are shown */
  get columns() {
    return this.order.map((name) => this.column(name))
  }

  /** All that can be shown. */
  get everyColumn() {
    return [...new Set([...this.known.keys(), ...this.order])].map((name) => this.column(name))
  }

  column(name) {
    return this.known.get(name) ?? unknownColumn(name)
  }

  /** Another analysis: what is filled in stays, and so do its columns. */
  setColumns(schema, needs) {
    this.known = columnsOf(schema)
    const filled = this.order.filter((name) => this.isUsed(name))
    this.show([...firstColumns(this.known, needs), ...filled])
  }

  /** Which columns are shown; in the schema's order, those that it has not at the end. */
  show(names) {
    const known = [...this.known.keys()].filter((name) => names.includes(name))
    this.order = [...known, ...new Set(names.filter((name) => !this.known.has(name)))]
  }

  isUsed(name) {
    return this.list.some(({cells}) => cells[name])
  }

  /** Put a table in the place of everything. */
  replace(table) {
    this.list = []
    if (table.length && this.hasHeader(table)) {
      this.order = []
      this.join(table, 0)
    } else this.spread(table, 0, 0)
    if (!this.list.length) this.list.push(emptyRow())
  }

  /** Take what was pasted into a cell; false where it is no table. */
  paste(index, name, text) {
    const table = readTable(text)
    if (table.length < 2 && (table[0]?.length ?? 0) < 2) return false
    this.keep()
    if (this.hasHeader(table)) this.join(table, index)
    else this.spread(table, index, this.order.indexOf(name))
    return true
  }

  /** Add rows at the end, in the place of empty ones. */
  add(rows) {
    this.show([...this.order, ...rows.flatMap(Object.keys)])
    this.list = [...this.list.filter(isFilled), ...rows.map((cells) => emptyRow(cells))]
  }

  remove(index) {
    this.list.splice(index, 1)
    if (!this.list.length) this.list.push(emptyRow())
  }

  set(row, name, text) {
    row.cells[name] = text
    row.problems.delete(name)
    row.problems.delete('')
  }

  /** The row at a place behind the last one is made. */
  at(index) {
    this.list[index] ??= emptyRow()
    return this.list[index]
  }

  /** Note how it is, before a change that can be undone. */
  keep() {
    const list = this.list.map(({cells}) => emptyRow({...cells}))
    const most = list.length > LONG ? 3 : MOST_UNDONE
    this.undone = [...this.undone, {list, order: [...this.order]}].slice(-most)
  }

  undo() {
    const before = this.undone.pop()
    if (before) Object.assign(this, before)
  }

  /**
   * What is wrong, as far as the schema tells.
   *
   * @param {(id: string) => string} nameOf name of an upload
   * @returns {{row: number, key: string, message: string, hint: string}[]}
   */
  check(nameOf) {
    const found = []
    const samples = new Map()
    this.list.forEach((each, index) => {
      if (!isFilled(each)) return
      const {cells} = each
      const row = index + 2
      const note = (key, message) => found.push({row, key, message, hint: ''})
      for (const column of this.columns) {
        const text = cells[column.name] ?? ''
        const message = column.isRequired && !text ? 'is missing' : wrongWith(column, text, nameOf)
        if (message) note(column.name, message)
      }
      if (samples.has(cells.sample)) note('sample', `the same sample is in row ${samples.get(cells.sample)}`)
      else if (cells.sample) samples.set(cells.sample, row)
    })
    return found
  }

  /** Put problems at their cells; a row has those of columns that are not shown itself. */
  place(problems) {
    for (const row of this.list) row.problems.clear()
    for (const {row, key, message} of problems) {
      const at = this.list[(row ?? 0) - 2]
      const where = this.order.includes(key) ? key : ''
      if (at && !at.problems.has(where)) at.problems.set(where, message)
    }
  }

  hasHeader(table) {
    return isHeader(this.named(table[0]), (name) => this.known.has(name))
  }

  named(header) {
    return namesIn(header, (name) => this.known.has(name))
  }

  /** Add the rows of a table with a header: in the place of an empty row, or at the end. */
  join([written, ...rows], index) {
    const header = this.named(written)
    this.show([...this.order, ...header.filter(Boolean)])
    const pairs = (cells) => header.map((name, at) => [name, cells[at] ?? '']).filter(([name]) => name)
    const made = rows.map((cells) => emptyRow(Object.fromEntries(pairs(cells))))
    const isFree = this.list[index] && !isFilled(this.list[index])
    this.list.splice(isFree ? index : this.list.length, isFree ? 1 : 0, ...made)
    if (!this.list.length) this.list.push(emptyRow())
  }

  /** Write a table without a header over the cells from one on. */
  spread(table, index, first) {
    table.forEach((cells, down) => {
      const row = this.at(index + down)
      cells.forEach((text, right) => {
        const name = this.order[first + right]
        if (name) this.set(row, name, text)
      })
    })
  }
}

function emptyRow(cells = {}) {
  return {cells, problems: new Map()}
}

function isFilled({cells}) {
  return Object.values(cells).some((text) => text.trim())
}
