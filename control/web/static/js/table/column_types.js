// What a column of a table holds: how it is shown, searched, put in order, and written to a file.
import {setText} from '../common/dom.js'
import {external} from '../common/safe_link.js'

const WHOLE = new Intl.NumberFormat('en', {maximumFractionDigits: 0})
const FINE = new Intl.NumberFormat('en', {maximumFractionDigits: 4})
const SHARE = new Intl.NumberFormat('en', {minimumFractionDigits: 2, maximumFractionDigits: 2})
const NUMBERS = ['number', 'integer', 'percent']
const NOTHING = '–'

/** How verdicts are marked, beside their colour. */
const VERDICT_MARKS = {fail: '✗', warn: '!', pass: '✓', none: '?'}
/** Likewise what was found in reads: what is there, what may be there, what was not found. */
const FINDING_MARKS = {
  resistant: '●', detected: '●', inconclusive: '◐', 'other change': '◐', 'insufficient depth': '◌',
  'not assessed': '–', 'not detected': '○',
}
const MARKS = {verdict: VERDICT_MARKS, finding: FINDING_MARKS}
/** Type of a column → its words, from bad to good. */
export const KINDS = Object.fromEntries(Object.entries(MARKS).map(([type, marks]) => [type, Object.keys(marks)]))

/** The value of a row in a column; null where there is none. */
export function valueOf(column, row) {
  const value = column.value ? column.value(row) : row[column.key]
  return value === undefined || value === '' || Number.isNaN(value) ? null : value
}

/** Whether the column holds numbers, which stand at its right edge. */
export function isNumeric(column) {
  return NUMBERS.includes(column.type)
}

/** What is read in a cell, and what the filter looks for; "" where there is nothing. */
export function textOf(column, row) {
  return column.text ? column.text(row) : asText(column.type, valueOf(column, row))
}

/** What a file has of a row: a number as it is, else a text; null where there is nothing. */
export function plainOf(column, row) {
  if (column.plain) return column.plain(row)
  const value = valueOf(column, row)
  if (value === null || typeof value === 'number') return value
  if (typeof value !== 'object') return String(value)
  const isHere = value.href?.startsWith('?') // another place of this page, of no use in a file
  return (isHere ? value.text : value.href ?? value.text) ?? JSON.stringify(value)
}

/** What the rows are put in order by: a number or a text; null comes last, up and down. */
export function keyOf(column, row) {
  if (column.order) return column.order(row)
  const value = valueOf(column, row)
  if (value === null || typeof value === 'number') return value
  const known = KINDS[column.type]
  if (known) return known.includes(value) ? known.indexOf(value) : known.length
  if (isNumeric(column)) return Number.isFinite(Number(value)) ? Number(value) : null
  return typeof value === 'object' ? String(value.text ?? value.href ?? '') : String(value)
}

/** Let a cell show a row. */
export function fill(cell, column, row) {
  if (column.fill) return column.fill(cell, row)
  const text = textOf(column, row)
  if (column.type === 'link') return fillLink(cell, valueOf(column, row), text)
  const marks = MARKS[column.type]
  setText(cell, (marks && text ? `${marks[text] ?? ''} ${text}` : text) || NOTHING)
  cell.classList.toggle('is-missing', !text)
  for (const name of KINDS[column.type] ?? []) cell.classList.toggle(name.replaceAll(' ', '-'), name === text)
}

function fillLink(cell, value, text) {
  const link = external(value?.href ?? value, text)
  cell.replaceChildren(link ?? (text || NOTHING))
  cell.classList.toggle('is-missing', !text)
}

function asText(type, value) {
  if (value === null) return ''
  if (typeof value === 'object') return String(value.text ?? value.href ?? '')
  if (!NUMBERS.includes(type) || !Number.isFinite(Number(value))) return String(value)
  if (type === 'percent') return `${SHARE.format(100 * value)} %`
  if (type === 'integer') return WHOLE.format(value)
  const size = Math.abs(value)
  return size && size < 0.001 ? Number(value).toExponential(2) : FINE.format(value)
}
