// One row of the list of runs: made from the page's own template, and kept as the run is.
import {setText} from '../common/dom.js'
import {between, length, show as showTime} from '../common/times.js'

/** What a run is called. */
export function nameOf(run) {
  return run.name || run.run_id
}

export class RunRow {
  /**
   * @param {HTMLTableRowElement} root
   * @param {string} home address of the list; a run is below it
   */
  constructor(root, home) {
    this.root = root
    this.home = home
    this.run = null
    const cell = (name) => root.querySelector(`[data-cell="${name}"]`)
    this.box = root.querySelector('input')
    this.state = cell('state').firstElementChild
    this.link = cell('name').querySelector('a')
    this.why = cell('name').querySelector('small')
    this.analysis = cell('analysis')
    this.owner = cell('owner')
    this.progress = cell('jobs').querySelector('.progress')
    this.bar = this.progress.querySelector('progress')
    this.count = this.progress.querySelector('.count')
    this.failed = cell('failed')
    this.time = cell('start').querySelector('time')
    this.took = cell('took')
    this.left = cell('left')
  }

  /** Show a run, as the API has it. */
  show(run) {
    this.run = run
    const name = nameOf(run)
    this.root.dataset.run = run.run_id
    this.box.value = run.run_id
    this.box.setAttribute('aria-label', `Select ${name}`)
    setText(this.state, run.state)
    this.state.className = `state ${run.state}`
    this.link.href = new URL(`runs/${run.run_id}`, this.home)
    this.link.title = run.run_id
    setText(this.link, name)
    setText(this.why, run.why)
    this.why.hidden = !run.why
    setText(this.analysis, run.analysis)
    setText(this.owner, run.owner || 'by hand')
    this.showJobs(run, name)
    if (run.start) showTime(this.time, run.start)
    setText(this.left, leftOf(run.eta))
    this.left.title = basisOf(run.eta)
    this.tick()
  }

  showJobs({jobs, state}, name) {
    this.progress.hidden = !jobs.total
    this.bar.max = jobs.total || 1
    this.bar.value = jobs.done ?? 0
    this.bar.className = state
    this.bar.setAttribute('aria-label', `Jobs done of ${name}`)
    setText(this.count, jobs.total ? `${number(jobs.done ?? 0)} of ${number(jobs.total)}` : '')
    const failed = jobs.failed ? `${number(jobs.failed)} failed` : ''
    if (this.failed.textContent === failed) return
    this.failed.replaceChildren()
    if (!failed) return
    const unit = document.createElement('span')
    unit.className = 'unit'
    unit.textContent = ' failed'
    this.failed.append(number(jobs.failed), unit)
  }

  /** Time goes by while a run runs. */
  tick() {
    const {state, start, duration_s: took} = this.run
    const seconds = took ?? (start && state === 'running' ? between(start) : null)
    setText(this.took, seconds === null ? '' : length(seconds < 10 && took === null ? Math.round(seconds) : seconds))
  }
}

function number(value) {
  return value.toLocaleString('en')
}

function leftOf(eta) {
  if (!eta) return ''
  if (!eta.seconds) return 'longer than usual'
  return (eta.without_basis ? 'over ' : '') + (eta.seconds < 60 ? '1 min' : length(eta.seconds))
}

function basisOf(eta) {
  if (!eta) return ''
  const more = eta.without_basis ? `; of ${number(eta.without_basis)} jobs nothing is known, they come on top` : ''
  return `going by ${number(eta.based_on)} earlier jobs of the same rules${more}`
}
