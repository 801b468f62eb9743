// Signing off a run's QC where its results are: the section that the page came with is moved there,
// kept up to date, and its forms are sent without leaving the page. What somebody has begun to type stays.
//
// The section is the service's own page, read again: so there is one way to draw it.
import {Problem, ask, problemOf, send} from '../common/api.js'
import {element} from '../common/dom.js'
import {showAll} from '../common/times.js'

const FIELDS = ['verdict', 'comment']

export class QcSignOff {
  /**
   * @param {HTMLElement} section of the page
   * @param {object} options
   * @param {string} options.verdicts address of the run's verdicts in the API
   */
  constructor(section, {verdicts}) {
    Object.assign(this, {section, verdicts, isReading: false})
    this.said = element('p', {role: 'status', class: 'unseen'})
    section.addEventListener('submit', (event) => this.submit(event))
    section.after(this.said)
  }

  /** Move to where the results are. */
  moveTo(root) {
    root.prepend(this.section, this.said)
    this.isPlaced = true
    this.nameIt()
  }

  /** Below the tab of QC it is one part of several. */
  nameIt() {
    if (this.isPlaced) this.section.querySelector('h2')?.replaceWith(element('h3', {id: 'qc'}, 'Sign-off'))
  }

  /** Read it again, and show what has changed. */
  async refresh() {
    if (this.isReading) {
      this.isStale = true
      return
    }
    this.isReading = true
    this.isStale = false
    try {
      const answer = await send(pageAddress(), {headers: {Accept: 'text/html'}})
      if (!answer.ok) throw await problemOf(answer)
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const fresh = page.getElementById(this.section.id)
      if (fresh) this.take(document.importNode(fresh, true))
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem // the next refresh tries again
    } finally {
      this.isReading = false
    }
    if (this.isStale) await this.refresh()
  }

  /** Rows that are others now take the places of the old ones. */
  take(fresh) {
    const was = new Map(rowsOf(this.section).map((row) => [sampleOf(row), row]))
    const rows = rowsOf(fresh)
    this.section.hidden = fresh.hidden
    if (was.size === rows.length && rows.every((row) => isSame(was.get(sampleOf(row)), row))) return
    const place = focused(this.section)
    for (const row of rows) {
      const old = was.get(sampleOf(row))
      if (isSame(old, row)) row.replaceWith(old)
      else if (old) carryOver(old, row)
    }
    this.section.replaceChildren(...fresh.childNodes)
    this.nameIt()
    showAll(this.section)
    if (place) this.section.querySelector(place)?.focus()
  }

  async submit(event) {
    const form = event.target
    if (!form.matches('.verdict-form')) return
    event.preventDefault()
    const {sample, verdict, sha256, comment, supersedes} = Object.fromEntries(new FormData(form))
    const button = form.querySelector('button')
    button.disabled = true
    try {
      const body = {sample, verdict, sha256, comment, supersedes: supersedes ? Number(supersedes) : null}
      await ask(this.verdicts, {method: 'POST', body})
      form.reset()
      form.closest('details').open = false
      form.querySelector('[data-note]')?.remove()
      await this.refresh()
      this.said.textContent = `Signed: ${sample} ${verdict}`
      rowsOf(this.section).find((row) => sampleOf(row) === sample)?.querySelector('summary')?.focus()
    } catch (problem) {
      tell(form, problem.message)
    } finally {
      button.disabled = false
    }
  }
}

function pageAddress() {
  const after = new URLSearchParams(location.search).get('after')
  return after ? `${location.pathname}?after=${encodeURIComponent(after)}` : location.pathname
}

function rowsOf(section) {
  return [...section.querySelectorAll('tbody > tr')]
}

function sampleOf(row) {
  return row.querySelector('th').textContent
}

/** What the service said of a row, without what the reader has done with it. */
function made(row) {
  const plain = row.cloneNode(true)
  for (const time of plain.querySelectorAll('time')) time.replaceWith(time.dateTime)
  for (const note of plain.querySelectorAll('[data-note]')) note.remove()
  for (const open of plain.querySelectorAll('details')) open.open = false
  return plain.innerHTML
}

function isSame(old, row) {
  return Boolean(old) && made(old) === made(row)
}

/** A row has changed while somebody may be typing in it: the form stays open, with what they typed. */
function carryOver(old, row) {
  const [from, to] = [old.querySelector('form'), row.querySelector('form')]
  if (!from || !to) return
  const isTyped = FIELDS.some((name) => from.elements[name].value)
  if (!isTyped && !old.querySelector('details').open) return
  row.querySelector('details').open = true
  for (const name of FIELDS) to.elements[name].value = from.elements[name].value
  if (isTyped && differs(from, to)) tell(to, 'This has changed since you began: look at it again before you sign.')
}

function differs(from, to) {
  return ['sha256', 'supersedes'].some((name) => from.elements[name].value !== to.elements[name].value)
}

function tell(form, text) {
  form.querySelector('[data-note]')?.remove()
  form.prepend(element('p', {role: 'alert', 'data-note': ''}, text))
}

/** Where the focus is: a field of a form, found again by its sample. */
function focused(section) {
  const focus = document.activeElement
  const form = section.contains(focus) ? focus.closest('form') : null
  if (!form || !focus.name) return ''
  return `form[aria-label="${CSS.escape(form.getAttribute('aria-label'))}"] [name="${focus.name}"]`
}
