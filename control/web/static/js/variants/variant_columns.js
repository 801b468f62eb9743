// The columns of the tables of variants.
import {element} from '../common/dom.js'
import {external} from '../common/safe_link.js'
import {ONCOGENICITY, TIERS, changeOf, confidenceMark, placeOf, summaryOf, tierText} from './variant.js'

const LINKS = 3 // of the evidence, in a row; all of them are in the details
const LONGEST_TIP = 600

/** What each column shows; those that are only for files come last. */
export const VARIANT_COLUMNS = [
  {
    key: 'tier', title: 'Tier', width: 9, choices: TIERS, nothing: 'no tier', help: 'AMP/ASCO/CAP 2017: I strong, II potential, III unknown clinical significance, IV benign; the letter is the level of evidence. For the tumour type of this run.',
    text: tierText, plain: (variant) => tierText(variant) || null, order: (variant) => (variant.tier ? TIERS.indexOf(variant.tier) + levelRank(variant) : null),
    fill: (cell, variant) => cell.replaceChildren(tierBadge(variant, '')),
  },
  {key: 'gene', title: 'Gene', width: 9, fill: (cell, {gene}) => cell.replaceChildren(gene ? element('i', {}, gene) : '–')},
  {key: 'change', title: 'Change', width: 17, isChoosable: false, value: changeOf, help: 'Of the protein where it is known, else of the transcript, else of the bases'},
  {
    key: 'oncogenicity', title: 'Oncogenicity', width: 21, choices: ONCOGENICITY, help: 'ClinGen/CGC/VICC 2022: whether the variant drives cancer at all, whatever can be done about it. Details have the codes and points.',
    order: ({oncogenicity, points}) => (oncogenicity ? ONCOGENICITY.indexOf(oncogenicity) - (points ?? 0) / 1000 : null),
  },
  {
    key: 'confidence', title: 'Confidence', type: 'number', width: 14, help: 'From 0 to 1, how sure the tier is: ✓ from 0.8, ! from 0.5, ✗ below. It is no probability; details have its parts.',
    text: confidenceText, fill: fillConfidence,
  },
  {
    key: 'evidence', title: 'Evidence', width: 24, isChoosable: false, help: 'What the tier rests on; what counted most comes first', value: ({evidence}) => evidence.length || null,
    text: ({evidence}) => evidence.map(evidenceText).join('\n'), order: ({evidence}) => -evidence.length || null,
    plain: ({evidence}) => evidence.map(({id}) => id).join(' ') || null, fill: fillEvidence,
  },
  {key: 'summary', title: 'What it means', width: 36, isChoosable: false, value: summaryOf, fill: fillSummary},
  {key: 'consequence', title: 'Consequence', width: 18, value: ({consequence}) => consequence.replaceAll('&', ', ').replaceAll('_', ' ')},
  {key: 'vaf', title: 'VAF', type: 'percent', help: 'Share of the reads that have the variant', width: 8},
  {key: 'depth', title: 'Depth', type: 'integer', help: 'Reads at the place', width: 7},
  {key: 'place', title: 'Position', width: 22, isChoosable: false, value: placeOf, order: ({chrom, pos}) => `${chrom}:${pos}`},
  {key: 'sample', title: 'Sample', width: 12},
  ...['chrom', 'pos', 'ref', 'alt', 'transcript', 'hgvs_c', 'hgvs_p'].map((key) => ({
    key, title: key, isFileOnly: true, value: (variant) => ({hgvs_c: variant.coding, hgvs_p: variant.protein})[key] ?? variant[key],
  })),
]

/** Of what could not be annotated. */
export const ERROR_COLUMNS = [
  {key: 'place', title: 'Position', width: 26, isChoosable: false, value: placeOf, order: ({chrom, pos}) => `${chrom}:${pos}`},
  {key: 'sample', title: 'Sample', width: 14},
  {key: 'message', title: 'What went wrong', width: 36},
  {key: 'hint', title: 'What to do', width: 36},
]

/** "Tier I-A", in its colour. */
export function tierBadge(variant, word = 'Tier ') {
  const text = tierText(variant)
  return element('span', {class: 'tier', 'data-tier': variant.tier || null}, text ? `${word}${text}` : 'no tier')
}

/** "Level B, sensitivity to vemurafenib, melanoma" */
export function evidenceText({id, level, type, direction, significance, therapies, disease}) {
  const words = [id, level && `level ${level}`, significance || type, therapies?.length && therapies.join(' + '), disease, direction]
  return words.filter((word) => typeof word === 'string' && word).join(', ')
}

/** A link to a piece of evidence; its name alone where it has no address to follow. */
export function evidenceLink({id, url}) {
  const name = typeof id === 'string' && id ? id : 'evidence'
  return external(url, name) ?? element('span', {}, name)
}

/** "✓ 0.95" */
export function confidenceText({confidence}) {
  const mark = confidenceMark(confidence)
  return mark ? `${mark[0]} ${confidence.toFixed(2)}` : ''
}

function fillConfidence(cell, variant) {
  const mark = confidenceMark(variant.confidence)
  cell.classList.toggle('is-missing', !mark)
  if (!mark) return cell.replaceChildren('–')
  cell.replaceChildren(element('span', {class: `sure ${mark[1]}`, role: 'img', 'aria-label': mark[1], title: mark[1]}, mark[0]), ` ${variant.confidence.toFixed(2)}`)
}

function fillEvidence(cell, {evidence}) {
  const shown = evidence.slice(0, LINKS).flatMap((each, at) => {
    const link = evidenceLink(each)
    link.tabIndex = -1 // by keyboard the details have them all
    return at ? [' ', link] : [link]
  })
  if (evidence.length > LINKS) shown.push(` +${evidence.length - LINKS}`)
  cell.replaceChildren(...(shown.length ? shown : ['–']))
  cell.classList.toggle('is-missing', !shown.length)
  tip(cell, evidence.slice(0, 8).map(evidenceText).join('\n'))
}

function fillSummary(cell, variant) {
  const text = summaryOf(variant)
  cell.textContent = text || '–'
  cell.classList.toggle('is-missing', !text)
  tip(cell, text)
}

function tip(cell, text) {
  if (text) cell.dataset.tip = text.length > LONGEST_TIP ? `${text.slice(0, LONGEST_TIP)}…` : text
  else delete cell.dataset.tip
}

function levelRank({level}) {
  return level ? (level.charCodeAt(0) - 65) / 10 : 0.9
}
