// What the schema of a sample sheet says of each column, and what it says of a cell. Pure.

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} help
 * @property {string} kind 'file', 'data', 'source' …: what kind of file it names; '' for none
 * @property {string[]} words what may stand in place of a file
 * @property {string[]} choices '' where anything may be typed
 * @property {string[]} examples to choose from, where anything may be typed
 * @property {boolean} isRequired
 * @property {boolean} isKnown false for one that the schema has not
 * @property {object} schema
 */

/**
 * The columns that a schema knows, in its order.
 *
 * @param {object} schema of one row
 * @returns {Map<string, Column>}
 */
export function columnsOf(schema) {
  const required = schema?.required ?? []
  return new Map(Object.entries(schema?.properties ?? {}).map(([name, each]) => [name, {
    name,
    help: each.description ?? '',
    kind: each.fileKind ?? '',
    words: each.fileWords ?? [],
    choices: (each.enum ?? []).map(String),
    examples: (each.examples ?? []).map(String),
    isRequired: required.includes(name),
    isKnown: true,
    schema: each,
  }]))
}

/** A column that somebody's sheet has, and nobody knows. */
export function unknownColumn(name) {
  return {name, help: '', kind: '', words: [], choices: [], examples: [], isRequired: false, isKnown: false, schema: {}}
}

/**
 * Which columns to begin with: those that are required, those that the analysis can begin with,
 * and those that go with them.
 *
 * @param {Map<string, Column>} columns
 * @param {string[]} needs columns one of which has to have values; [] leaves it open
 * @returns {string[]}
 */
export function firstColumns(columns, needs) {
  const wanted = needs.length ? needs : [...columns.values()].filter(({kind}) => kind === 'source').map(({name}) => name)
  const goesAlong = ({schema}) => (schema.goesWith ?? []).some((name) => wanted.includes(name))
  return [...columns.values()]
    .filter((each) => each.isRequired || wanted.includes(each.name) || goesAlong(each))
    .map(({name}) => name)
}

/**
 * What is wrong with a cell, as far as its column tells.
 *
 * @param {Column} column
 * @param {string} text
 * @param {(id: string) => string} nameOf name of an upload, '' where it is not known
 * @returns {string} '' where nothing is
 */
export function wrongWith(column, text, nameOf = () => '') {
  if (!text) return ''
  if (!column.isKnown) return ''
  const {schema, choices, words, kind} = column
  if (words.includes(text)) return ''
  if (choices.length) return choices.includes(text) ? '' : `should be ${either(choices)}`
  const checked = kind && text.startsWith('upload:') ? nameOf(text.slice(7)) : text
  if (schema.maxLength && text.length > schema.maxLength) {
    return schema.errorMessage ?? `is longer than ${schema.maxLength} characters`
  }
  if (!schema.pattern || !checked) return ''
  return new RegExp(schema.pattern, 'u').test(checked) ? '' : schema.errorMessage ?? `should look like ${schema.pattern}`
}

/** Whether a file of this name can stand in a column. */
export function takes(column, name) {
  return wrongWith({...column, words: []}, name) === ''
}

/** A name for a sample, made of a file's or folder's name; '' where nothing is left. */
export function sampleName(text) {
  const last = text.replace(/\/+$/, '').split('/').at(-1)
  const stem = last.replace(/(\.(hard-filtered|g?vcf|fastq|fq|bam|cram|bed|csv|tsv|txt|json|gz|bgz|sv|metrics))+$/i, '')
  return stem.normalize('NFKD').replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[^A-Za-z0-9]+|_+$/g, '').slice(0, 100)
}

function either(words) {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words[0]
}
