// How wide the columns of a table are: as its values need, within bounds, the same in each row.
import {KINDS, isNumeric, textOf} from './column_types.js'

const LEAST = 4
const MOST = 36
const LETTER = 0.56 // em of a letter, about
const DIGIT = 0.65 // all digits are as wide as the widest
const GAP = 0.9 // em between two columns
const MARK = 3 // letters for the arrow of a heading

/** @returns {{columns: string, whole: string}} for grid-template-columns, and the width of a row */
export function widths(columns, rows) {
  const letters = columns.map((column) => column.width ?? needed(column, rows))
  const ems = letters.map((count, at) => count * (isNumeric(columns[at]) ? DIGIT : LETTER))
  return {
    columns: ems.map((em, at) => `minmax(${em.toFixed(2)}em, ${isNumeric(columns[at]) ? Math.min(em, 5).toFixed(2) : em.toFixed(2)}fr)`).join(' '),
    whole: `${(ems.reduce((sum, em) => sum + em, 0) + GAP * (columns.length + 0.5)).toFixed(2)}em`,
  }
}

function needed(column, rows) {
  let longest = LEAST
  for (const row of rows) longest = Math.max(longest, textOf(column, row).length + (column.type in KINDS ? 2 : 0))
  return Math.min(Math.max(longest, column.title.length + MARK), MOST)
}
