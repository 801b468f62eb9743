// Runs that are selected in the list, and what can be done with them together.
import {ask} from '../common/api.js'
import {confirmation} from '../common/confirmation.js'
import {counted, element, setText} from '../common/dom.js'
import {nameOf} from './run_row.js'

const ACTS = {
  cancel: {
    does: 'Cancel', done: 'cancelled', effect: 'Jobs that are running are interrupted.',
    others: 'cannot be cancelled, as they have ended or belong to somebody else, and stay as they are',
  },
  delete: {
    does: 'Delete', done: 'deleted', effect: 'All their results go with them, for ever.',
    others: 'cannot be deleted, as they have not ended or belong to somebody else, and stay as they are',
  },
}
const AT_ONCE = 1000 // as the API takes them

export class RunsSelection {
  /**
   * @param {HTMLFormElement} form with the rows and the buttons
   * @param {object} options
   * @param {HTMLElement} options.outcome where it is told what was done
   * @param {import('./runs_table.js').RunsTable} options.table
   * @param {string} options.runs address of the API's list
   * @param {string} options.compare address of the page that compares
   * @param {() => void} options.onDone something was done
   */
  constructor(form, {outcome, table, runs, compare, onDone}) {
    Object.assign(this, {form, outcome, table, runs, compare, onDone})
    this.selected = new Map()
    this.last = null
    const part = (name) => form.querySelector(`[data-part="${name}"]`)
    const button = (name) => form.querySelector(`[data-bulk="${name}"]`)
    this.said = part('selected')
    this.all = part('all')
    this.buttons = {cancel: button('cancel'), delete: button('delete')}
    this.compareButton = button('compare')
    this.clearButton = button('clear')
    this.confirmation = confirmation()
    document.body.append(this.confirmation.root)
    this.listen()
    this.show()
  }

  listen() {
    this.said.classList.remove('unscripted')
    this.all.hidden = false
    this.all.addEventListener('change', () => this.select(this.table.shown, this.all.checked))
    for (const [name, button] of Object.entries(this.buttons)) {
      button.hidden = false
      button.addEventListener('click', () => this.act(name))
    }
    this.clearButton.addEventListener('click', () => this.clear())
    this.form.addEventListener('click', (event) => this.hearClick(event))
    this.form.addEventListener('submit', (event) => {
      event.preventDefault() // also Enter on a box, which is no wish to compare
      if (event.submitter === this.compareButton && this.selected.size === 2) this.goCompare()
    })
  }

  hearClick(event) {
    const box = event.target.closest('tbody input[type="checkbox"]')
    if (!box) return
    const rows = this.table.shown
    const at = rows.findIndex((row) => row.box === box)
    const from = event.shiftKey ? rows.findIndex((row) => row.run?.run_id === this.last) : -1
    const [first, end] = from < 0 ? [at, at] : [Math.min(at, from), Math.max(at, from)]
    this.select(rows.slice(first, end + 1), box.checked)
    this.last = rows[at].run?.run_id
  }

  get size() {
    return this.selected.size
  }

  /** What was selected before it was known what can be done with it. */
  adopt() {
    this.select(this.table.shown.filter((row) => row.box.checked), true)
  }

  /** Select or leave some rows. */
  select(rows, isOn) {
    for (const {run} of rows) {
      if (!run) continue // the page is still as the service made it
      if (isOn) this.selected.set(run.run_id, run)
      else this.selected.delete(run.run_id)
    }
    this.show()
  }

  toggle(row) {
    if (!row?.run) return
    this.select([row], !this.selected.has(row.run.run_id))
    this.last = row.run.run_id
  }

  clear() {
    this.selected.clear()
    this.show()
    this.all.focus()
  }

  /** As the selection and the rows are now. */
  show() {
    const rows = this.table.shown
    let here = 0
    for (const row of rows) {
      if (!row.run) continue
      const isOn = this.selected.has(row.run.run_id)
      if (isOn) this.selected.set(row.run.run_id, row.run) // what can be done with it may have changed
      row.box.checked = isOn
      row.root.classList.toggle('is-selected', isOn)
      here += isOn
    }
    this.all.checked = here > 0 && here === rows.length
    this.all.indeterminate = here > 0 && here < rows.length
    const {size} = this.selected
    const away = size > here ? `, ${size - here} of them not on this page` : ''
    setText(this.said, size ? `${size.toLocaleString('en')} selected${away}` : 'Select runs to cancel, delete or compare them')
    for (const [name, button] of Object.entries(this.buttons)) this.showButton(name, button)
    this.compareButton.disabled = size !== 2
    this.compareButton.title = size === 2 ? '' : 'Select two runs'
    this.clearButton.hidden = !size
  }

  showButton(name, button) {
    const able = this.able(name).length
    button.disabled = !able
    setText(button, able ? `${ACTS[name].does} ${able.toLocaleString('en')}` : ACTS[name].does)
  }

  able(name) {
    return [...this.selected.values()].filter((run) => run.actions.includes(name))
  }

  goCompare() {
    const [a, b] = [...this.selected.keys()].sort()
    location.assign(`${this.compare}?a=${a}&b=${b}`)
  }

  async act(name) {
    const {does, effect, others} = ACTS[name]
    const runs = this.able(name)
    const rest = this.selected.size - runs.length
    const isSure = await this.confirmation.ask(`${does} ${counted(runs.length, 'run')}? ${effect}`,
      `${does} ${counted(runs.length, 'run')}`,
      {names: runs.map(nameOf), note: rest ? `${counted(rest, 'other')} of those that are selected ${others}.` : ''})
    if (!isSure) return
    this.buttons[name].disabled = true
    const ids = runs.map((run) => run.run_id)
    const outcomes = []
    try {
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const body = {run_ids: ids.slice(at, at + AT_ONCE)}
        outcomes.push(...(await ask(`${this.runs}/${name}`, {method: 'POST', body})).items)
      }
      this.tell(name, outcomes)
    } catch (problem) {
      this.tell(name, outcomes, problem.message)
    }
    this.show()
    this.onDone()
  }

  /** What came of each; what was done is not selected any more. */
  tell(name, outcomes, problem = '') {
    const refused = outcomes.filter((each) => !each.done)
    const done = outcomes.length - refused.length
    const parts = []
    if (done) parts.push(element('p', {}, `${counted(done, 'run')} ${ACTS[name].done}.`))
    if (refused.length) {
      parts.push(element('p', {class: 'bad'}, `${counted(refused.length, 'run')} could not be ${ACTS[name].done}:`),
        element('ul', {}, ...refused.map(({run_id, problem: why}) => element('li', {},
          `${nameOf(this.selected.get(run_id) ?? {run_id})}: ${why.detail}${why.hint ? ` (${why.hint})` : ''}`))))
    }
    if (problem) parts.push(element('p', {class: 'bad'}, problem))
    const away = element('button', {type: 'button', on: {click: () => this.outcome.replaceChildren()}}, 'Close')
    this.outcome.replaceChildren(...parts, ...(refused.length || problem ? [away] : []))
    for (const {run_id, done: isDone} of outcomes) if (isDone) this.selected.delete(run_id)
  }
}
