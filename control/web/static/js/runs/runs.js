// The list of runs: kept fresh where it stands, narrowed, sorted, steered.
import {counted, element, setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {Poll} from '../common/poll.js'
import {nameOf} from './run_row.js'
import {RunsFilter} from './runs_filter.js'
import {RunsSelection} from './runs_selection.js'
import {RunsTable} from './runs_table.js'

const PAGE = 50
const BUSY_MS = 2500 // from an answer to the next question, while something runs
const IDLE_MS = 10_000
const ENDED = new Set(['completed', 'failed', 'cancelled', 'interrupted'])

class RunsPage {
  constructor(root) {
    this.root = root
    const {runs, home, compare, signIn} = root.dataset
    this.runs = runs
    this.signIn = signIn
    this.title = document.title
    this.before = new Map() // cursor of a page -> of the page before it
    this.list = this.part('list')
    this.table = new RunsTable(this.part('rows'), {
      template: this.part('row'), home: new URL(home, location.href),
      onState: (row) => this.tellState(row.run),
    })
    this.filter = new RunsFilter(this.part('filter'), this.list.querySelector('thead tr'), () => this.turnTo())
    this.poll = new Poll({
      address: () => this.address(),
      pause: () => (this.isBusy ? BUSY_MS : IDLE_MS),
      onAnswer: (answer) => this.hear(answer),
      onState: (state) => this.showState(state),
    })
    this.selection = new RunsSelection(this.list, {
      outcome: this.part('outcome'), table: this.table, runs, compare, onDone: () => this.poll.now(),
    })
    this.listen()
    this.poll.now()
    setInterval(() => { if (!document.hidden) this.table.tick() }, 1000)
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`)
  }

  listen() {
    this.part('retry').addEventListener('click', () => this.poll.now())
    this.part('next').addEventListener('click', (event) => this.filter.go(event, () => this.next()))
    this.part('first').addEventListener('click', (event) => this.filter.go(event, () => this.back()))
    addEventListener('keydown', (event) => this.hearKey(event))
  }

  address() {
    const query = this.filter.query
    query.set('limit', PAGE)
    return `${this.runs}?${query}`
  }

  /** Another list: its rows come with the next answer. */
  turnTo() {
    this.isOther = true
    this.list.setAttribute('aria-busy', 'true')
    this.poll.now()
  }

  hear({items, next, total, states}) {
    this.cursor = next && new URL(next, location.href).searchParams.get('cursor')
    this.isBusy = Boolean(states.running || states.queued)
    this.table.show(items, this.isOther)
    this.isOther = false
    if (!this.isKnown) this.selection.adopt()
    this.isKnown = true
    this.list.removeAttribute('aria-busy')
    this.filter.count(states)
    this.filter.learn(items)
    this.selection.show()
    const {isNarrowed} = this.filter
    const isEmpty = !items.length
    this.list.hidden = isEmpty && !this.selection.size
    this.part('table').hidden = isEmpty
    this.part('none').hidden = !isEmpty || !(isNarrowed || place.read('cursor'))
    this.part('empty').hidden = !isEmpty || isNarrowed || Boolean(place.read('cursor'))
    setText(this.part('total'), counted(total, 'run'))
    this.showPaging()
    const running = states.running ? `${states.running} running · ` : ''
    document.title = running + this.title
  }

  showPaging() {
    const [first, next] = [this.part('first'), this.part('next')]
    const cursor = place.read('cursor')
    first.hidden = !cursor
    setText(first, this.before.has(cursor) ? 'Previous page' : 'First page')
    next.hidden = !this.cursor
    next.href = this.addressOf(this.cursor)
    first.href = this.addressOf(this.before.get(cursor) ?? '')
  }

  addressOf(cursor) {
    const address = new URL(location.href)
    if (cursor) address.searchParams.set('cursor', cursor)
    else address.searchParams.delete('cursor')
    return address
  }

  next() {
    this.before.set(this.cursor, place.read('cursor'))
    this.go(this.cursor)
  }

  back() {
    this.go(this.before.get(place.read('cursor')) ?? '')
  }

  go(cursor) {
    place.write({cursor}, {step: true})
    this.turnTo()
    this.root.scrollIntoView()
  }

  showState({kind, seconds, message}) {
    const node = this.part('following')
    node.hidden = false
    node.dataset.kind = kind
    this.part('retry').hidden = kind !== 'waiting'
    if (kind === 'live') setText(node, 'live')
    else if (kind === 'waiting') setText(node, `the service does not answer; asking again in ${seconds} s`)
    else if (kind === 'refused') setText(node, message)
    else node.replaceChildren('signed out: ', element('a', {href: this.signInAddress()}, 'sign in'))
  }

  /** Where one signs in, and comes back to this list. */
  signInAddress() {
    const address = new URL(this.signIn, location.href)
    address.searchParams.set('next', location.pathname + location.search)
    return address
  }

  tellState(run) {
    if (ENDED.has(run.state)) setText(this.part('news'), `${nameOf(run)}: ${run.state}`)
  }

  hearKey(event) {
    const {key, target} = event
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (target === this.filter.text && key === 'ArrowDown') return this.step(event, 0)
    // letters only where a row has the focus: speech input types them anywhere (WCAG 2.1.4)
    if (!this.part('rows').contains(target)) return
    if (key === '/') {
      event.preventDefault()
      this.filter.text.select()
      this.filter.text.focus()
    } else if (key === 'j' || key === 'ArrowDown') this.step(event, 1)
    else if (key === 'k' || key === 'ArrowUp') this.step(event, -1)
    else if (key === 'x') {
      this.selection.toggle(this.table.shown.find((row) => row.root.contains(target)))
    } else if (key === 'Enter' && target.matches('input')) {
      event.preventDefault()
      target.closest('tr').querySelector('th a').click()
    }
  }

  step(event, by) {
    event.preventDefault()
    this.table.move(by)
  }
}

const root = document.getElementById('runs')
if (root) new RunsPage(root)
