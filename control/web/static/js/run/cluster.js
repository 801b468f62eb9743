// Where jobs wait and run on a cluster, in words: of one job, and of all of them together.
import {counted, element, setText, wildcardText} from '../common/dom.js'

const MOST = 4 // reasons, and jobs of one, that are named

/** Whether a job waits in a cluster's queue; where its scheduler does not tell, nobody knows. */
export function isWaiting({state, queue}) {
  return state === 'submitted' && Boolean(queue)
}

/** "Resources: no node has enough free for it now"; "" for a job that does not wait. */
export function waitsFor(job) {
  if (!isWaiting(job)) return ''
  const {state, reason, words} = job.queue
  return words ? `${reason || state}: ${words}` : reason || state
}

/** "OUT_OF_MEMORY on n1, exit 0:125: killed because …"; "" where no scheduler has told how it ended. */
export function endOf({state, queue, node}) {
  if (state !== 'failed' || !queue) return ''
  const exit = queue.exit ? `, exit ${queue.exit}` : ''
  return `${queue.state}${node ? ` on ${node}` : ''}${exit}${queue.words ? `: ${queue.words}` : ''}`
}

/**
 * How jobs stand on a cluster.
 *
 * @param {Iterable<object>} jobs
 * @returns {{waiting: {reason: string, words: string, hint: string, passes: boolean, jobs: number, names: string[]}[],
 *   running: number, nodes: number}} the reason of most jobs first
 */
export function standing(jobs) {
  const reasons = new Map()
  const nodes = new Set()
  let running = 0
  for (const job of jobs) {
    if (job.state === 'running' && job.node) {
      running += 1
      nodes.add(job.node)
    } else if (isWaiting(job)) {
      const {state, reason = '', words = '', hint = '', passes = true} = job.queue
      const name = reason || state
      const known = reasons.get(name)
      const called = `${job.rule} ${wildcardText(job.wildcards)}`.trim()
      if (!known) reasons.set(name, {reason: name, words, hint, passes, jobs: 1, names: [called]})
      else if (known.jobs++ < MOST) known.names.push(called)
    }
  }
  const waiting = [...reasons.values()].sort((a, b) => b.jobs - a.jobs || (a.reason < b.reason ? -1 : 1))
  return {waiting, running, nodes: nodes.size}
}

/** One line on how the jobs of a run stand on a cluster, and a warning where some will never begin. */
export class ClusterLine {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    this.line = element('p')
    this.stuck = element('div', {role: 'alert', hidden: true})
    root.append(this.line, this.stuck)
  }

  /** @param {Iterable<object>} jobs */
  show(jobs) {
    const {waiting, running, nodes} = standing(jobs)
    this.root.hidden = !waiting.length && !running
    const parts = [inWords(waiting), running ? `${counted(running, 'job')} ${running === 1 ? 'runs' : 'run'} on ${counted(nodes, 'node')}` : '']
    setText(this.line, parts.filter(Boolean).join('; '))
    this.warn(waiting.filter(({passes}) => !passes))
  }

  /** What will not begin unless somebody does something. */
  warn(reasons) {
    const now = JSON.stringify(reasons)
    if (now === this.warned) return
    this.warned = now
    this.stuck.hidden = !reasons.length
    this.stuck.replaceChildren(...reasons.map(({jobs, names, reason, words, hint}) => element('p', {},
      `${counted(jobs, 'job')} will not begin by ${jobs === 1 ? 'itself' : 'themselves'} (${some(names, jobs)}): ${reason}, ${words}`,
      hint ? element('span', {class: 'hint'}, hint) : '')))
  }
}

function some(names, jobs) {
  return [...names, ...(jobs > names.length ? [`${(jobs - names.length).toLocaleString('en')} more`] : [])].join('; ')
}

function inWords(waiting) {
  const all = waiting.reduce((sum, {jobs}) => sum + jobs, 0)
  if (!all) return ''
  const named = waiting.slice(0, MOST).map(({jobs, reason, words}) => (
    `${waiting.length > 1 ? `${jobs.toLocaleString('en')} ` : ''}${reason}${words ? `: ${words}` : ''}`))
  const more = waiting.length > MOST ? [`${waiting.length - MOST} other reasons`] : []
  return `${counted(all, 'job')} ${all === 1 ? 'waits' : 'wait'} in SLURM (${[...named, ...more].join('; ')})`
}
