// The columns of the table of jobs: which there are, how they sort, and what stands in them.
import {element, nameOf, setText, wildcardText} from '../common/dom.js'
import {waitsFor} from './cluster.js'
import {STATES} from './states.js'
import {rateText} from '../common/sizes.js'
import {length, show as showTime} from '../common/times.js'

const isNumber = (value) => typeof value === 'number'
const number = (value) => (isNumber(value) ? value : -1)

/**
 * @typedef {object} Column
 * @property {string} name @property {string} title @property {string} width of the grid
 * @property {(job: object) => string|number} [key] by which it sorts; without it does not
 * @property {(job: object) => string} [text] what stands in it
 * @property {(job: object) => boolean} [isKnown] it is shown by itself where one job has it
 * @property {boolean} [isExtra] it is shown where somebody wants it
 * @property {string} [help]
 */

/** @type {Column[]} */
export const COLUMNS = [
  {name: 'state', title: 'State', width: '6.2rem', key: (job) => STATES.indexOf(job.state), text: (job) => job.state},
  {name: 'rule', title: 'Job', width: 'minmax(9rem, 3fr)', key: (job) => `${job.rule}\0${wildcardText(job.wildcards)}`},
  {
    name: 'attempt', title: 'Try', width: '2.5rem', key: (job) => job.attempt, help: 'Which attempt it is; empty for the first',
    text: (job) => (job.attempt > 1 ? String(job.attempt) : ''),
  },
  {name: 'started', title: 'Started', width: '7rem', key: (job) => job.started ?? '~'},
  {
    name: 'waited', title: 'Waited', width: '5.5rem', isExtra: true, help: 'Between being chosen and being started',
    key: (job) => number(waited(job)), text: (job) => (isNumber(waited(job)) ? length(waited(job)) : ''),
  },
  {
    name: 'duration', title: 'Took', width: '5.5rem', key: (job) => number(job.duration_s),
    text: (job) => (isNumber(job.duration_s) ? length(job.duration_s) : ''),
  },
  {
    name: 'threads', title: 'Threads', width: '5rem', key: (job) => number(job.threads),
    isKnown: (job) => job.threads > 1, text: (job) => (isNumber(job.threads) ? String(job.threads) : ''),
  },
  {
    name: 'mem_mb', title: 'Memory asked', width: '7.5rem', isExtra: true, help: 'resources: mem_mb',
    key: (job) => number(job.resources?.mem_mb), text: (job) => megabytes(job.resources?.mem_mb),
  },
  {
    name: 'runtime', title: 'Time asked', width: '6rem', isExtra: true, help: 'resources: runtime',
    key: (job) => number(job.resources?.runtime), text: (job) => minutes(job.resources?.runtime),
  },
  {
    name: 'memory', title: 'Memory', width: '5.2rem', help: 'The most that it used, where its rule has a benchmark',
    key: (job) => number(job.peak_memory_mb), isKnown: (job) => isNumber(job.peak_memory_mb),
    text: (job) => (isNumber(job.peak_memory_mb) ? memory(job.peak_memory_mb) : ''),
  },
  {
    name: 'cpu', title: 'CPU', width: '5.2rem', help: 'Processor time, where its rule has a benchmark',
    key: (job) => number(job.cpu_s), isKnown: (job) => isNumber(job.cpu_s),
    text: (job) => (isNumber(job.cpu_s) ? length(job.cpu_s) : ''),
  },
  {
    name: 'external', title: 'Cluster job', width: '6.3rem', key: (job) => job.external_id ?? '',
    isKnown: (job) => Boolean(job.external_id), text: (job) => job.external_id ?? '',
  },
  {
    name: 'node', title: 'Node', width: '5.2rem', help: 'Of the cluster: where it runs, or ran',
    key: (job) => job.node ?? '', isKnown: (job) => Boolean(job.node), text: (job) => job.node ?? '',
  },
  {
    name: 'waits', title: 'Waits for', width: 'minmax(9rem, 3fr)', help: 'Why it has not begun, by the cluster\'s scheduler',
    key: waitsFor, isKnown: (job) => Boolean(waitsFor(job)), text: waitsFor,
  },
  {
    name: 'reason', title: 'Why it runs', width: 'minmax(7rem, 2fr)', isExtra: true,
    key: (job) => job.reason ?? '', text: (job) => job.reason ?? '',
  },
  {
    name: 'message', title: 'What it says', width: 'minmax(6rem, 2fr)', isKnown: (job) => Boolean(said(job)),
    key: (job) => said(job), text: said,
  },
  {name: 'log', title: 'Log', width: '3rem'},
]

const LONG = ['message', 'reason', 'waits', 'node'] // they may be cut, and are whole on hover

/** An empty row with its cells. */
export function makeRow({onOpen, onLog}) {
  const name = element('button', {type: 'button', class: 'link'})
  const log = element('button', {type: 'button', class: 'link'}, 'Log')
  const wildcards = element('span', {class: 'wildcards'})
  const time = element('time')
  const cells = Object.fromEntries(COLUMNS.map((column) => [
    column.name, element('span', {role: 'cell', 'data-column': column.name}),
  ]))
  cells.rule.append(name, ' ', wildcards)
  cells.started.append(time)
  cells.log.append(log)
  const row = element('div', {class: 'job', role: 'row'}, ...Object.values(cells))
  row.parts = {cells, name, wildcards, time, log, job: null}
  name.addEventListener('click', () => onOpen(row.parts.job))
  log.addEventListener('click', () => onLog(row.parts.job))
  return row
}

/** Let a row show a job. */
export function fillRow(row, job, shown) {
  const {cells, name, wildcards, time, log} = row.parts
  row.parts.job = job
  cells.state.className = `state job-${job.state}`
  setText(name, job.rule || `job ${job.jobid}`)
  setText(wildcards, wildcardText(job.wildcards))
  setTitle(cells.rule, [nameOf(job), job.reason].filter(Boolean).join('\n'))
  if (log.ariaLabel !== `Log of ${nameOf(job)}`) log.ariaLabel = `Log of ${nameOf(job)}`
  if (job.started) showTime(time, job.started)
  else setText(time, '')
  for (const column of COLUMNS) {
    const cell = cells[column.name]
    const isShown = shown.has(column.name)
    if (cell.hidden === isShown) cell.hidden = !isShown
    if (!column.text || !isShown) continue
    const text = column.text(job)
    setText(cell, text)
    if (LONG.includes(column.name)) setTitle(cell, text)
  }
}

function setTitle(node, title) {
  if (node.title !== title) node.title = title
}

/** What a job last said of itself, or why it failed. */
export function said(job) {
  if (job.state === 'failed' && job.error?.message) return job.error.message // in the tool's words
  return (job.state === 'running' && howFar(job)) || job.message || ''
}

/** Of a running job: "41.2 % Screening reads, 812 k reads/s"; what its rule says of it comes after that. */
function howFar({progress, stage, rate, unit}) {
  const share = isNumber(progress) ? `${progress} % ` : ''
  const speed = isNumber(rate) && rate > 0 ? `, ${rateText(rate, unit)}` : ''
  return share + (stage ?? '') + speed
}

/** "512 MiB", "1.5 GiB" */
export function memory(mebibytes) {
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`
}

/** What somebody asked for in MB, which is what Snakemake takes. */
export function megabytes(value) {
  if (!isNumber(value)) return value === undefined || value === null ? '' : String(value)
  return value < 1000 ? `${value} MB` : `${Number((value / 1000).toFixed(1))} GB`
}

/** What somebody asked for in minutes. */
export function minutes(value) {
  if (!isNumber(value)) return value === undefined || value === null ? '' : String(value)
  return length(value * 60)
}

function waited({selected, started}) {
  return selected && started ? Math.max(0, (Date.parse(started) - Date.parse(selected)) / 1000) : null
}
