// The head of a run's page: its state, how far it is, the connection, and what can be done.
import {ask, freshKey} from './api.js'
import {counted, element, setText} from './dom.js'
import {between, length} from './times.js'

const CONNECTIONS = {
  connecting: 'connecting', live: 'live', polling: 'polling', ended: 'up to date',
  'signed-out': 'signed out', forbidden: 'not yours any more', gone: 'deleted', refused: 'refused',
}
const ACTIONS = {
  cancel: {
    name: 'Cancel', asks: 'End this run now? Jobs that are running are interrupted.', yes: 'Cancel the run',
  },
  stop: {
    name: 'Stop', asks: 'Let the running jobs finish and start no more?', yes: 'Stop the run',
  },
  resume: {name: 'Resume'},
  rerun: {
    name: 'Run again', asks: 'Run it again as a new run, with the same configuration and samples?', yes: 'Run again',
  },
  delete: {
    name: 'Delete', asks: 'Delete this run with all its results, for ever?', yes: 'Delete the run',
  },
}

export class RunHeader {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {() => void} options.onRetry connect now
   * @param {(run: object) => void} options.onChange what the API said of the run after an action
   */
  constructor(root, {onRetry, onChange}) {
    this.onChange = onChange
    this.home = root.dataset.home
    this.signIn = root.dataset.signIn
    this.state = element('span', {class: 'state'})
    this.why = element('span')
    this.connection = element('span', {class: 'connection', role: 'status'})
    this.retry = element('button', {type: 'button', hidden: true, on: {click: onRetry}}, 'Connect now')
    this.bar = element('progress', {'aria-label': 'Jobs done', max: 1, value: 0})
    this.count = element('span', {class: 'count'})
    this.time = element('span', {class: 'faint'})
    this.buttons = element('p', {class: 'buttons'})
    this.trouble = element('p', {role: 'alert', hidden: true})
    this.dialog = confirmation()
    root.replaceChildren(
      element('p', {class: 'headline'}, this.state, this.why, this.connection, this.retry),
      element('p', {class: 'headline'}, this.bar, this.count, this.time),
      this.buttons, this.trouble, this.dialog.root,
    )
  }

  /** Show a run: what messages told of it, and what the API said (`told`). */
  show(run, counts, told) {
    setText(this.state, run.state)
    this.state.className = `state ${run.state}`
    setText(this.why, run.why)
    const hasJobs = Boolean(run.total)
    this.bar.hidden = !hasJobs
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

  showActions(told) {
    const names = told.actions.filter((name) => name in ACTIONS)
    if (this.buttons.dataset.names === names.join()) return
    this.buttons.dataset.names = names.join()
    this.buttons.replaceChildren(...names.map((name) => element('button', {
      type: 'button', 'data-action': name, on: {click: (event) => this.act(name, told, event.target)},
    }, ACTIONS[name].name)))
  }

  async act(name, told, button) {
    const {asks, yes} = ACTIONS[name]
    if (asks && !(await this.dialog.ask(asks, yes))) return
    button.disabled = true
    this.showTrouble('')
    try {
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
        this.onChange(await ask(`${self}/${name}`, {method: 'POST'}))
      }
    } catch (problem) {
      this.showTrouble(problem.message)
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

/** A question with two answers; `ask` gives true for the first one. */
function confirmation() {
  const text = element('p')
  const yes = element('button', {value: 'yes'})
  const root = element('dialog', {'aria-label': 'Are you sure?'},
    element('form', {method: 'dialog'}, text,
      element('p', {class: 'buttons'}, yes, element('button', {value: '', autofocus: true}, 'No'))))
  const ask = (question, answer) => new Promise((resolve) => {
    setText(text, question)
    setText(yes, answer)
    root.returnValue = ''
    root.addEventListener('close', () => resolve(root.returnValue === 'yes'), {once: true})
    root.showModal()
  })
  return {root, ask}
}
