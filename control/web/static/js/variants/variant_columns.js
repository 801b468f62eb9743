// The columns of the tables of variants.
import {element} from '../common/dom.js'
import {external} from '../common/safe_link.js'
import {
  ONCOGENICITY, TIERS, bestContexts, changeOf, confidenceMark, isConflicting, isOpen, placeOf, shortProtein, summaryOf, therapiesOf, tierText,
} from './variant.js'

const LINKS = 2 // of the evidence, in a row; all of them are in the details
const LONGEST_TIP = 600
const QUESTIONS = ['therapeutic', 'resistance', 'diagnostic', 'prognostic']
const CONFLICT = 'Statements of the same weight say the opposite'
/** How a statement fits the variant, the best first; a tool's own word is shown as it is. */
const MATCHES = {
  genomic: 'allele', protein: 'protein', protein_other_transcript: 'protein, other transcript', codon: 'codon', exon: 'exon',
  structural: 'structural', gene: 'gene', gene_bare: 'gene, condition not met',
}

/** What each column shows; those that are only for files come last. */
export const VARIANT_COLUMNS = [
  {
    key: 'tier', title: 'Tier', width: 9.5, choices: TIERS, nothing: 'no tier', help: 'AMP/ASCO/CAP 2017: I strong, II potential, III unknown clinical significance, IV benign; the letter is the level of evidence. For the tumour type of this run. ⇄: statements of the same weight say the opposite.',
    value: ({tier}) => tier, text: tierText, plain: (variant) => tierText(variant) || null, order: (variant) => (variant.tier ? TIERS.indexOf(variant.tier) + levelRank(variant) : null),
    fill: fillTier,
  },
  {key: 'gene', title: 'Gene', width: 9, fill: (cell, {gene}) => cell.replaceChildren(gene ? element('i', {}, gene) : '–')},
  {
    key: 'change', title: 'Change', width: 14, isChoosable: false, help: 'Of the protein where it is known, else of the transcript, else of the bases. V600E is found as well as p.Val600Glu.',
    value: changeOf, text: changeText, plain: changeOf, fill: (cell, variant) => cell.replaceChildren(changeOf(variant)),
  },
  {key: 'context', title: 'Question', width: 11, choices: QUESTIONS, nothing: 'none', help: 'What the tier is about', value: contextOf},
  {key: 'therapies', title: 'Therapies', width: 20, isChoosable: false, help: 'Of the statements that decided the tier; "+" is given together, ";" is another statement', value: drugsOf, fill: (cell, variant) => fillText(cell, drugsOf(variant))},
  {
    key: 'confidence', title: 'Confidence', type: 'number', width: 11, help: 'From 0 to 1, how sure the tier is: ✓ from 0.8, ! from 0.5, ✗ below. It is no probability; details have its parts.',
    text: confidenceText, fill: fillConfidence,
  },
  {
    key: 'evidence', title: 'Evidence', width: 18, isChoosable: false, help: 'What the tier rests on; what counted most comes first', value: ({evidence}) => evidence.length || null,
    text: ({evidence}) => evidence.map(evidenceText).join('\n'), order: ({evidence}) => -evidence.length || null,
    plain: ({evidence}) => evidence.map(({id}) => id).join(' ') || null, fill: fillEvidence,
  },
  {
    key: 'match', title: 'Match', width: 9, choices: Object.values(MATCHES), nothing: 'none', help: 'How the statement that counted most fits the variant: allele, protein, codon, exon, gene',
    value: ({evidence}) => (evidence.length ? matchText(evidence[0]) : null),
  },
  {
    key: 'oncogenicity', title: 'Oncogenicity', width: 21, choices: ONCOGENICITY, help: 'ClinGen/CGC/VICC 2022: whether the variant drives cancer at all, whatever can be done about it. "?": codes that were not assessed could make it another class. Details have the codes and points.',
    order: ({oncogenicity, points}) => (oncogenicity ? ONCOGENICITY.indexOf(oncogenicity) - (points ?? 0) / 1000 : null), fill: fillOncogenicity,
  },
  {key: 'sample', title: 'Sample', width: 14},
  {key: 'summary', title: 'What it means', width: 36, isChoosable: false, value: summaryOf, fill: (cell, variant) => fillText(cell, summaryOf(variant))},
  {key: 'consequence', title: 'Consequence', width: 18, value: ({consequence}) => consequence.replaceAll('&', ', ').replaceAll('_', ' ')},
  {key: 'vaf', title: 'VAF', type: 'percent', help: 'Share of the reads that have the variant', width: 8},
  {key: 'depth', title: 'Depth', type: 'integer', help: 'Reads at the place', width: 7},
  {
    key: 'conflict', title: 'Conflict', width: 10, choices: ['conflicting'], nothing: 'no conflict', help: `${CONFLICT}, of a question that gives the tier`,
    value: (variant) => (isConflicting(variant) ? 'conflicting' : null),
  },
  {key: 'place', title: 'Position', width: 22, isChoosable: false, value: placeOf, order: ({chrom, pos}) => `${chrom}:${pos}`},
  ...['chrom', 'pos', 'ref', 'alt', 'transcript'].map((key) => ({key, title: key, isFileOnly: true})),
  ...Object.entries({
    hgvs_c: ({coding}) => coding, hgvs_p: ({protein}) => protein, points: ({points}) => points,
    codes_met: ({codes}) => codes.filter(({isPartial}) => !isPartial).map(({code}) => code).join(' '),
    codes_not_assessed: ({openCodes}) => openCodes.map(({code}) => code).join(' '),
    decisive: (variant) => [...new Set(bestContexts(variant).flatMap(({decisive}) => decisive))].join(' '),
    tier_reason: ({why}) => why, not_assessed: ({notAssessed}) => notAssessed.join(' '), filters: ({filters}) => filters.join(' '),
    population_af: ({population}) => population,
  }).map(([key, value]) => ({key, title: key, isFileOnly: true, value})),
]

/** Of what could not be annotated. */
export const ERROR_COLUMNS = [
  {key: 'place', title: 'Position', width: 26, isChoosable: false, value: errorPlace, order: ({chrom, pos}) => `${chrom}:${pos}`},
  {key: 'sample', title: 'Sample', width: 14},
  {key: 'message', title: 'What went wrong', width: 36},
  {key: 'hint', title: 'What to do', width: 36},
]

/** "Tier I-A", in its colour. */
export function tierBadge(variant, word = 'Tier ') {
  const text = tierText(variant)
  return element('span', {class: 'tier', 'data-tier': variant.tier || null}, text ? `${word}${text}` : 'no tier')
}

/** "EID1, level B, sensitivity, vemurafenib, melanoma" */
export function evidenceText(each) {
  const {id, level, type, direction, significance, disease} = each
  const words = [id, level && `level ${level}`, significance || type, therapiesOf(each), disease, direction]
  return words.filter((word) => typeof word === 'string' && word).join(', ')
}

/** How a statement fits the variant, in words. */
export function matchText({match}) {
  return typeof match === 'string' ? MATCHES[match] ?? match : ''
}

/** "Uncertain significance, 1 point" */
export function oncogenicityText({oncogenicity, points}) {
  return [oncogenicity || 'no class', points === null ? '' : `${points} ${Math.abs(points) === 1 ? 'point' : 'points'}`].filter(Boolean).join(', ')
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

function fillTier(cell, variant) {
  const mark = isConflicting(variant) ? [' ', element('span', {class: 'conflict', role: 'img', 'aria-label': 'conflicting'}, '⇄')] : []
  cell.replaceChildren(tierBadge(variant, ''), ...mark)
  tip(cell, mark.length ? `${CONFLICT}. ${variant.why}` : variant.why)
}

function fillOncogenicity(cell, variant) {
  const {oncogenicity, lowest, highest} = variant
  cell.classList.toggle('is-missing', !oncogenicity)
  const open = oncogenicity !== 'Not assessed' && isOpen(variant)
  cell.replaceChildren(...(open ? [element('span', {class: 'open-class', role: 'img', 'aria-label': 'could be another class'}, '?'), ' '] : []), oncogenicity || '–')
  tip(cell, open ? `${oncogenicityText(variant)}. With the codes that were not assessed it could be ${lowest} to ${highest} points, and another class.` : '')
}

function fillText(cell, text) {
  cell.textContent = text || '–'
  cell.classList.toggle('is-missing', !text)
  tip(cell, text)
}

function contextOf(variant) {
  return typeof variant.told.context === 'string' ? variant.told.context : bestContexts(variant)[0]?.context ?? null
}

function drugsOf(variant) {
  return [...new Set(bestContexts(variant).flatMap(({therapies}) => therapies))].join('; ')
}

/** What is looked for: "p.Val600Glu", "BRAF V600E". */
function changeText(variant) {
  return variant.protein ? `${changeOf(variant)}\n${variant.gene} ${shortProtein(variant.protein)}\n${variant.gene} ${variant.protein}` : changeOf(variant)
}

/** Where it is; the line of the file where a record does not even say that. */
function errorPlace(variant) {
  if (variant.pos !== null) return placeOf(variant)
  return [variant.line === null ? '' : `line ${variant.line}`, variant.record].filter(Boolean).join(': ') || '–'
}

function tip(cell, text) {
  if (text) cell.dataset.tip = text.length > LONGEST_TIP ? `${text.slice(0, LONGEST_TIP)}…` : text
  else delete cell.dataset.tip
}

function levelRank({level}) {
  return level ? (level.charCodeAt(0) - 65) / 10 : 0.9
}
