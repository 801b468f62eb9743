// A section of a results view: what to choose, charts with their tables below, further tables.
import {Chart} from './chart.js'
import {element, setText} from '../common/dom.js'
import {external} from '../common/safe_link.js'
import {HeatMap} from './heat_map.js'
import * as place from '../common/place.js'
import {ResultTable} from './result_table.js'
import {list} from '../common/text_list.js'

export class ResultSection {
  /**
   * @param {object} options
   * @param {string} options.place what its choices and tables are called in the address
   * @param {string} options.file beginning of the names of saved files
   * @param {string} options.library address of the script that draws charts
   */
  constructor(options) {
    Object.assign(this, {...options, parts: new Map(), chosen: new Map(), selects: new Map()})
    this.title = element('h3')
    this.text = element('p', {class: 'faint'})
    this.notes = element('ul', {class: 'notes'})
    this.files = element('p', {class: 'links', hidden: true})
    this.choices = element('div', {class: 'choices'})
    this.body = element('div', {class: 'result-parts'})
    this.node = element('section', {class: 'result'}, this.title, this.text, this.files, this.notes, this.choices, this.body)
    place.onChange(() => { if (this.node.isConnected) this.recall() })
  }

  /** @param {object} told a section as the API has it; what is there stays where it can */
  show(told) {
    setText(this.title, told.title)
    setText(this.text, told.text)
    this.text.hidden = !told.text
    list(this.notes, told.notes)
    this.showFiles(told.files ?? [])
    this.showChoices(told.choices)
    const wanted = inOrder(told)
    for (const [key, part] of this.parts) {
      if (wanted.some((each) => each.key === key)) continue
      part.remove()
      this.parts.delete(key)
    }
    wanted.forEach(({key, kind, content}, at) => {
      let part = this.parts.get(key)
      if (!part) this.parts.set(key, part = this.make(kind, content.name))
      part.show(content)
      // moving what stands there already would take away its focus
      if (this.body.children[at] !== part.node) this.body.insertBefore(part.node, this.body.children[at] ?? null)
    })
  }

  showFiles(files) {
    const told = JSON.stringify(files)
    if (this.files.dataset.told === told) return
    this.files.dataset.told = told
    this.files.hidden = !files.length
    this.files.replaceChildren(...files.flatMap(({title, link}) => [external(link, title) ?? title, ' ']))
  }

  make(kind, name) {
    const file = `${this.file}_${name}`
    const {library, chosen} = this
    if (kind === 'chart') return new Chart({file, place: `${this.place}.chart_${name}`, about: this.title.textContent, library, chosen})
    if (kind === 'map') return new HeatMap({place: `${this.place}.map_${name}`, chosen, onLead: (table, values) => this.lead(table, values)})
    return new ResultTable({file, place: `${this.place}.${name}`})
  }

  /** Show those rows of a table that have these values. @param {Object<string, string>} values key → value */
  lead(table, values) {
    const own = `${this.place}.${table}`
    const chosen = Object.entries(values).map(([key, value]) => [`${own}.${key}`, encodeURIComponent(value) || ','])
    place.go({...place.cleared(own), ...Object.fromEntries(chosen)})
  }

  showChoices(choices) {
    this.known = choices
    this.choices.hidden = !choices.length
    for (const [name, {label}] of this.selects) {
      if (choices.some((each) => each.name === name)) continue
      label.remove()
      this.selects.delete(name)
    }
    for (const choice of choices) this.showChoice(choice)
    this.recall()
  }

  showChoice({name, title, values, labels}) {
    let found = this.selects.get(name)
    if (!found) {
      const select = element('select', {on: {change: () => this.choose(name, select.value, true)}})
      found = {select, label: element('label', {}, `${title} `, select), values: ''}
      this.selects.set(name, found)
      this.choices.append(found.label)
    }
    const told = JSON.stringify([values, labels])
    if (found.values === told) return
    found.values = told
    found.select.replaceChildren(...values.map((value, at) => element('option', {value}, labels[at])))
  }

  /** What the address says is chosen, else what is offered first. */
  recall() {
    for (const {name, values, value} of this.known) {
      const wanted = place.read(`${this.place}.${name}`)
      this.choose(name, values.includes(wanted) ? wanted : value)
    }
  }

  choose(name, value, isStep = false) {
    const {select} = this.selects.get(name)
    if (select.value !== value) select.value = value
    const first = this.known.find((choice) => choice.name === name).value
    if (isStep) place.write({[`${this.place}.${name}`]: value === first ? '' : value}, {step: true})
    if (this.chosen.get(name) === value) return
    this.chosen.set(name, value)
    for (const part of this.parts.values()) part.choose?.(name, value)
  }

  remove() {
    for (const part of this.parts.values()) part.remove()
    this.node.remove()
  }
}

/**
 * Each chart with the tables of its name below it (genes, genes_all), maps with what they lead to
 * before the folded charts, then the other tables.
 */
function inOrder({charts, maps = [], tables}) {
  const left = new Set(tables)
  const part = (kind) => (content) => ({key: `${kind} ${content.name}`, kind, content})
  const below = (isBelow) => tables.filter((table) => isBelow(table) && left.delete(table)).map(part('table'))
  const withTables = (chart) => [part('chart')(chart), ...below(({name}) => name === chart.name || name.startsWith(`${chart.name}_`))]
  return [
    ...charts.filter(({folded}) => !folded).flatMap(withTables),
    ...maps.flatMap((map) => [part('map')(map), ...below(({name}) => name === map.leads_to)]),
    ...charts.filter(({folded}) => folded).flatMap(withTables),
    ...[...left].map(part('table')),
  ]
}
