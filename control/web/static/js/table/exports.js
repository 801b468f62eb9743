// Rows as a file: CSV and TSV for spreadsheets and scripts, JSON exactly as they are.
//
// A spreadsheet takes a cell that begins with = + - or @ for a formula, and what is in a table
// somebody else has written. In CSV and TSV such a text gets a ' in front, which spreadsheets
// take for "this is a text"; numbers stay numbers. The service's own exports do the same.
import {element} from '../common/dom.js'
import {pause} from '../common/slices.js'

const FORMULA = /^\s*[=+\-@＝＋－＠]/u
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const KINDS = {
  csv: {type: 'text/csv;charset=utf-8', line: (cells) => `${cells.map(csvCell).join(',')}\r\n`}, // RFC 4180
  tsv: {type: 'text/tab-separated-values;charset=utf-8', line: (cells) => `${cells.map(tsvCell).join('\t')}\n`},
  json: {type: 'application/json'},
}

const SLICE_MS = 12

/** As what rows can be written. */
export const FORMATS = Object.keys(KINDS)

/**
 * Rows as a file.
 *
 * @param {object} options
 * @param {string[]} options.keys names of the columns
 * @param {Array} options.rows
 * @param {(row: any) => Array<string|number|null>} options.cells of a row, in the order of `keys`
 * @param {(row: any) => object} [options.record] of a row for JSON; else its cells by their keys
 * @param {'csv'|'tsv'|'json'} options.format
 * @returns {Promise<Blob>} made in slices, so that the page can be used meanwhile
 */
export async function written({keys, rows, cells, record, format}) {
  const kind = KINDS[format]
  const asObject = record ?? ((row) => Object.fromEntries(cells(row).map((cell, at) => [keys[at], cell])))
  const lineOf = kind.line ? (row) => kind.line(cells(row)) : (row, at) => `${at ? ',' : ''}\n${JSON.stringify(asObject(row))}`
  const parts = [kind.line ? kind.line(keys) : '[']
  let slice = ''
  let until = performance.now() + SLICE_MS
  for (const [at, row] of rows.entries()) {
    slice += lineOf(row, at)
    if (performance.now() < until) continue
    parts.push(slice)
    slice = ''
    await pause()
    until = performance.now() + SLICE_MS
  }
  parts.push(slice, kind.line ? '' : '\n]\n')
  return new Blob(parts, {type: kind.type})
}

/** Let the browser save a file. */
export function save(blob, name) {
  const href = URL.createObjectURL(blob)
  const link = element('a', {href, download: fileName(name)})
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(href), 60_000) // once the browser has begun to read it
}

/** A text that no spreadsheet takes for a formula. */
export function harmless(text) {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
}

function csvCell(value) {
  const text = typeof value === 'string' ? harmless(value) : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A tab, a line end and a backslash are written \t, \n, \\ . */
function tsvCell(value) {
  const text = typeof value === 'string' ? harmless(value) : String(value ?? '')
  return text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}

function fileName(name) {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-')
}
