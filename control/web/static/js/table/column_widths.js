// How wide the columns of a table are: as its values need, within bounds, the same in each row.
import {KINDS, isNumeric, textOf} from './column_types.js'

const LEAST = 2.5 // em
const MOST = 20
const GAP = 0.9 // em between two columns
const ARROW = 1.3 // em of a heading that is sorted by
const MARK = 1.2 // em of the mark of a verdict
const WIDTHS = [[/[ijlftI.,:;|'!()[\] -]/, 0.38], [/[mwMW@…]/, 0.95], [/[A-Z_+%<>=–]/, 0.72]]
const LETTER = 0.64 // em; all digits are as wide as the widest, and those of DejaVu Sans are 0.636
const COORDINATE = /:\d[\d,]*(-[\d,]+)?$/ // half of one is none: never cut

const known = new Map() // letter → em

/** @returns {{columns: string, whole: string}} for grid-template-columns, and the width of a row */
export function widths(columns, rows) {
  const ems = columns.map((column) => (column.width ? column.width * LETTER : needed(column, rows)))
  return {
    columns: ems.map((em, at) => `minmax(${em.toFixed(2)}em, ${isNumeric(columns[at]) ? Math.min(em, 5).toFixed(2) : em.toFixed(2)}fr)`).join(' '),
    whole: `${(ems.reduce((sum, em) => sum + em, 0) + GAP * (columns.length + 0.5)).toFixed(2)}em`,
  }
}

function needed(column, rows) {
  const mark = column.type in KINDS ? MARK : 0
  let widest = LEAST
  for (const row of rows) {
    const text = textOf(column, row)
    const em = wide(text) + mark
    if (em > widest) widest = em > MOST && !COORDINATE.test(text) ? Math.max(widest, MOST) : em
  }
  return Math.max(widest, Math.min(wide(column.title) * 1.06 + ARROW, MOST)) // headings are bold
}

/** About how wide a text is, in em, whatever the font of the reader's system. */
function wide(text) {
  let sum = 0
  for (const letter of text) {
    let em = known.get(letter)
    if (em === undefined) known.set(letter, em = WIDTHS.find(([which]) => which.test(letter))?.[1] ?? LETTER)
    sum += em
  }
  return sum
}
