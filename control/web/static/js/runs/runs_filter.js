// What the list of runs is narrowed to and sorted by, in the form and in the address.
import {element, setText} from '../common/dom.js'
import * as place from '../common/place.js'

const NAMES = ['text', 'owner', 'analysis', 'rule', 'sort', 'descending', 'cursor']
const TYPING_MS = 250

export class RunsFilter {
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLTableRowElement} heads
   * @param {() => void} onChange another list is wanted
   */
  constructor(form, heads, onChange) {
    this.form = form
    this.links = [...heads.querySelectorAll('[data-sort]')]
    this.onChange = onChange
    this.reset = form.querySelector('[data-part="reset"]')
    this.rule = form.querySelector('[data-part="rule"]')
    this.text = form.elements.text
    this.boxes = [...form.querySelectorAll('[name="state"]')]
    form.addEventListener('submit', (event) => { event.preventDefault(); this.take() })
    form.addEventListener('change', (event) => { if (event.target !== this.text) this.take() })
    this.text.addEventListener('input', () => {
      clearTimeout(this.typing)
      this.typing = setTimeout(() => this.take(), TYPING_MS)
    })
    this.reset.addEventListener('click', (event) => this.go(event, () => this.clear()))
    for (const link of this.links) link.addEventListener('click', (event) => this.go(event, () => this.sortBy(link)))
    place.onChange(() => { this.restore(); onChange() })
    this.restore()
  }

  /** A link that need not load the page, unless it is to be opened elsewhere. */
  go(event, work) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
    event.preventDefault()
    work()
  }

  /** The query for the API. */
  get query() {
    const asked = new URLSearchParams()
    for (const name of NAMES) if (place.read(name)) asked.set(name, place.read(name))
    for (const state of place.readAll('state')) asked.append('state', state)
    return asked
  }

  get isNarrowed() {
    return ['text', 'owner', 'analysis', 'rule', 'state'].some((name) => place.read(name))
  }

  /** The form as the address has it. */
  restore() {
    this.text.value = place.read('text')
    for (const name of ['owner', 'analysis']) {
      this.offer(name, place.read(name))
      this.form.elements[name].value = place.read(name)
    }
    const states = new Set(place.readAll('state'))
    for (const box of this.boxes) box.checked = states.has(box.value)
    this.show()
  }

  /** The address as the form has it. */
  take() {
    clearTimeout(this.typing)
    const {owner, analysis} = this.form.elements
    const before = location.href
    place.write({
      text: this.text.value.trim(), owner: owner.value, analysis: analysis.value, cursor: '',
      state: this.boxes.filter((box) => box.checked).map((box) => box.value),
    })
    this.show()
    if (location.href !== before) this.onChange()
  }

  clear() {
    place.write({text: '', owner: '', analysis: '', rule: '', state: [], cursor: ''}, {step: true})
    this.restore()
    this.onChange()
    this.text.focus()
  }

  /** By another column, or the other way round. */
  sortBy({dataset: {sort, first}}) {
    const isSame = sort === (place.read('sort') || 'start')
    const isDown = isSame ? place.read('descending') === 'false' : first === 'descending'
    place.write({sort: sort === 'start' ? '' : sort, descending: isDown ? '' : 'false', cursor: ''}, {step: true})
    this.show()
    this.onChange()
  }

  show() {
    const sort = place.read('sort') || 'start'
    const way = place.read('descending') === 'false' ? 'ascending' : 'descending'
    for (const link of this.links) {
      if (link.dataset.sort === sort) link.parentElement.setAttribute('aria-sort', way)
      else link.parentElement.removeAttribute('aria-sort')
    }
    this.reset.hidden = !this.isNarrowed
    this.rule.hidden = !place.read('rule')
    setText(this.rule.querySelector('strong'), place.read('rule'))
  }

  /** How many runs are in each state. */
  count(states) {
    for (const node of this.form.querySelectorAll('[data-count]')) {
      setText(node, (states[node.dataset.count] ?? 0).toLocaleString('en'))
    }
  }

  /** Let owners and analyses of runs that came meanwhile be chosen. */
  learn(runs) {
    for (const run of runs) {
      this.offer('owner', run.owner)
      this.offer('analysis', run.analysis)
    }
  }

  offer(name, value) {
    const select = this.form.elements[name]
    if (value && ![...select.options].some((option) => option.value === value)) {
      select.append(element('option', {value}, value))
    }
    select.parentElement.hidden = select.options.length < 3 && !select.value
  }
}
