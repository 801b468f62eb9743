// The parts of what is known of a variant, for its details.
import {copyButton} from '../common/copy_text.js'
import {counted, element} from '../common/dom.js'
import {external} from '../common/safe_link.js'
import {placeOf, therapiesOf, tierText} from './variant.js'
import {confidenceText, evidenceLink, matchText, oncogenicityText} from './variant_columns.js'

const PARTS = {
  call: 'The call', match: 'Match with the evidence', evidence: 'Strength of the evidence', disease: 'Fit of the disease',
  stability: 'How often such a tier stays',
}
const OPEN = {
  consequences: 'what it does to genes', gene_roles: 'the role of the gene', population: 'how common it is', reference: 'whether REF is the genome\'s',
  hotspots: 'hotspots', match: '', evidence: '', disease: '', // of the confidence, and told there
}
const NEARNESS = {
  same: 'this tumour type', related: 'wider or narrower', pan_cancer: 'any cancer', same_site: 'same site', other: 'another tumour type',
}
const EVIDENCE = [
  ['Level', ({level}) => words(level), starsText], ['Says', saysText, ({type, significance}) => (words(significance) ? words(type) : '')],
  ['Therapies', (each) => therapiesOf({...each, therapies: each.therapies.map(words)})],
  ['Disease', ({disease}) => words(disease), ({nearness}) => NEARNESS[words(nearness)] ?? ''], ['Match', matchText],
  ['Gives alone', ({tier}) => words(tier)], ['Source', ({source}) => words(source), sourceText],
]
const NAMED = 5 // statements that a change is called after
const FIRST = 25 // pieces of evidence that are seen at once

/** @param {object} variant of variant.js @returns {HTMLElement[]} */
export function contents(variant) {
  const links = new Map([...variant.evidence, ...variant.rejected].map(({id, url}) => [id, url]))
  return [
    facts(ownFacts(variant, links)), meaning(variant, links), contexts(variant, links), oncogenicity(variant), confidence(variant),
    texts(variant, links), evidence(variant), rejected(variant, links),
    element('details', {class: 'variant-told'}, element('summary', {}, 'As the tool told it'),
      element('pre', {tabindex: 0, 'aria-label': 'As the tool told it'}, JSON.stringify(variant.told, null, 1))),
  ].filter(Boolean)
}

function ownFacts(variant, links) {
  const {structural, scores, notAssessed} = variant
  const namedBy = Array.isArray(variant.told.named_by) ? variant.told.named_by : []
  const open = notAssessed.map((name) => OPEN[name] ?? words(name).replaceAll('_', ' ')).filter(Boolean)
  return [
    ['Position', placeOf(variant) + (structural?.end ? `, to ${words(structural.end)}` : '')], ['Sample', variant.sample],
    ['Transcript', variant.transcript], ['Coding change', variant.coding], ['Protein change', variant.protein],
    ['Gene and change named by', namedBy.length ? firstNamed(namedBy, links) : ''],
    ['Consequence', variant.consequence.replaceAll('&', ', ').replaceAll('_', ' ')],
    ['Share of reads', variant.vaf === null ? '' : `${(100 * variant.vaf).toFixed(1)} %`], ['Depth', variant.depth === null ? '' : String(variant.depth)],
    ['Filters', variant.filters.map(words).join(', ')],
    ['In the population', variant.population === null ? '' : variant.population ? `${Number((100 * variant.population).toPrecision(3))} %` : 'not seen in its source'],
    ['Scores', Object.entries(scores).map(([name, value]) => `${name} ${words(value)}`).join(', ')],
    ['Why this tier', variant.why], ['Not assessed', open.join(', ')],
  ]
}

/** What it means; sentence by sentence with what each rests on, where the tool told so. */
function meaning({interpretation, texts: found}, links) {
  if (!interpretation) return ''
  const same = found.find(({text}) => text === interpretation)
  return part('What it means', said(same ?? {text: interpretation, sources: [], sentences: []}, links), element('p', {}, copyButton(() => interpretation)))
}

function contexts({contexts: found}, links) {
  if (!found.length) return ''
  return part('Tier by question', table(['Question', 'Tier', 'Disease', 'Therapies', 'Decided by'], found.map((each) => [
    words(each.context ?? each.name),
    element('span', {}, tierText(each), each.is_conflicting === true ? element('small', {class: 'conflict'}, '⇄ conflicting') : ''),
    words(each.disease), each.therapies.map(words).join('; '), named(each.decisive, links),
  ])))
}

function oncogenicity(variant) {
  const {oncogenicity: name, lowest, highest, codes, unmetCodes, openCodes} = variant
  if (!name && !codes.length && !openCodes.length) return ''
  const points = (value) => (value === null ? '' : ` ${value > 0 ? '+' : ''}${value}`)
  const line = (each) => element('li', {}, element('b', {}, `${each.code}${each.isPartial ? '' : points(each.points)}`), each.text ? ` ${each.text}` : '', each.isPartial ? ' (in part: counts for nothing)' : '')
  const range = openCodes.length && lowest !== null && highest !== null ? `; ${lowest} to ${highest} with the codes that were not assessed` : ''
  return part('Oncogenicity', element('p', {}, oncogenicityText(variant) + range),
    codes.length ? element('ul', {'aria-label': 'Codes that are met'}, ...codes.map(line)) : element('p', {}, 'No code is met.'),
    unmetCodes.length ? element('p', {class: 'faint'}, `Not met: ${unmetCodes.map(({code}) => code).join(', ')}`) : '',
    openCodes.some(({text}) => text)
      ? element('details', {}, element('summary', {}, `Not assessed: ${openCodes.map(({code}) => code).join(', ')}`), element('ul', {}, ...openCodes.map(line)))
      : openCodes.length ? element('p', {class: 'faint'}, `Not assessed: ${openCodes.map(({code}) => code).join(', ')}`) : '')
}

function confidence(variant) {
  const {parts} = variant
  const names = Object.keys(parts)
  if (variant.confidence === null && !names.length) return ''
  return part('Confidence', element('p', {}, confidenceText(variant) || 'not assessed', variant.confidence === null ? '' : ', the product of:'),
    facts(names.map((name) => [PARTS[name] ?? name, parts[name] === null ? 'not assessed' : words(parts[name])])))
}

function evidence({evidence: found}) {
  if (!found.length) return part('Evidence', element('p', {}, 'None was found in what was searched. That is no evidence of absence.'))
  const columns = EVIDENCE.filter(([, text]) => found.some(text))
  const row = (each) => [
    element('span', {}, evidenceLink(each), each.decisive === true ? element('small', {}, 'decisive') : ''), ...columns.map(([, text, more]) => noted(text(each), more?.(each))),
  ]
  const titles = ['Entry', ...columns.map(([title]) => title)]
  const rest = found.slice(FIRST)
  return part(`Evidence (${found.length.toLocaleString('en')})`, table(titles, found.slice(0, FIRST).map(row)),
    rest.length ? unfolded(`${rest.length.toLocaleString('en')} more, that counted less`, () => table(titles, rest.map(row))) : '')
}

/** What speaks of the variant and counts for nothing, by why. */
function rejected({rejected: found}, links) {
  if (!found.length) return ''
  const reasons = new Map()
  for (const {id, why} of found) reasons.set(words(why), [...(reasons.get(words(why)) ?? []), words(id)])
  return part(`Does not count (${found.length.toLocaleString('en')})`, element('ul', {}, ...[...reasons].map(([why, ids]) => element('li', {},
    element('b', {}, why || 'it was not said why'), ': ', named(ids, links)))))
}

function texts({texts: found, interpretation}, links) {
  if (!found.length) return ''
  const whole = () => found.map(({type, text}) => (type ? `${type}\n${text}` : text)).join('\n\n')
  const others = found.filter(({text}) => text !== interpretation)
  return part('Texts for the report',
    ...others.map((each) => element('div', {class: 'canned'}, each.type ? element('h4', {}, each.type) : '', said(each, links),
      element('p', {}, copyButton(() => each.text, each.type ? `Copy: ${each.type}` : 'Copy')))),
    found.length > 1 ? element('p', {}, copyButton(whole, 'Copy all texts')) : '')
}

/** A text with what it rests on: of each sentence where that is known, else of all. */
function said({text, sources, sentences}, links) {
  if (sentences.length && sentences.map((each) => each.text).join(' ') === text) {
    return element('ul', {class: 'sentences'}, ...sentences.map((each) => element('li', {}, each.text, ' ',
      each.sources.length ? element('small', {class: 'faint'}, '[', named(each.sources, links), ']') : '')))
  }
  return element('div', {}, element('p', {class: 'said'}, text),
    sources.length ? element('p', {class: 'faint'}, 'From ', named(sources, links)) : '')
}

function firstNamed(names, links) {
  const more = names.length - NAMED
  return element('span', {}, named(names.slice(0, NAMED), links), more > 0 ? ` and ${more.toLocaleString('en')} more` : '')
}

/** Names of statements, as links where their address is known. */
function named(names, links) {
  const shown = names.map(words).filter(Boolean)
  return element('span', {}, ...shown.flatMap((name, at) => [...(at ? [', '] : []), external(links.get(name), name) ?? name]))
}

function starsText({rating}) {
  return Number.isInteger(rating) ? counted(rating, 'star') : words(rating)
}

function saysText({significance, type, direction}) {
  const what = words(significance) || words(type) || words(direction)
  return /not/i.test(words(direction)) && what !== words(direction) ? `does not support: ${what}` : what
}

function sourceText({citation, guideline, approved}) {
  return [words(citation), words(guideline), approved === true ? 'FDA-approved' : ''].filter(Boolean).join('; ')
}

function noted(text, note) {
  return note ? element('span', {}, text, element('small', {}, note)) : text
}

/** What is made and shown only when somebody wants to see it. */
function unfolded(title, make) {
  const root = element('details', {}, element('summary', {}, title))
  root.addEventListener('toggle', () => { if (root.children.length < 2) root.append(make()) })
  return root
}

function part(title, ...children) {
  return element('section', {}, element('h3', {}, title), ...children)
}

function facts(pairs) {
  return element('dl', {}, ...pairs.filter(([, text]) => text).flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]))
}

function table(titles, rows) {
  return element('div', {class: 'variant-table', tabindex: 0, role: 'group', 'aria-label': titles[0]}, element('table', {class: 'stacked-narrow'},
    element('thead', {}, element('tr', {}, ...titles.map((title) => element('th', {scope: 'col'}, title)))),
    element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells.map((cell, at) => (
      at ? element('td', cell ? {'data-label': titles[at]} : {}, cell) : element('th', {scope: 'row'}, cell))))))))
}

function words(value) {
  if (Array.isArray(value)) return value.map(words).filter(Boolean).join(' + ')
  if (typeof value === 'object') return value === null ? '' : JSON.stringify(value)
  return value === undefined ? '' : String(value)
}
