// What keys and values of a schema are called for people.
import {element} from '../common/dom.js'
import {typesOf} from './schema_check.js'

const WORDS = {
  mb: 'MB', qc: 'QC', roc: 'ROC', af: 'AF', etag: 'ETag', mem: 'Memory', bcftools: 'bcftools', multiqc: 'MultiQC',
  happy: 'hap.py', vcfeval: 'vcfeval', htslib: 'htslib', gvcf: 'gVCF', gpus: 'GPUs', envmodules: 'Environment modules',
}

/** "on_sample_mismatch" → "On sample mismatch" */
export function nameOf(key) {
  const words = key.split('_')
  const text = words.map((word) => WORDS[word] ?? word).join(' ')
  return words[0] in WORDS ? text : text[0].toUpperCase() + text.slice(1) // names of tools stay as they are
}

/** A description as nodes: what stands in `backticks` is code. */
export function prose(text) {
  return text.split('`').map((part, at) => (at % 2 ? element('code', {}, part) : part))
}

/** A value as a hint shows it: "builtin", "50, 100"; '' for nothing */
export function valueText(value) {
  if (value === undefined || value === null || value === '') return ''
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'object' ? '' : String(value)
}

/**
 * What somebody typed, as the schema wants it; what cannot be stays as it is, and is told.
 *
 * @returns {string|number|undefined} undefined for nothing
 */
export function typedValue(schema, text) {
  if (text === '') return undefined
  const types = typesOf(schema)
  const isNumber = types.includes('integer') || types.includes('number')
  if (!isNumber || types.includes('string')) return text
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text
}
