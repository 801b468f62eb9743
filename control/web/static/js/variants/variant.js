// What a message tells of a variant, in one form: docs/messages.md, "variant_update".
//
// Tools name things differently, and leave out what they do not know. What is not there is null
// or an empty list: it is shown as not assessed, never as zero.

/** The tiers of AMP/ASCO/CAP 2017, the strongest first; '' where none was given. */
export const TIERS = ['I', 'II', 'III', 'IV', '']
const CLASSES = ['Oncogenic', 'Likely oncogenic', 'Uncertain significance', 'Likely benign', 'Benign', 'Not assessed']
const SHORT = {o: 0, lo: 1, vus: 2, lb: 3, b: 4, 'variant of uncertain significance': 2}
/** The classes of oncogenicity, the strongest first. */
export const ONCOGENICITY = CLASSES

/**
 * A variant of a message, or of what could not be annotated.
 *
 * @param {object} message `variant_update` or `variant_error`
 * @returns {object|null} null where it does not say where the variant is
 */
export function variantOf({data, sequence, timestamp}) {
  const said = isObject(data.variant) ? {...data, ...data.variant} : data
  const place = {
    chrom: text(said.chrom ?? said.chromosome), pos: whole(said.pos ?? said.position),
    ref: text(said.ref ?? said.reference), alt: text(said.alt ?? said.alternate),
  }
  if (!place.chrom || place.pos === null) return null
  const [tier, level] = tierOf(said.tier ?? said.amp_tier, said.level ?? said.amp_level)
  return {
    ...place, ...wordsOf(said), tier, level, ...oncogenicityOf(said), sample: sampleOf(said, data),
    contexts: objects(said.contexts ?? said.amp_contexts).map((each) => {
      const [own, ownLevel] = tierOf(each.tier, each.level)
      return {...each, tier: own, level: ownLevel, therapies: list(each.therapies), decisive: list(each.decisive)}
    }),
    confidence: share(said.confidence ?? said.confidence_score),
    parts: isObject(said.confidence_components) ? said.confidence_components : {},
    notAssessed: list(said.not_assessed), filters: list(said.filters),
    vaf: share(said.vaf), depth: whole(said.depth), population: share(said.population_af),
    structural: isObject(said.structural) ? said.structural : null,
    scores: isObject(said.scores) ? said.scores : {},
    evidence: objects(said.evidence).map((each) => ({...each, therapies: list(each.therapies)})),
    rejected: objects(said.rejected_evidence), texts: textsOf(said),
    told: data, sequence, at: timestamp,
  }
}

/** Whose it is: the run's name of the sample; its name in the calls too, where that is another one. */
function sampleOf(said, data) {
  const [ours, theirs] = [text(data.wildcards?.sample), text(said.sample)]
  return ours && theirs && ours.toLowerCase() !== theirs.toLowerCase() ? `${ours} (${theirs})` : ours || theirs
}

function wordsOf(said) {
  return {
    gene: text(said.gene), transcript: text(said.transcript), consequence: text(said.consequence),
    coding: text(said.hgvs_c), protein: text(said.hgvs_p),
    why: text(said.tier_reason ?? said.tier_rationale), interpretation: text(said.interpretation),
  }
}

/** What a variant is called: its change, as short as it is known. */
export function changeOf(variant) {
  if (variant.structural) return structuralName(variant.structural)
  return variant.protein || variant.coding || `${shortened(variant.ref)}>${shortened(variant.alt)}`
}

const KINDS = {BND: 'breakend', DEL: 'deletion', DUP: 'duplication', INS: 'insertion', INV: 'inversion', CNV: 'copy number'}

function structuralName({kind, copies}) {
  const name = KINDS[text(kind).split(':')[0]] ?? text(kind)
  return number(copies) === null ? name : `${name}, ${number(copies)} copies`
}

const ONE = Object.fromEntries(Object.entries({
  A: 'Ala', C: 'Cys', D: 'Asp', E: 'Glu', F: 'Phe', G: 'Gly', H: 'His', I: 'Ile', K: 'Lys', L: 'Leu', M: 'Met', N: 'Asn',
  P: 'Pro', Q: 'Gln', R: 'Arg', S: 'Ser', T: 'Thr', V: 'Val', W: 'Trp', Y: 'Tyr', '*': 'Ter',
}).map(([one, three]) => [three, one]))

/** "p.Val600Glu" → "V600E", as people say it and look for it. */
export function shortProtein(protein) {
  return protein.replace(/^p\.\(?|\)$/g, '').replace(/[A-Z][a-z]{2}/g, (three) => ONE[three] ?? three)
}

/** The questions that give the variant its tier. */
export function bestContexts({tier, level, contexts}) {
  return contexts.filter((each) => each.tier === tier && each.level === level)
}

/** Whether statements of the same weight say the opposite, of a question that gives the tier. */
export function isConflicting(variant) {
  return bestContexts(variant).some((each) => each.is_conflicting === true)
}

/** What is given: together, one for another, or one after another. A comma where nobody said which. */
export function therapiesOf({therapies, interaction}) {
  return therapies.join({combination: ' + ', substitutes: ' or ', sequential: ', then '}[text(interaction).toLowerCase()] ?? ', ')
}

/** `chr7:140753336 A>T` */
export function placeOf({chrom, pos, ref, alt}) {
  return `${chrom}:${pos} ${shortened(ref)}>${shortened(alt)}`
}

/** "I-A", "III", "" */
export function tierText({tier, level}) {
  return tier && level ? `${tier}-${level}` : tier
}

/** How sure: ['✓', 'high'], ['!', 'medium'], ['✗', 'low']; null where nobody said. */
export function confidenceMark(confidence) {
  if (confidence === null) return null
  if (confidence >= 0.8) return ['✓', 'high']
  return confidence >= 0.5 ? ['!', 'medium'] : ['✗', 'low']
}

/** One line that says what it means: the interpretation, or the first text. */
export function summaryOf(variant) {
  return variant.interpretation || variant.texts[0]?.text || variant.why
}

/** What is known of a variant, for a file: as it was told, with whose it is. */
export function recordOf(variant) {
  const {jobid, rule, wildcards, attempt, process, ...own} = variant.told
  return {...own, sample: variant.sample || undefined, sequence: variant.sequence}
}

/** "Tier I", "I-A", "ib", 1 → ["I", "A"] */
function tierOf(tier, level) {
  const found = /^(?:tier[\s_-]*)?(IV|I{1,3}|[1-4])[\s_-]*([A-D])?$/i.exec(text(tier).trim())
  if (!found) return ['', '']
  const roman = {1: 'I', 2: 'II', 3: 'III', 4: 'IV'}[found[1]] ?? found[1].toUpperCase()
  const letter = /^[A-D]$/i.test(text(level)) ? text(level) : found[2] ?? ''
  return [roman, letter.toUpperCase()]
}

function oncogenicityOf(said) {
  const found = said.oncogenicity ?? said.vicc_tier
  const all = isObject(found) ? found : {class: found}
  const {class: name, points, codes_met: met, codes_not_met: unmet, codes_not_assessed: open} = all
  const known = text(name).trim()
  const at = SHORT[known.toLowerCase()] ?? CLASSES.findIndex((each) => each.toLowerCase() === known.toLowerCase())
  return {
    oncogenicity: CLASSES[at] ?? known, points: number(points), lowest: number(all.lowest), highest: number(all.highest),
    codes: list(met).map(codeOf), openCodes: list(open).map(codeOf), unmetCodes: list(unmet).map(codeOf),
  }
}

/** The class that so many points give (Horak 2022). */
function classOf(points) {
  return CLASSES[[10, 6, 0, -6].findIndex((least) => points >= least)] ?? CLASSES[4]
}

/** Whether codes that were not assessed could make it another class. */
export function isOpen({lowest, highest}) {
  return lowest !== null && highest !== null && classOf(lowest) !== classOf(highest)
}

function codeOf(code) {
  if (!isObject(code)) return {code: text(code), text: '', points: null, isPartial: false}
  return {code: text(code.code), text: text(code.text ?? code.description), points: number(code.points), isPartial: code.state === 'partial'}
}

function textsOf(said) {
  const found = said.texts ?? said.canned_texts ?? said.canned_text
  if (typeof found === 'string') return [{type: '', text: found, sources: [], sentences: []}]
  return objects(found).map((each) => ({
    type: text(each.type), text: text(each.text ?? each.content), sources: list(each.sources),
    sentences: objects(each.sentences).map((one) => ({text: text(one.text), sources: list(one.sources)})),
  })).filter((each) => each.text)
}

function shortened(bases) {
  return bases.length > 12 ? `${bases.slice(0, 9)}… (${bases.length})` : bases || '.'
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value) {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
}

function list(value) {
  return Array.isArray(value) ? value : typeof value === 'string' && value ? [value] : []
}

function objects(value) {
  return (Array.isArray(value) ? value : []).filter(isObject)
}

function number(value) {
  const found = typeof value === 'string' && value.trim() ? Number(value) : value
  return typeof found === 'number' && Number.isFinite(found) ? found : null
}

function whole(value) {
  const found = number(value)
  return found === null ? null : Math.trunc(found)
}

/** From 0 to 1; null where it is none. */
function share(value) {
  const found = number(value)
  return found !== null && found >= 0 && found <= 1 ? found : null
}
