// The variants of a run, each once: as its job told it last. No page here.
//
// Messages may come in any order, and twice: what has happened before the page was opened is
// read while newer ones come. A job that is tried again tells its variants again, so what an
// earlier try of it told counts no more from the first message of the new try on.
import {variantOf} from './variant.js'

const FEW = 20_000 // of a job, that are told whatever they are (plumbline annotate --tell auto)

export class VariantStore {
  constructor() {
    this.variants = new Map() // key → variant
    this.errors = new Map() // key → variant that could not be annotated
    this.tries = new Map() // rule and wildcards → [process, attempt]
    this.unclear = 0 // messages that do not say where their variant is
  }

  /**
   * @param {object[]} messages of any types
   * @returns {{added: object[], isOther: boolean, hasErrors: boolean}} variants that are new;
   *   whether some that were there are others now, or gone; whether that is so of the errors
   */
  take(messages) {
    const change = {added: [], isOther: false, hasErrors: false}
    for (const message of messages) {
      const isError = message.type === 'variant_error'
      if (isError || message.type === 'variant_update') this.takeOne(message, isError, change)
    }
    return change
  }

  takeOne(message, isError, change) {
    const work = JSON.stringify([message.data.rule ?? '', message.data.wildcards ?? {}])
    if (!this.isNewest(work, message.data, change)) return
    const variant = variantOf(message) ?? (isError ? recordOf(message) : null)
    if (!variant) {
      this.unclear += 1
      change.hasErrors = true
      return
    }
    const {sample, chrom, pos, ref, alt, transcript, line, record} = variant
    const named = pos === null ? [sample, 'line', line ?? record] : [sample, chrom, pos, ref, alt, transcript]
    variant.key = named.filter((part) => part !== '').join(':')
    variant.work = work
    const key = `${work} ${variant.key}`
    if (isError) Object.assign(variant, errorOf(message.data))
    const [here, there] = isError ? [this.errors, this.variants] : [this.variants, this.errors]
    const known = here.get(key) ?? there.get(key)
    if (known && known.sequence >= variant.sequence) return
    if (there.delete(key)) change[isError ? 'isOther' : 'hasErrors'] = true
    if (isError) change.hasErrors = true
    else if (here.has(key)) change.isOther = true
    else change.added.push(variant)
    here.set(key, variant)
  }

  /** Whether a message is of the newest try of its job; where it begins one, the others go. */
  isNewest(work, {process = 1, attempt = 1}, change) {
    const [lastProcess, lastAttempt] = this.tries.get(work) ?? [0, 0]
    if (process < lastProcess || (process === lastProcess && attempt < lastAttempt)) return false
    if (process === lastProcess && attempt === lastAttempt) return true
    this.tries.set(work, [process, attempt])
    if (!lastProcess) return true
    for (const [rows, flag] of [[this.variants, 'isOther'], [this.errors, 'hasErrors']]) {
      for (const [key, variant] of rows) {
        if (variant.work !== work) continue
        rows.delete(key)
        change[flag] = true
      }
    }
    return true
  }
}

/** A record of the input that does not say where it is; null where the message has none. */
function recordOf({data, sequence, timestamp}) {
  const line = Number.isInteger(data.line) ? data.line : null
  const record = typeof data.record === 'string' ? data.record : ''
  if (line === null && !record) return null
  const sample = typeof data.wildcards?.sample === 'string' ? data.wildcards.sample : ''
  return {sample, chrom: '', pos: null, ref: '', alt: '', transcript: '', line, record, told: data, sequence, at: timestamp}
}

/**
 * Whether some were not told: numbers are dense, and of many only the first are told, whatever they are.
 *
 * @param {VariantStore} store that has heard all there is
 */
export function lacksSome({variants, errors}) {
  const jobs = new Map() // rule and wildcards → how many, and the highest number
  for (const rows of [variants, errors]) {
    for (const {work, told} of rows.values()) {
      if (!Number.isInteger(told.number)) continue
      const job = jobs.get(work) ?? {count: 0, top: 0}
      jobs.set(work, {count: job.count + 1, top: Math.max(job.top, told.number)})
    }
  }
  return [...jobs.values()].some(({count, top}) => top > count || top >= FEW)
}

function errorOf({message, error, hint}) {
  const said = [message, error].find((each) => typeof each === 'string') ?? 'It was not said why.'
  return {message: said, hint: typeof hint === 'string' ? hint : ''}
}
