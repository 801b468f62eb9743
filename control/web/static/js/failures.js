// What went wrong, the first thing first: message, hint, and the end of the right log.
import {ask, send} from './api.js'
import {counted, element, wildcardText} from './dom.js'

const SHOWN = 20
const OPEN = 1 // the others open by a click: the first failure is mostly the one that matters
const LOG_BYTES = 4096
const LOG_LINES = 15

export class Failures {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {(job: object) => void} options.onOpen the whole log of a job is wanted
   * @param {(run: object) => void} options.onChange what the API said of the run after a redrive
   */
  constructor(root, {onOpen, onChange}) {
    Object.assign(this, {root, onOpen, onChange})
    this.shown = ''
    this.letters = new Map()
    this.asked = ''
  }

  /** Show the failed jobs, and errors of the run itself. `told` is the run of the API. */
  async show(jobs, errors, told) {
    const canRedrive = told.actions.includes('redrive')
    const now = JSON.stringify([canRedrive, jobs.length, jobs.slice(0, SHOWN).map((job) => [job.key, job.attempt, job.error]), errors])
    if (now === this.shown) return
    this.shown = now
    this.root.hidden = !jobs.length && !errors.length
    if (this.root.hidden) return
    await this.findLetters(jobs, told)
    if (now !== this.shown) return // something else has failed meanwhile
    const open = new Set([...this.root.querySelectorAll('details[open]')].map(({dataset}) => dataset.job))
    this.root.replaceChildren(
      element('h2', {}, told.state === 'running' ? 'What went wrong so far' : 'What went wrong'),
      ...errors.slice(0, SHOWN).map((error) => element('div', {class: 'failure'}, ...words(error))),
      ...jobs.slice(0, SHOWN).map((job, at) => this.card(job, told, at < OPEN || open.has(job.key), canRedrive)),
      jobs.length > SHOWN ? element('p', {}, `and ${counted(jobs.length - SHOWN, 'more job')}: see the jobs below`) : '')
  }

  /** The dead letters have hints, and can be redriven. */
  async findLetters(jobs, told) {
    const wanted = jobs.map((job) => `${job.key}.${job.attempt}`).join()
    if (!jobs.length || wanted === this.asked) return
    try {
      const {items} = await ask(told.links.dead_letters)
      this.letters = new Map(items.filter(({resolved}) => !resolved).map((letter) => [workOf(letter), letter]))
      this.asked = wanted
    } catch {
      // without them there is less to read, nothing else; asked again at the next change
    }
  }

  card(job, told, isOpen, canRedrive) {
    const letter = this.letters.get(workOf(job))
    const error = job.error ?? {message: job.message, error_class: letter?.error_class}
    const log = element('pre', {class: 'log-end', hidden: true, tabindex: 0, 'aria-label': 'End of the log'})
    const trouble = element('p', {role: 'alert', hidden: true})
    const buttons = [element('button', {type: 'button', on: {click: () => this.onOpen(job)}}, 'Whole log')]
    if (canRedrive && letter) {
      const redrive = element('button', {type: 'button'}, 'Try this job again')
      redrive.addEventListener('click', () => this.redrive(letter, redrive, trouble))
      buttons.push(redrive)
    }
    const hint = element('div')
    const card = element('details', {class: 'failure', 'data-job': job.key},
      element('summary', {}, element('strong', {}, job.rule || `job ${job.jobid}`), ` ${wildcardText(job.wildcards)}`,
        job.failures > 1 ? ` (${job.failures} tries)` : ''),
      ...words(error), hint, log, element('p', {class: 'buttons'}, ...buttons), trouble)
    let isRead = false
    const read = () => {
      if (!card.open || isRead) return
      isRead = true
      readEnd(job, told, log)
      if (letter && !error.hint) readHint(letter, hint)
    }
    card.addEventListener('toggle', read)
    card.open = isOpen
    return card
  }

  async redrive(letter, button, trouble) {
    button.disabled = true
    try {
      this.onChange(await ask(`${letter.link}/redrive`, {method: 'POST'}))
    } catch (problem) {
      trouble.textContent = problem.message
      trouble.hidden = false
      button.disabled = false
    }
  }
}

/** Address of a job's log. */
export function logAddress(job, told) {
  return `${told.links.jobs}/${job.jobid}/log?process=${job.process}`
}

async function readEnd(job, told, log) {
  try {
    const address = logAddress(job, told)
    const size = Number((await send(address, {method: 'HEAD'})).headers.get('Content-Length'))
    if (!size) return
    const start = Math.max(0, size - LOG_BYTES)
    const answer = await send(address, {headers: {Range: `bytes=${start}-`}})
    if (!answer.ok) return
    const lines = (await answer.text()).split('\n')
    if (start) lines.shift() // it begins somewhere within a line
    if (lines.at(-1) === '') lines.pop()
    log.textContent = lines.slice(-LOG_LINES).join('\n')
    log.hidden = !log.textContent
  } catch {
    // it has no log, or not any more: message and hint are there
  }
}

async function readHint(letter, place) {
  try {
    const {error} = await ask(letter.link)
    if (error.hint) place.append(element('p', {class: 'hint'}, error.hint))
  } catch {
    // the letter is gone: the job may have succeeded since
  }
}

function words({message, hint, error_class: errorClass}) {
  const kind = {transient: 'may pass by itself', permanent: 'will not pass by itself'}[errorClass]
  return [
    element('p', {class: 'said'}, message || 'It says nothing.', kind ? element('small', {}, kind) : ''),
    hint ? element('p', {class: 'hint'}, hint) : '',
  ]
}

function workOf({rule, wildcards}) {
  const sorted = Object.entries(wildcards).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([rule, sorted])
}
