// All jobs of a run, however many: filtered, sorted, and only those in sight in the page.
import {counted, element, setText, wildcardText} from './dom.js'
import {STATES} from './states.js'
import {length, show as showTime} from './times.js'
import {VirtualRows} from './virtual_rows.js'

const COLUMNS = [
  {name: 'state', title: 'State', key: (job) => STATES.indexOf(job.state)},
  {name: 'rule', title: 'Job', key: (job) => `${job.rule}\0${wildcardText(job.wildcards)}`},
  {name: 'attempt', title: 'Try', key: (job) => job.attempt},
  {name: 'started', title: 'Started', key: (job) => job.started ?? '~'},
  {name: 'duration', title: 'Took', key: (job) => job.duration_s ?? -1},
  {name: 'memory', title: 'Memory', key: (job) => job.peak_memory_mb ?? -1},
  {name: 'cpu', title: 'CPU', key: (job) => job.cpu_s ?? -1},
  {name: 'message', title: 'What it says', key: (job) => said(job)},
]

export class JobsTable {
  /**
   * @param {HTMLElement} root
   * @param {(job: object) => void} onOpen the log of a job is wanted
   * @param {(rule: string) => void} onRule another rule was chosen
   */
  constructor(root, onOpen, onRule) {
    this.onOpen = onOpen
    this.jobs = []
    this.shown = []
    this.sort = {column: null, down: false}
    this.rule = choice('Rule', () => onRule(this.rule.select.value))
    this.state = choice('State', () => this.refresh())
    this.text = element('input', {type: 'search', maxlength: 200, on: {input: () => this.refresh()}})
    this.summary = element('p', {class: 'faint', role: 'status'})
    this.heads = COLUMNS.map((column) => element('span', {role: 'columnheader', 'data-column': column.name},
      element('button', {type: 'button', on: {click: () => this.sortBy(column)}}, column.title)))
    this.body = element('div', {class: 'virtual', tabindex: 0, role: 'rowgroup'})
    this.table = element('div', {class: 'jobs', role: 'table', 'aria-label': 'Jobs'},
      element('div', {class: 'job head', role: 'row'}, ...this.heads), this.body)
    root.append(
      element('div', {class: 'filter', role: 'search', 'aria-label': 'Among the jobs'},
        this.rule.root, this.state.root, element('label', {}, 'Text ', this.text)),
      this.summary, this.table)
    offer(this.state.select, STATES.filter((state) => state !== 'waiting'), 'any')
    this.rows = new VirtualRows(this.body, {
      make: () => this.makeRow(), fill: (row, index) => this.fillRow(row, index),
    })
    this.rows.space.setAttribute('role', 'presentation')
    this.rows.block.setAttribute('role', 'presentation')
  }

  /** @param {object[]} jobs all of them @param {string[]} rules their names @param {string} rule the chosen one */
  show(jobs, rules, rule) {
    this.jobs = jobs
    offer(this.rule.select, rules, 'any')
    this.rule.select.value = rule
    // where a rule has a benchmark
    this.table.classList.toggle('has-usage', jobs.some((job) => typeof job.peak_memory_mb === 'number'))
    this.refresh()
  }

  refresh() {
    const [rule, state, text] = [this.rule.select.value, this.state.select.value, this.text.value.toLowerCase()]
    this.shown = this.jobs.filter((job) => (!rule || job.rule === rule) && (!state || job.state === state)
      && (!text || `${job.rule} ${wildcardText(job.wildcards)} ${said(job)} ${job.external_id}`.toLowerCase().includes(text)))
    this.order()
    const all = counted(this.jobs.length, 'job')
    setText(this.summary, this.shown.length === this.jobs.length ? all : `${this.shown.length.toLocaleString('en')} of ${all}`)
    this.table.setAttribute('aria-rowcount', this.shown.length + 1)
    this.body.classList.toggle('is-short', this.shown.length < 12)
    this.rows.count = this.shown.length
  }

  order() {
    const {column, down} = this.sort
    if (!column) return
    const keys = new Map(this.shown.map((job) => [job, column.key(job)]))
    const way = down ? -1 : 1
    this.shown.sort((a, b) => {
      const [left, right] = [keys.get(a), keys.get(b)]
      return way * (left < right ? -1 : left > right ? 1 : 0) || a.process - b.process || a.jobid - b.jobid
    })
  }

  /** Up, down, and then as Snakemake numbers them. */
  sortBy(column) {
    const {column: before, down} = this.sort
    if (before !== column) this.sort = {column, down: false}
    else this.sort = down ? {column: null, down: false} : {column, down: true}
    this.heads.forEach((head, at) => {
      if (COLUMNS[at] === this.sort.column) head.setAttribute('aria-sort', this.sort.down ? 'descending' : 'ascending')
      else head.removeAttribute('aria-sort')
    })
    this.refresh()
  }

  makeRow() {
    const name = element('button', {type: 'button', class: 'link'})
    const wildcards = element('span', {class: 'wildcards'})
    const time = element('time')
    const cells = Object.fromEntries(COLUMNS.map((column) => [
      column.name, element('span', {role: 'cell', 'data-column': column.name}),
    ]))
    cells.rule.append(name, ' ', wildcards)
    cells.started.append(time)
    const row = element('div', {class: 'job', role: 'row'}, ...Object.values(cells))
    row.parts = {...cells, name, wildcards, time, job: null}
    name.addEventListener('click', () => this.onOpen(row.parts.job))
    return row
  }

  fillRow(row, index) {
    const {parts} = row
    const job = this.shown[index]
    parts.job = job
    row.setAttribute('aria-rowindex', index + 2)
    setText(parts.state, job.state)
    parts.state.className = `state job-${job.state}`
    setText(parts.name, job.rule || `job ${job.jobid}`)
    setText(parts.wildcards, wildcardText(job.wildcards))
    parts.rule.title = [`${job.rule} ${wildcardText(job.wildcards)}`, job.reason].filter(Boolean).join('\n')
    setText(parts.attempt, job.attempt > 1 ? String(job.attempt) : '')
    parts.attempt.title = job.attempt > 1 ? `try ${job.attempt}` : ''
    if (job.started) showTime(parts.time, job.started)
    else setText(parts.time, '')
    setText(parts.duration, typeof job.duration_s === 'number' ? length(job.duration_s) : '')
    setText(parts.memory, typeof job.peak_memory_mb === 'number' ? memory(job.peak_memory_mb) : '')
    setText(parts.cpu, typeof job.cpu_s === 'number' ? length(job.cpu_s) : '')
    setText(parts.message, said(job))
    parts.message.title = said(job)
  }
}

/** What a job last said of itself, or why it failed. */
function said(job) {
  if (job.message) return job.message
  if (job.state !== 'running') return ''
  const share = typeof job.progress === 'number' ? `${job.progress} % ` : ''
  return share + (job.stage ?? '')
}

function memory(mebibytes) {
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`
}

function choice(title, onChange) {
  const select = element('select', {on: {change: onChange}})
  return {select, root: element('label', {}, `${title} `, select)}
}

/** Let a list of choices be these; what is chosen stays. */
function offer(select, names, none) {
  if (select.options.length === names.length + 1) return
  const chosen = select.value
  select.replaceChildren(element('option', {value: ''}, none), ...names.map((name) => element('option', {value: name}, name)))
  select.value = chosen
}
