// Which rows of a table are shown, and in what order: found in slices, however many there are,
// and kept in order as more come.
//
//   const order = new RowOrder({onChange})
//   order.rows.push(...more); order.more()        only the new ones are looked at
//   order.isWanted = (row) => …; order.all()      everything is looked at anew
import {pause} from '../common/slices.js'

const SLICE_MS = 10
const SORT_AT_ONCE = 1000
const compareTexts = new Intl.Collator('en', {numeric: true, sensitivity: 'base'}).compare

export class RowOrder {
  /**
   * @param {object} options
   * @param {() => void} options.onChange `shown` is another one
   * @param {(row: any) => void} [options.onRow] each row once, before it is looked at
   */
  constructor({onChange, onRow = () => {}}) {
    Object.assign(this, {onChange, onRow})
    this.rows = []
    this.shown = []
    this.isWanted = () => true
    this.keyOf = null // null: in the order in which they came
    this.isDown = false
    this.looked = 0 // of these rows `shown` tells
    this.heard = 0 // of these onRow was told
    this.isDue = false
    this.work = null
  }

  /** Other rows. What is shown stays until it is known what of them is shown. */
  set(rows) {
    this.rows = [...rows]
    this.heard = 0
    return this.all()
  }

  /** Look at all rows anew. @returns {Promise} when that is done */
  all() {
    this.isDue = true
    return this.more()
  }

  /** Look at the rows that have come. @returns {Promise} when that is done */
  more() {
    this.work ??= this.go().finally(() => { this.work = null })
    return this.work
  }

  async go() {
    await null // whoever asks may ask for more at once
    while (this.isDue || this.looked < this.rows.length) {
      const isAnew = this.isDue
      this.isDue = false
      const first = isAnew ? 0 : this.looked
      const last = this.rows.length
      this.until = performance.now() + SLICE_MS
      const found = await this.find(first, last)
      const sorted = found && await this.sort(found)
      const shown = sorted && await this.merge(isAnew ? [] : this.shown, sorted)
      if (!shown) continue // something else is wanted by now
      this.looked = last
      this.shown = shown
      this.onChange()
    }
  }

  /** A while for others when it is time; whether this is still what is wanted. */
  async goesOn() {
    if (performance.now() >= this.until) {
      await pause()
      this.until = performance.now() + SLICE_MS
    }
    return !this.isDue
  }

  async find(first, last) {
    const {rows} = this
    const found = []
    for (let at = first; at < last; at += 1) {
      const row = rows[at]
      if (at >= this.heard) {
        this.heard = at + 1
        this.onRow(row)
      }
      if (this.isWanted(row)) found.push(row)
      if (at % 64 === 63 && !(await this.goesOn())) return null
    }
    return found
  }

  async sort(found) {
    if (!this.keyOf) return found
    const keys = this.keyOf
    let runs = []
    for (let at = 0; at < found.length; at += SORT_AT_ONCE) {
      const some = found.slice(at, at + SORT_AT_ONCE).map((row) => [keys(row), row])
      runs.push(some.sort((a, b) => this.compare(a[0], b[0])).map(([, row]) => row))
      if (!(await this.goesOn())) return null
    }
    while (runs.length > 1) {
      const longer = []
      for (let at = 0; at < runs.length; at += 2) {
        const merged = at + 1 < runs.length ? await this.merge(runs[at], runs[at + 1]) : runs[at]
        if (!merged) return null
        longer.push(merged)
      }
      runs = longer
    }
    return runs[0] ?? []
  }

  /** Two lists in order as one; of equals those of the first come first. */
  async merge(left, right) {
    if (!right.length) return left
    if (!left.length || !this.keyOf) return left.concat(right)
    const merged = []
    let [i, j, steps] = [0, 0, 0]
    let [a, b] = [this.keyOf(left[0]), this.keyOf(right[0])]
    while (i < left.length && j < right.length) {
      if (this.compare(a, b) <= 0) {
        merged.push(left[i])
        i += 1
        if (i < left.length) a = this.keyOf(left[i])
      } else {
        merged.push(right[j])
        j += 1
        if (j < right.length) b = this.keyOf(right[j])
      }
      steps += 1
      if (steps % 256 === 0 && !(await this.goesOn())) return null
    }
    return merged.concat(left.slice(i), right.slice(j))
  }

  /** Nothing comes last, whichever way. */
  compare(a, b) {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : compareTexts(String(a), String(b))
    return this.isDown ? -order : order
  }
}
