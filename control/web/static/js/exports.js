// Rows as a file: CSV and TSV for spreadsheets and scripts, JSON exactly as they are.
//
// A spreadsheet takes a cell that begins with = + - or @ for a formula, and what is in a table
// somebody else has written. In CSV and TSV such a text gets a ' in front, which spreadsheets
// take for "this is a text"; numbers stay numbers. The service's own exports do the same.
import {element} from './dom.js'
import {pause} from './slices.js'

const FORMULA = /^\s*[=+\-@＝＋－＠]/u
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const KINDS = {
  csv: {type: 'text/csv;charset=utf-8', line: (cells) => `${cells.map(csvCell).join(',')}\r\n`}, // RFC 4180
  tsv: {type: 'text/tab-separated-values;charset=utf-8', line: (cells) => `${cells.map(tsvCell).join('\t')}\n`},
  json: {type: 'application/json'},
}

/** As what rows can be written. */
export const FORMATS = Object.keys(KINDS)

/**
 * Rows as a file.
 *
 * @param {string[]} keys names of the columns
 * @param {Array} rows
 * @param {(row: any) => Array<string|number|boolean|null>} cellsOf its cells, in the order of `keys`
 * @param {'csv'|'tsv'|'json'} format
 * @returns {Promise<Blob>} made in slices, so that the page can be used meanwhile
 */
export async function written(keys, rows, cellsOf, format) {
  const kind = KINDS[format]
  const parts = [format === 'json' ? '[' : kind.line(keys)]
  let slice = ''
  let until = performance.now() + 12
  for (let at = 0; at < rows.length; at += 1) {
    const cells = cellsOf(rows[at])
    if (format === 'json') {
      slice += `${at ? ',' : ''}\n${JSON.stringify(Object.fromEntries(keys.map((key, column) => [key, cells[column]])))}`
    } else slice += kind.line(cells)
    if (performance.now() < until) continue
    parts.push(slice)
    slice = ''
    await pause()
    until = performance.now() + 12
  }
  parts.push(slice)
  if (format === 'json') parts.push(rows.length ? '\n]\n' : ']\n')
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
