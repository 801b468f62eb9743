// All that is known of one job, beside the page: why it ran, with what, every attempt, its files.
import {ask} from '../common/api.js'
import {counted, element, nameOf, setText} from '../common/dom.js'
import {endOf, waitsFor} from './cluster.js'
import {logAddress} from './failures.js'
import {megabytes, memory, minutes, said} from './job_columns.js'
import * as place from '../common/place.js'
import {between, length, local, show as showTime} from '../common/times.js'

const SHOWN_FILES = 10 // the rest of them opens by a click
const ASKED_FOR = {mem_mb: megabytes, disk_mb: megabytes, runtime: minutes}
const UNTOLD = ['_cores', '_nodes', 'mem_mib', 'disk_mib', 'tmpdir'] // what Snakemake adds by itself
const COPIED_MS = 2000

export class JobDetail {
  /**
   * @param {object} options
   * @param {object} options.links of the run
   * @param {(job: object) => void} options.onLog its log is wanted
   * @param {(rule: string) => void} options.onRule all jobs of its rule are wanted
   */
  constructor({links, onLog, onRule}) {
    Object.assign(this, {links, onLog, onRule})
    this.key = ''
    this.title = element('h2')
    this.state = element('span', {class: 'state'})
    this.said = element('span')
    this.body = element('div')
    const close = element('button', {type: 'button', on: {click: () => this.dialog.close()}}, 'Close')
    this.dialog = element('dialog', {class: 'drawer', 'aria-label': 'Job'},
      element('div', {class: 'drawer-head'}, this.title, close),
      element('p', {}, this.state, this.said), this.body)
    this.dialog.addEventListener('close', () => this.closed())
    this.dialog.addEventListener('click', (event) => { if (event.target === this.dialog) this.dialog.close() })
    document.body.append(this.dialog)
  }

  /** Show a job: {process, jobid}, and what is known of it. */
  open(job) {
    this.key = `${job.process}/${job.jobid}`
    place.write({job: this.key.replace('/', '.')}, {step: true})
    this.begin(job)
  }

  /** As the address says; a job that is not there by now is told as such. */
  recall(jobs) {
    const key = place.read('job').replace('.', '/')
    if (key === this.key) return
    this.key = key
    const [, process, jobid] = /^(\d+)\/(\d+)$/.exec(key) ?? []
    if (jobid) this.begin(jobs.get(key) ?? {key, process: Number(process), jobid: Number(jobid)})
    else if (this.dialog.open) this.dialog.close()
  }

  begin(job) {
    this.job = job
    this.details = this.asked = null
    this.problem = ''
    this.draw()
    if (!this.dialog.open) this.dialog.showModal()
    this.read()
  }

  closed() {
    if (!this.key) return
    this.key = ''
    place.write({job: ''}, {step: true})
  }

  /** What is known now. @param {Map<string, object>} jobs @param {Map<string, object>} past */
  show(jobs, past) {
    if (!this.key) return
    this.job = jobs.get(this.key) ?? past.get(this.key) ?? this.job
    this.before = [...past.values()].filter((other) => other.rule && other.key !== this.key && nameOf(other) === nameOf(this.job))
    this.draw()
    this.read()
  }

  /** Read its files and resources, again for each attempt and state. */
  async read() {
    const {key, job: {process, jobid, attempt, state}} = this
    const asked = [key, attempt, state].join()
    if (asked === this.asked) return
    this.asked = asked
    try {
      const told = await ask(`${this.links.jobs}/${jobid}?process=${process}`)
      if (key !== this.key) return
      this.details = told.details
      this.problem = ''
      if (!this.job.rule) this.job = {...told, key} // the list is not here yet
    } catch (problem) {
      if (key !== this.key) return
      this.problem = problem.status === 404 && this.job.rule ? '' : problem.message
    }
    this.draw()
  }

  draw() {
    const {job, details, problem, before} = this
    setText(this.title, job.rule ? nameOf(job) : `job ${job.jobid}`)
    setText(this.state, job.state ?? '')
    this.state.className = `state job-${job.state}`
    const told = said(job) || waitsFor(job)
    setText(this.said, told ? `: ${told}` : '')
    // while nothing changes what somebody has opened or marked stays
    const now = JSON.stringify([job, details, problem, before?.length])
    if (now === this.drawn) return
    this.drawn = now
    if (problem) {
      this.body.replaceChildren(element('p', {role: 'alert'}, problem))
      return
    }
    const open = new Set([...this.body.querySelectorAll('details[open]')].map(({dataset}) => dataset.part))
    const inner = document.activeElement?.closest('[data-act]')?.dataset.act
    this.body.replaceChildren(this.buttons(), facts(job), attempts(job, before ?? []), ...this.parts(details ?? {}))
    for (const part of this.body.querySelectorAll('details')) if (open.has(part.dataset.part)) part.open = true
    if (inner) this.body.querySelector(`[data-act="${inner}"]`)?.focus()
  }

  buttons() {
    const {job} = this
    const leave = (work) => () => {
      this.dialog.close()
      work()
    }
    return element('p', {class: 'buttons'},
      element('button', {type: 'button', 'data-act': 'log', on: {click: leave(() => this.onLog(job))}}, 'Show its log'),
      job.rule ? element('button', {type: 'button', 'data-act': 'rule', on: {click: leave(() => this.onRule(job.rule))}}, `Only jobs of ${job.rule}`) : null,
      element('a', {class: 'button', 'data-act': 'file', href: logAddress(job, {links: this.links}), download: ''}, 'Download its log'))
  }

  parts(details) {
    return [
      details.reason && part('Why it runs', element('p', {class: 'pre'}, details.reason)),
      details.command && part('Command', command(details.command)),
      files('Inputs', details.input, details.input_total),
      files('Outputs', details.output, details.output_total),
      files('Logs', details.log),
      files('Benchmark', details.benchmark ? [details.benchmark].flat() : []),
    ].filter(Boolean)
  }
}

function part(title, ...content) {
  return element('section', {}, element('h3', {}, title), ...content)
}

function facts(job) {
  const resources = Object.entries(job.resources ?? {}).filter(([name]) => !UNTOLD.includes(name))
  const rows = [
    ['Threads', job.threads],
    ...resources.map(([name, value]) => [name, ASKED_FOR[name] ? ASKED_FOR[name](value) : String(value)]),
    ['Peak memory', typeof job.peak_memory_mb === 'number' ? memory(job.peak_memory_mb) : null],
    ['Processor time', typeof job.cpu_s === 'number' ? length(job.cpu_s) : null],
    ['Read from disk', typeof job.read_mb === 'number' ? memory(job.read_mb) : null],
    ['Written to disk', typeof job.written_mb === 'number' ? memory(job.written_mb) : null],
    ['Group', job.group], ['Cluster job', job.external_id], ['Node', job.node],
    ['Waits for', waitsFor(job)], ['What to do', job.queue?.hint], ['In full', job.queue?.detail],
    ['May begin', job.queue?.start_estimate ? local(job.queue.start_estimate) : ''],
    ['SLURM says', endOf(job)], ['Back in the queue', job.restarts ? counted(job.restarts, 'time') : ''],
    ['Number in Snakemake', job.jobid],
  ].filter(([, value]) => value !== null && value !== undefined && value !== '')
  return element('dl', {class: 'facts'}, ...rows.flatMap(([name, value]) => [
    element('dt', {}, name), element('dd', {}, String(value)),
  ]))
}

/** Every attempt, also those of Snakemakes before the run was resumed. */
function attempts(job, before) {
  const of = (each) => [...(each.earlier ?? []).map((one) => ({...one, state: 'failed', process: each.process})), each]
  const all = [...before.toSorted((a, b) => a.process - b.process).flatMap(of), ...of(job)].filter(({selected, started}) => selected || started)
  if (!all.length) return element('p', {class: 'faint'}, 'It has not begun.')
  const head = ['Try', 'State', 'Waited', 'Started', 'Took'].map((title) => element('th', {scope: 'col'}, title))
  const rows = all.map((each) => element('tr', {},
    element('th', {scope: 'row'}, String(each.attempt), each.process < job.process ? element('small', {}, 'before resuming') : null),
    element('td', {}, element('span', {class: `state job-${each.state}`}, each.state === 'retried' ? 'failed' : each.state),
      each !== job && each.message ? element('small', {}, each.message) : null,
      each.external_id ? element('small', {}, `cluster job ${each.external_id}${each.node ? ` on ${each.node}` : ''}`) : null),
    element('td', {}, each.selected && each.started ? length(between(each.selected, each.started)) : ''),
    element('td', {}, each.started ? timeOf(each.started) : ''),
    element('td', {}, typeof each.duration_s === 'number' ? length(each.duration_s) : '')))
  return part(all.length > 1 ? 'Attempts' : 'Attempt', element('table', {},
    element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows)))
}

function timeOf(time) {
  const node = element('time')
  showTime(node, time)
  return node
}

function files(title, paths = [], total = paths.length) {
  if (!paths.length) return null
  const list = (some) => element('ul', {class: 'files'}, ...some.map((path) => element('li', {}, element('code', {}, path))))
  const rest = paths.slice(SHOWN_FILES)
  return part(total > 1 ? `${title} (${total.toLocaleString('en')})` : title, list(paths.slice(0, SHOWN_FILES)),
    rest.length ? element('details', {'data-part': title}, element('summary', {}, `${rest.length} more`), list(rest)) : null,
    total > paths.length ? element('p', {class: 'faint'}, `The first ${paths.length} are listed.`) : null)
}

function command(text) {
  const copy = element('button', {type: 'button', 'data-act': 'copy'}, 'Copy')
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      copy.textContent = 'Copied'
    } catch {
      copy.textContent = 'Mark it and copy it by hand' // a page without https has no clipboard
    }
    setTimeout(() => { copy.textContent = 'Copy' }, COPIED_MS)
  })
  return element('div', {class: 'command'}, element('pre', {tabindex: 0, 'aria-label': 'Command'}, text), copy)
}
