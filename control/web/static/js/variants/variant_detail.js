// All that is known of a variant, over the page: why it has its tier, on what evidence, and the texts.
import {copyButton} from '../common/copy_text.js'
import {element, setText} from '../common/dom.js'
import {changeOf, placeOf, tierText} from './variant.js'
import {confidenceText, evidenceLink, tierBadge} from './variant_columns.js'

const PARTS = {call: 'The call', match: 'Match with the evidence', evidence: 'Strength of the evidence', disease: 'Fit of the disease'}
const EVIDENCE = [
  ['Level', 'level'], ['Rating', 'rating'], ['Type', 'type'], ['Says', 'significance'], ['Direction', 'direction'],
  ['Therapies', 'therapies'], ['Disease', 'disease'], ['Match', 'match'], ['Source', 'source'],
]

export class VariantDetail {
  /**
   * @param {object} options
   * @param {(step: number) => void} options.onStep the next (1) or the one before (-1) is wanted
   * @param {() => void} options.onClose
   */
  constructor({onStep, onClose}) {
    this.title = element('h2', {id: 'variant-title', tabindex: -1})
    this.body = element('div', {class: 'variant-body'})
    this.before = element('button', {type: 'button', on: {click: () => onStep(-1)}}, '← Previous')
    this.after = element('button', {type: 'button', on: {click: () => onStep(1)}}, 'Next →')
    this.where = element('span', {class: 'faint', role: 'status'})
    this.root = element('dialog', {class: 'variant-detail', 'aria-labelledby': 'variant-title', on: {close: onClose}},
      element('div', {class: 'variant-head'}, this.title,
        element('p', {class: 'buttons'}, this.before, this.after, this.where,
          element('button', {type: 'button', class: 'variant-close', on: {click: () => this.root.close()}}, 'Close'))),
      this.body)
    this.root.addEventListener('click', ({target}) => { if (target === this.root) this.root.close() })
  }

  /** @param {object} variant @param {number} at its place among those shown; -1: none @param {number} count of those */
  show(variant, at, count) {
    this.title.replaceChildren(element('i', {}, variant.gene), variant.gene ? ' ' : '', changeOf(variant), ' ', tierBadge(variant))
    this.body.replaceChildren(...contents(variant))
    this.before.disabled = at <= 0
    this.after.disabled = at < 0 || at >= count - 1
    setText(this.where, at < 0 ? '' : `${(at + 1).toLocaleString('en')} of ${count.toLocaleString('en')}`)
    if (!this.root.open) this.root.showModal()
    this.body.scrollTop = 0
    if (this.root.contains(document.activeElement) && document.activeElement.disabled) this.title.focus()
  }
}

function contents(variant) {
  return [
    facts([
      ['Position', placeOf(variant)], ['Sample', variant.sample], ['Transcript', variant.transcript],
      ['Coding change', variant.coding], ['Protein change', variant.protein],
      ['Consequence', variant.consequence.replaceAll('&', ', ').replaceAll('_', ' ')],
      ['Share of reads', variant.vaf === null ? '' : `${(100 * variant.vaf).toFixed(1)} %`], ['Depth', variant.depth === null ? '' : String(variant.depth)],
      ['Why this tier', variant.why],
    ]),
    variant.interpretation ? part('What it means', element('p', {class: 'said'}, variant.interpretation), element('p', {}, copyButton(() => variant.interpretation))) : '',
    contexts(variant), oncogenicity(variant), confidence(variant), evidence(variant), texts(variant),
    element('details', {class: 'variant-told'}, element('summary', {}, 'As the tool told it'),
      element('pre', {tabindex: 0, 'aria-label': 'As the tool told it'}, JSON.stringify(variant.told, null, 1))),
  ].filter(Boolean)
}

function contexts({contexts: found}) {
  if (!found.length) return ''
  return part('Tier by question', table(['Question', 'Tier', 'Disease', 'Therapies'],
    found.map((each) => [words(each.context ?? each.name), tierText(each), words(each.disease), words(each.therapies)])))
}

function oncogenicity({oncogenicity: name, points, codes, openCodes}) {
  if (!name && !codes.length && !openCodes.length) return ''
  const line = ({code, text}) => element('li', {}, element('b', {}, code), text ? ` ${text}` : '')
  return part('Oncogenicity',
    element('p', {}, name || 'no class', points === null ? '' : `, ${points} points`),
    codes.length ? element('ul', {'aria-label': 'Codes that are met'}, ...codes.map(line)) : '',
    openCodes.length ? element('p', {class: 'faint'}, `Not assessed: ${openCodes.map(({code}) => code).join(', ')}`) : '')
}

function confidence(variant) {
  const {parts, notAssessed} = variant
  const names = Object.keys(parts)
  if (variant.confidence === null && !names.length && !notAssessed.length) return ''
  return part('Confidence', element('p', {}, confidenceText(variant) || 'not assessed'),
    facts(names.map((name) => [PARTS[name] ?? name, parts[name] === null ? 'not assessed' : words(parts[name])])),
    notAssessed.length ? element('p', {class: 'faint'}, `Not assessed: ${notAssessed.map(words).join(', ')}`) : '')
}

function evidence({evidence: found}) {
  if (!found.length) return part('Evidence', element('p', {}, 'None was found in what was searched. That is no evidence of absence.'))
  const columns = EVIDENCE.filter(([, key]) => found.some((each) => words(each[key])))
  const rows = found.map((each) => [
    element('span', {}, evidenceLink(each), each.decisive ? element('small', {}, 'decisive') : ''), ...columns.map(([, key]) => words(each[key])),
  ])
  return part('Evidence', table(['Entry', ...columns.map(([title]) => title)], rows))
}

function texts({texts: found}) {
  if (!found.length) return ''
  const whole = () => found.map(({type, text}) => (type ? `${type}\n${text}` : text)).join('\n\n')
  return part('Texts for the report',
    ...found.map(({type, text, sources}) => element('div', {class: 'canned'},
      type ? element('h4', {}, type) : '', element('p', {class: 'said'}, text),
      sources.length ? element('p', {class: 'faint'}, `From ${sources.map(words).join(', ')}`) : '',
      element('p', {}, copyButton(() => text, type ? `Copy: ${type}` : 'Copy')))),
    found.length > 1 ? element('p', {}, copyButton(whole, 'Copy all texts')) : '')
}

function part(title, ...children) {
  return element('section', {}, element('h3', {}, title), ...children)
}

function facts(pairs) {
  return element('dl', {}, ...pairs.filter(([, text]) => text).flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]))
}

function table(titles, rows) {
  return element('div', {class: 'variant-table', tabindex: 0, role: 'group', 'aria-label': titles[0]}, element('table', {},
    element('thead', {}, element('tr', {}, ...titles.map((title) => element('th', {scope: 'col'}, title)))),
    element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells.map((cell, at) => element(at ? 'td' : 'th', at ? {} : {scope: 'row'}, cell)))))))
}

function words(value) {
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join(' + ')
  if (typeof value === 'object') return value === null ? '' : JSON.stringify(value)
  return value === undefined ? '' : String(value)
}
