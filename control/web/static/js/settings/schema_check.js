// A value against a JSON schema: the part of JSON Schema that Plumbline's own schemas use, in the
// words of the service, which checks everything again.

const TYPES = {
  string: 'text', integer: 'a whole number', number: 'a number', boolean: 'true or false',
  object: 'a group of keys', array: 'a list', null: 'empty',
}

/**
 * A schema in its plain form: `anyOf` of something and null becomes a type that may be null.
 *
 * @param {object} schema
 * @returns {object}
 */
export function plain(schema) {
  if (!schema.anyOf) return schema
  const {anyOf, ...rest} = schema
  const something = anyOf.find(({type}) => type !== 'null') ?? {}
  const mayBeNull = anyOf.some(({type}) => type === 'null')
  const types = typesOf(something)
  return {...something, ...rest, type: mayBeNull ? [...types, 'null'] : types}
}

/** @returns {string[]} the types that a schema names; none where anything may be */
export function typesOf({type}) {
  return type === undefined ? [] : [type].flat()
}

/** @returns {object|null} the schema of a value under a key that the schema does not name */
export function ofOtherKeys(schema) {
  const byPattern = Object.values(schema.patternProperties ?? {})[0]
  if (byPattern) return byPattern
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : null
}

/**
 * What a schema says against a value. An empty value (null) of a key counts as left out.
 *
 * @param {object} given the schema
 * @param {*} value
 * @param {string[]} place of the value, part by part
 * @returns {{place: string[], message: string, isMissing?: boolean}[]}
 */
export function check(given, value, place = []) {
  const schema = plain(given)
  const types = typesOf(schema)
  if (types.length && !types.some((type) => isOf(type, value))) return [wrongType(types, value, place)]
  const found = []
  const say = (message) => found.push({place, message})
  checkWords(schema, value, say)
  if (typeof value === 'number') checkNumber(schema, value, say)
  if (typeof value === 'string') checkText(schema, value, say)
  if (Array.isArray(value) && schema.items) {
    value.forEach((each, at) => found.push(...check(schema.items, each, [...place, String(at)])))
  } else if (isGroup(value)) found.push(...checkGroup(schema, value, place))
  return found
}

/** Whether a value is a group of keys. */
export function isGroup(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two values are the same, whatever the order of their keys. */
export function same(one, other) {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, at) => same(each, other[at]))
  }
  if (!isGroup(one) || !isGroup(other)) return false
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]))
}

function isOf(type, value) {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isGroup(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function wrongType(types, value, place) {
  const names = either(types.filter((type) => type !== 'null').map((type) => TYPES[type]))
  const isPlain = !isGroup(value) && !Array.isArray(value)
  const hint = names === 'text' && isPlain ? '; write it in quotes' : ''
  return {place, message: `${quoted(value)} is not ${names}${hint}`}
}

function checkWords(schema, value, say) {
  if (!schema.enum || schema.enum.includes(value)) return
  say(`${quoted(value)} is not ${either(schema.enum.filter((each) => each !== null))}`)
}

function checkNumber(schema, value, say) {
  if (value < schema.minimum) say(`${value} must be at least ${schema.minimum}`)
  if (value > schema.maximum) say(`${value} must be at most ${schema.maximum}`)
  if (value <= schema.exclusiveMinimum) say(`${value} must be more than ${schema.exclusiveMinimum}`)
  if (value >= schema.exclusiveMaximum) say(`${value} must be less than ${schema.exclusiveMaximum}`)
}

function checkText(schema, value, say) {
  if (schema.fileKind && value.startsWith('upload:')) return // the file's own name is what counts
  const letters = [...value].length
  const fits = letters >= (schema.minLength ?? 0) && letters <= (schema.maxLength ?? Infinity) &&
    fitsPattern(schema.pattern, value)
  if (!fits) say(`${quoted(value)} ${schema.errorMessage ?? 'does not fit'}`)
}

function checkGroup(schema, value, place) {
  const found = []
  const known = schema.properties ?? {}
  const others = ofOtherKeys(schema)
  for (const key of schema.required ?? []) {
    if (value[key] === undefined || value[key] === null) {
      found.push({place: [...place, key], message: 'is missing', isMissing: true})
    }
  }
  for (const [key, each] of Object.entries(value)) {
    const here = [...place, key]
    const its = Object.hasOwn(known, key) ? known[key] : others
    if (each === null) continue
    if (its) found.push(...check(its, each, here))
    else if (schema.additionalProperties === false) found.push({place: here, message: 'unknown key'})
    if (its === others) found.push(...checkName(schema, key, here))
  }
  return found
}

function checkName(schema, key, place) {
  const {pattern, enum: words} = schema.propertyNames ?? {}
  const byPattern = pattern ?? Object.keys(schema.patternProperties ?? {})[0]
  if (words && !words.includes(key)) return [{place, message: `${quoted(key)} is not ${either(words)}`}]
  return fitsPattern(byPattern, key) ? [] : [{place, message: `${quoted(key)} cannot be a name here`}]
}

/** Whether a text fits the pattern of a schema; any does where there is none. */
export function fitsPattern(pattern, text) {
  if (!pattern) return true
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true // written for another language: the service tells
  }
}

function quoted(value) {
  const text = isGroup(value) || Array.isArray(value) ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `"${text.slice(0, 80)}…"` : `"${text}"`
}

function either(words) {
  const last = words.at(-1)
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : String(last)
}
