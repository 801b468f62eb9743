// A sample sheet as text: tables as spreadsheets copy them and save them, tabs or commas. Pure.

const MARKS = ['\t', ',', ';']

/**
 * Read a table: tab-separated, or CSV with commas or semicolons, quotes as in RFC 4180.
 * Comments (lines that begin with #) are left out, and so are blank lines at the end.
 *
 * @param {string} text
 * @returns {string[][]} rows of cells, trimmed; [] where there is nothing
 */
export function readTable(text) {
  const plain = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  const mark = markOf(plain)
  const rows = []
  for (const {cells, isQuoted} of records(plain, mark)) {
    if (!isQuoted && cells[0].startsWith('#')) continue
    rows.push(cells.map((cell) => cell.replace(/\s+/g, ' ').trim()))
  }
  while (rows.length && isBlank(rows.at(-1))) rows.pop()
  return rows
}

/**
 * Whether the first row of a table names columns: all that it has are known, or `sample` is one.
 *
 * @param {string[]} row
 * @param {(name: string) => boolean} isKnown
 */
export function isHeader(row, isKnown) {
  const named = row.filter(Boolean)
  return named.includes('sample') || (named.length > 0 && named.every(isKnown))
}

/**
 * The names of columns in a header, as the schema writes them: people write `Sample`, `Small variants`.
 *
 * @param {string[]} row
 * @param {(name: string) => boolean} isKnown
 */
export function namesIn(row, isKnown) {
  const names = row.map((text) => {
    const plain = text.toLowerCase().replace(/[\s-]+/g, '_')
    return !isKnown(text) && (plain === 'sample' || isKnown(plain)) ? plain : text
  })
  return names.map((name, at) => (name !== row[at] && row.includes(name) ? row[at] : name)) // none twice
}

/**
 * The text of a sheet, with tabs: the header, then a line for each row, so that row n of a
 * message is `rows[n - 2]`. Rows without a value are blank lines; those at the end are left out.
 *
 * @param {string[]} columns
 * @param {Object<string, string>[]} rows
 * @returns {string} '' where no row has a value
 */
export function writeTable(columns, rows) {
  const lines = rows.map((row) => {
    const cells = columns.map((name) => cleaned(row[name] ?? ''))
    return cells.some(Boolean) ? cells.join('\t') : ''
  })
  while (lines.length && !lines.at(-1)) lines.pop()
  return lines.length ? `${[columns.join('\t'), ...lines].join('\n')}\n` : ''
}

/** A text that can stand in one cell. */
export function cleaned(text) {
  return text.replace(/\s+/g, ' ').trim()
}

function isBlank(row) {
  return row.every((cell) => !cell)
}

/** What separates cells: a tab where there is any, else what the first line has most of. */
function markOf(text) {
  const first = text.split('\n').find((line) => line.trim() && !line.startsWith('#')) ?? ''
  if (text.includes('\t')) return '\t'
  const count = (mark) => first.split(mark).length
  return MARKS.slice(1).reduce((best, mark) => (count(mark) > count(best) ? mark : best), ',')
}

function* records(text, mark) {
  let cells = []
  let cell = ''
  let isQuoted = false
  let inside = false
  for (let at = 0; at <= text.length; at += 1) {
    const sign = text[at]
    if (inside && sign !== undefined) {
      if (sign !== '"') cell += sign
      else if (text[at + 1] === '"') { cell += '"'; at += 1 } else inside = false
    } else if (sign === '"' && !cell) {
      inside = true
      if (!cells.length) isQuoted = true
    } else if (sign === mark || sign === '\n' || sign === undefined) {
      cells.push(cell)
      cell = ''
      if (sign === mark) continue
      if (sign === '\n' || cells.some(Boolean)) yield {cells, isQuoted}
      cells = []
      isQuoted = false
    } else cell += sign
  }
}
