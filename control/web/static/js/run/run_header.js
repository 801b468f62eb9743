// The head of a run's page: its state, how far it is, the connection, and what can be done.
import {ask, freshKey} from '../common/api.js'
import {confirmation} from '../common/confirmation.js'
import {counted, element, setText} from '../common/dom.js'
import {between, length} from '../common/times.js'

const CONNECTIONS = {
  connecting: 'connecting', live: 'live', polling: 'polling', ended: 'up to date',
  'signed-out': 'signed out', forbidden: 'not yours any more', gone: 'deleted', refused: 'refused',
}
// in the order of their buttons
const ACTIONS = {
  resume: {name: 'Resume', look: 'primary', then: 'It goes on as soon as it is its turn.'},
  cancel: {
    name: 'Cancel now', then: 'Its jobs are being ended.', asks: 'End this run now? Jobs that are running are interrupted.', yes: 'Cancel the run',
  },
  stop: {
    name: 'Stop after running jobs', then: 'No more jobs are started; those that run may finish.', asks: 'Let the running jobs finish, and start no more?', yes: 'Stop the run',
  },
  rerun: {
    name: 'Run again as it is', asks: 'Run it again as a new run, with the same configuration and samples?', yes: 'Run again',
  },
  delete: {
    name: 'Delete', look: 'danger', asks: 'Delete this run with all its results, for ever?', yes: 'Delete the run',
  },
}

export class RunHeader {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {() => void} options.onRetry connect now
   * @param {(run: object) => void} options.onChange what the API said of the run after an action
   * @param {() => void} options.onStale what was asked for cannot be done: the run is not as it is shown
   */
  constructor(root, {onRetry, onChange, onStale}) {
    Object.assign(this, {onChange, onStale})
    this.home = root.dataset.home
    this.signIn = root.dataset.signIn
    this.changes = root.dataset.again
    this.asked = []
    this.state = element('span', {class: 'state'})
    this.why = element('span')
    this.connection = element('span', {class: 'connection', role: 'status'})
    this.retry = element('button', {type: 'button', hidden: true, on: {click: onRetry}}, 'Connect now')
    this.bar = element('progress', {'aria-label': 'Jobs done', max: 1, value: 0})
    this.count = element('span', {class: 'count'})
    this.time = element('span', {class: 'faint'})
    this.buttons = element('p', {class: 'buttons'})
    this.said = element('p', {class: 'faint', role: 'status', hidden: true})
    this.trouble = element('p', {role: 'alert', hidden: true})
    this.dialog = confirmation()
    root.replaceChildren(
      element('p', {class: 'headline'}, this.state, this.why, this.connection, this.retry),
      element('p', {class: 'headline'}, this.bar, this.count, this.time),
      this.buttons, this.said, this.trouble, this.dialog.root,
    )
  }

  /** Show a run: what messages told of it, and what the API said (`told`). */
  show(run, counts, told) {
    setText(this.state, run.state)
    this.state.className = `state ${run.state}`
    // of a completed run it says how many jobs there were, which the bar says
    setText(this.why, run.state === 'completed' ? '' : run.why)
    const hasJobs = Boolean(run.total)
    this.bar.hidden = !hasJobs
    this.bar.className = run.state
    if (hasJobs) {
      this.bar.max = run.total
      this.bar.value = run.done ?? 0
    }
    const parts = hasJobs ? [`${run.done ?? 0} of ${counted(run.total, 'job')}`] : []
    if (counts.running) parts.push(`${counts.running} running`)
    if (counts.failed) parts.push(`${counts.failed} failed`)
    setText(this.count, parts.join(', '))
    setText(this.time, timing(run, told.eta))
    this.showActions(told)
  }

  showConnection({kind, seconds}) {
    this.connection.dataset.kind = kind
    setText(this.connection, kind === 'waiting' ? `reconnecting in ${seconds} s` : CONNECTIONS[kind])
    this.retry.hidden = kind !== 'waiting'
    if (kind === 'signed-out') {
      this.connection.append(' ', element('a', {href: this.signIn}, 'Sign in'))
    }
  }

  /** Say what could not be done; "" takes it back. */
  showTrouble(text) {
    this.trouble.hidden = !text
    setText(this.trouble, text)
  }

  /** What can be done now; and what was asked for, until something has come of it. */
  showActions(told) {
    if (this.asked.length && !this.asked.includes(this.state.textContent)) this.say('')
    const names = Object.keys(ACTIONS).filter((name) => told.actions.includes(name))
    const key = [...names, told.kept].join()
    if (this.buttons.dataset.names === key) return
    this.buttons.dataset.names = key
    const focused = document.activeElement?.dataset.action
    this.buttons.replaceChildren(...names.flatMap((name) => {
      const button = element('button', {
        type: 'button', class: ACTIONS[name].look, 'data-action': name, on: {click: (event) => this.act(name, told, event.target)},
      }, ACTIONS[name].name)
      return name === 'rerun' ? [button, element('a', {class: 'button', href: this.changes}, 'Run again with changes')] : [button]
    }))
    if (names.length) this.buttons.insertBefore(this.keepButton(told), this.buttons.querySelector('[data-action=delete]'))
    if (focused) this.buttons.querySelector(`[data-action="${focused}"]`)?.focus()
  }

  keepButton(told) {
    return element('button', {
      type: 'button', 'data-action': 'keep', 'aria-pressed': String(told.kept),
      title: told.kept ? 'It is kept: it is not deleted for its age' : 'Do not delete it for its age',
      on: {click: (event) => this.keep(told, event.currentTarget)},
    }, element('span', {'aria-hidden': 'true'}, told.kept ? '★ ' : '☆ '), 'Keep')
  }

  async keep(told, button) {
    await this.attempt(button, async () => {
      this.onChange(await ask(`${told.links.self}/keep`, {method: told.kept ? 'DELETE' : 'PUT'}))
    })
  }

  /** Say what comes next; "" takes it back. */
  say(text, ...states) {
    this.asked = states // in which it is still to come
    this.said.hidden = !text
    setText(this.said, text)
  }

  async act(name, told, button) {
    const {asks, yes} = ACTIONS[name]
    if (asks && !(await this.dialog.ask(asks, yes))) return
    await this.attempt(button, async () => {
      const {self} = told.links
      if (name === 'delete') {
        await ask(self, {method: 'DELETE'})
        location.assign(this.home)
      } else if (name === 'rerun') {
        const made = await ask(`${self}/rerun`, {
          method: 'POST', body: {}, headers: {'Idempotency-Key': freshKey()},
        })
        location.assign(new URL(made.run_id, location.href.split(/[?#]/)[0]))
      } else {
        const before = this.state.textContent
        const run = await ask(`${self}/${name}`, {method: 'POST'})
        this.say(ACTIONS[name].then, before, run.state)
        this.onChange(run)
      }
    })
  }

  async attempt(button, work) {
    button.disabled = true
    this.showTrouble('')
    try {
      await work()
    } catch (problem) {
      this.showTrouble(problem.status === 401 ? 'You are signed out: sign in again, then do this once more.' : problem.message)
      if (problem.status === 401) this.showConnection({kind: 'signed-out'})
      if (problem.status === 409) this.onStale()
    } finally {
      button.disabled = false
    }
  }
}

function timing({start, end}, eta) {
  if (!start) return ''
  const took = length(between(start, end))
  if (end) return `took ${took}`
  if (!eta) return `for ${took}`
  const basis = `going by ${counted(eta.based_on, 'earlier job')}`
  const more = eta.without_basis ? `, and ${counted(eta.without_basis, 'job')} of which nothing is known` : ''
  return `for ${took}, about ${length(eta.seconds)} left${more}, ${basis}`
}
