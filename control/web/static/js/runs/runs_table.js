// The rows of the list of runs, changed where they stand: focus, selection and scroll stay.
import {RunRow} from './run_row.js'

export class RunsTable {
  /**
   * @param {HTMLTableSectionElement} body
   * @param {object} options
   * @param {HTMLTemplateElement} options.template of a row
   * @param {string} options.home address of the list
   * @param {(row: RunRow, before: string) => void} options.onState a run has another state now
   */
  constructor(body, {template, home, onState}) {
    this.body = body
    this.template = template
    this.home = home
    this.onState = onState
    this.rows = new Map()
    for (const root of body.rows) this.rows.set(root.dataset.run, new RunRow(root, home))
  }

  /** @returns {RunRow[]} in their order */
  get shown() {
    return [...this.body.rows].map((root) => this.rows.get(root.dataset.run))
  }

  /** @param {object[]} runs as the API has them @param {boolean} isOther another list than before */
  show(runs, isOther) {
    const focused = document.activeElement
    const wanted = new Set(runs.map((run) => run.run_id))
    for (const [run_id, row] of this.rows) {
      if (wanted.has(run_id)) continue
      if (row.root.contains(focused)) this.leave(row)
      row.root.remove()
      this.rows.delete(run_id)
    }
    let at = this.body.firstElementChild
    for (const run of runs) {
      const row = this.rowOf(run, isOther)
      if (row.root === at) at = at.nextElementSibling
      else this.body.insertBefore(row.root, at)
    }
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({preventScroll: true})
  }

  rowOf(run, isOther) {
    let row = this.rows.get(run.run_id)
    const before = row?.run?.state
    if (!row) {
      row = new RunRow(this.template.content.firstElementChild.cloneNode(true), this.home)
      this.rows.set(run.run_id, row)
      if (!isOther) row.root.classList.add('is-new')
    }
    row.show(run)
    if (before && before !== run.state) this.onState(row, before)
    return row
  }

  /** The row in focus goes: its neighbour has the focus then. */
  leave(row) {
    const next = row.root.nextElementSibling ?? row.root.previousElementSibling
    next?.querySelector('a').focus({preventScroll: true})
  }

  tick() {
    for (const row of this.rows.values()) if (row.run?.state === 'running') row.tick()
  }

  /** Move the focus to a row so many below the one in focus, or to the first. */
  move(by) {
    const roots = [...this.body.rows]
    const at = roots.findIndex((root) => root.contains(document.activeElement))
    const next = at < 0 ? 0 : Math.max(0, Math.min(roots.length - 1, at + by))
    const link = roots[next]?.querySelector('a')
    link?.focus()
    link?.scrollIntoView({block: 'nearest'})
  }
}
