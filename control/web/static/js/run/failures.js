// What went wrong, the first thing first: message, hint, and the end of the right log.
import {ask, send} from '../common/api.js'
import {endOf} from './cluster.js'
import {counted, element, wildcardText} from '../common/dom.js'
import {show as showTime} from '../common/times.js'

const SHOWN = 20
const OPEN = 1 // the others open by a click: the first failure is mostly the one that matters
const LOG_BYTES = 4096
const LOG_LINES = 15
const AGAIN_MS = 1500
const TRIES = 5

export class Failures {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {(job: object) => void} options.onOpen the whole log of a job is wanted
   * @param {(run: object) => void} options.onChange what the API said of the run after a redrive
   * @param {() => void} options.onStale there may be more to tell: show it again
   */
  constructor(root, {onOpen, onChange, onStale}) {
    Object.assign(this, {root, onOpen, onChange, onStale})
    this.shown = ''
    this.letters = new Map()
    this.known = new Map() // "process/jobid" → what the API says of the failure
    this.asked = ''
  }

  /** Show the failed jobs, and errors of the run itself. `told` is the run of the API. */
  async show(jobs, errors, told) {
    const canRedrive = told.actions.includes('redrive')
    const isRunning = told.state === 'running'
    const now = JSON.stringify([isRunning, canRedrive, jobs.length, jobs.slice(0, SHOWN).map((job) => [job.key, job.attempt, job.error, job.queue?.state]), errors])
    if (now === this.shown) return
    this.shown = now
    this.root.hidden = !jobs.length && !errors.length
    if (this.root.hidden) return
    await this.findMore(jobs, told)
    if (now !== this.shown) return // something else has failed meanwhile
    const open = new Set([...this.root.querySelectorAll('details.failure[open]')].map(({dataset}) => dataset.job))
    this.root.replaceChildren(
      element('h2', {}, isRunning ? 'What went wrong so far' : 'What went wrong'),
      ...errors.slice(0, SHOWN).map((error) => element('div', {class: 'failure'}, ...words(error))),
      ...jobs.slice(0, SHOWN).map((job, at) => this.card(job, told, at < OPEN || open.has(job.key), canRedrive)),
      jobs.length > SHOWN ? element('p', {}, `and ${counted(jobs.length - SHOWN, 'more job')}: see the jobs below`) : '')
  }

  /** Hints, logs and earlier failures; and dead letters, which can be redriven. */
  async findMore(jobs, told) {
    const wanted = jobs.map((job) => `${job.key}.${job.attempt}`).join()
    if (!jobs.length || wanted === this.asked) return
    const nothing = {items: []} // there is less to read then, and it is asked for at the next change
    const [letters, failures] = await Promise.all([
      ask(told.links.dead_letters).catch(() => nothing),
      told.links.failures ? ask(told.links.failures).catch(() => nothing) : nothing,
    ])
    this.letters = new Map(letters.items.filter(({resolved}) => !resolved).map((letter) => [workOf(letter), letter]))
    this.known = new Map(failures.items.map((item) => [`${item.process}/${item.jobid}`, item]))
    if (letters !== nothing && failures !== nothing) this.asked = wanted
    this.askAgain(jobs, told)
  }

  /** What failed a moment ago may not be in the index yet. */
  askAgain(jobs, told) {
    const isBehind = told.links.failures && jobs.slice(0, SHOWN).some((job) => this.known.get(job.key)?.attempt !== job.attempt)
    clearTimeout(this.timer)
    this.again = isBehind ? (this.again ?? 0) + 1 : 0
    if (!isBehind || this.again > TRIES) return
    this.timer = setTimeout(() => {
      this.asked = this.shown = ''
      this.onStale()
    }, AGAIN_MS)
  }

  card(job, told, isOpen, canRedrive) {
    const letter = this.letters.get(workOf(job))
    const known = this.known.get(job.key)
    const error = known ?? job.error ?? {message: job.message, error_class: letter?.error_class}
    const log = element('pre', {class: 'log-end', hidden: true, tabindex: 0, 'aria-label': 'End of the log'})
    const trouble = element('p', {role: 'alert', hidden: true})
    const buttons = job.hasNoLog ? [] : [element('button', {type: 'button', on: {click: () => this.onOpen(job)}}, 'Whole log')]
    if (canRedrive && letter) {
      const redrive = element('button', {type: 'button', title: 'Try this one job again, and nothing else'}, 'Redrive this job')
      redrive.addEventListener('click', () => this.redrive(letter, redrive, trouble))
      buttons.push(redrive)
    }
    const hint = element('div')
    const end = isNews(endOf(job), error) ? endOf(job) : ''
    const card = element('details', {class: 'failure', 'data-job': job.key},
      element('summary', {}, element('strong', {}, job.rule || `job ${job.jobid}`), ` ${wildcardText(job.wildcards)}`,
        job.failures > 1 ? ` (${job.failures} tries)` : ''),
      ...words(error), end ? element('p', {class: 'faint'}, `SLURM: ${end}`) : '',
      end && !error.hint && job.queue.hint ? element('p', {class: 'hint'}, job.queue.hint) : '', hint, log, earlier(known?.earlier ?? []), element('p', {class: 'buttons'}, ...buttons), trouble)
    let isRead = false
    const read = () => {
      if (!card.open || isRead) return
      isRead = true
      if (known?.log) showEnd(log, known.log.lines)
      else if (!job.hasNoLog) readEnd(job, told, log)
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
    showEnd(log, lines)
  } catch {
    // it has no log, or not any more: message and hint are there
  }
}

function showEnd(log, lines) {
  log.textContent = lines.slice(-LOG_LINES).join('\n')
  log.hidden = !log.textContent
}

/** Earlier runs in which it went wrong like that, and what came of them. */
function earlier(runs) {
  if (!runs.length) return ''
  const items = runs.map((run) => {
    const outcome = run.job_state === 'finished' ? 'the job succeeded there at another try' : run.state
    const when = element('time')
    showTime(when, run.timestamp)
    return element('li', {},
      element('a', {href: new URL(run.run_id, location.href.split(/[?#]/)[0])}, run.name || run.run_id),
      ' ', when, `, ${wildcardText(run.wildcards)}: ${outcome}`)
  })
  return element('details', {class: 'earlier'},
    element('summary', {}, `It went wrong like that in ${counted(runs.length, 'earlier run')}`), element('ul', {}, ...items))
}

async function readHint(letter, place) {
  try {
    const {error} = await ask(letter.link)
    if (error.hint) place.append(element('p', {class: 'hint'}, error.hint))
  } catch {
    // the letter is gone: the job may have succeeded since
  }
}

/** Whether the cluster says more of an end than what went wrong does. */
function isNews(end, {message}) {
  return Boolean(end) && !message?.includes(end.split(/[ ,:]/)[0])
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
