// What the reader has chosen in a table, as its page's address has it.
import * as place from '../common/place.js'

const AS_THEY_CAME = '0' // where the table has another order at first

/**
 * @param {string} prefix of the table's keys
 * @param {string[]} keys of columns whose values can be chosen
 * @param {string} first the order at first: a key, with "-" for downwards; or ""
 * @returns {{text: string, sort: string, choices: Map<string, string[]>}}
 */
export function readTable(prefix, keys, first) {
  const read = (key) => (prefix ? place.read(`${prefix}.${key}`) : '')
  const sort = read('sort') || first
  return {
    text: read('text'),
    sort: sort === AS_THEY_CAME ? '' : sort,
    choices: new Map(keys.map((key) => [key, listOf(read(key))])),
  }
}

/** The same, written into the address. */
export function writeTable(prefix, {text, sort, choices}, first) {
  if (!prefix) return
  const told = {text, sort: sort === first ? '' : sort || AS_THEY_CAME}
  for (const [key, values] of choices) told[key] = values.map(encodeURIComponent).join(',') || (values.length ? ',' : '')
  place.write(Object.fromEntries(Object.entries(told).map(([key, value]) => [`${prefix}.${key}`, value])))
}

/** "a,b" → ["a", "b"]; "," is one value that is nothing. */
function listOf(text) {
  if (!text) return []
  return (text === ',' ? [''] : text.split(',')).map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
}
