// What a single setting is typed or chosen with. A control shows a value (undefined: left out, so
// that the default counts) and says what becomes of it: `heard(value, isDone)`, where `isDone` is
// false while somebody is still typing. What it cannot show stays as it is until it is touched.
import {element} from '../common/dom.js'
import {same, typesOf} from './schema_check.js'
import {typedValue, valueText} from './schema_words.js'

const FILES = ['file', 'table', 'data'] // what an upload can stand for

/**
 * The control for a schema.
 *
 * @param {object} schema in its plain form
 * @param {{id: string, describedBy: string, lists: object, pick: ?object}} names `pick`: how a file
 *   is chosen
 * @param {(value: *, isDone: boolean) => void} heard
 * @returns {{root: HTMLElement, kind: string, show: (value: *) => void}} `kind`: 'field' (labelled
 *   by `for`), 'tick' (one box) or 'boxes' (several, which want a legend)
 */
export function controlOf(schema, names, heard) {
  const types = typesOf(schema)
  if (types.includes('boolean')) return tick(schema, names, heard)
  if (types.includes('array')) {
    if (schema.items?.enum) return boxes(schema, names, heard)
    return schema.items?.examples ? boxesAndMore(schema, names, heard) : lines(schema, names, heard)
  }
  return schema.enum ? choice(schema, names, heard) : text(schema, names, heard)
}

function text(schema, {id, describedBy, lists, pick}, heard) {
  const types = typesOf(schema)
  const isNumber = types.includes('integer') || types.includes('number')
  const list = schema.fileKind ? lists.files : schema.examples ? lists.of(schema.examples) : null
  const root = element('input', {
    id, type: 'text', 'aria-describedby': describedBy, placeholder: valueText(schema.default), list,
    inputmode: types.includes('integer') ? 'numeric' : isNumber ? 'decimal' : null,
    class: isNumber ? 'number' : null, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false',
    on: {
      input: () => heard(typedValue(schema, root.value), false),
      change: () => heard(typedValue(schema, root.value), true),
    },
  })
  const show = (value) => { root.value = shown(value) }
  if (!pick || !FILES.includes(schema.fileKind)) return {root, kind: 'field', show}
  const button = element('button', {
    type: 'button', class: 'small', title: 'Choose or upload a file…', 'aria-label': `Choose or upload a file: ${pick.name}`,
    on: {click: async () => {
      const chosen = await pick.file()
      button.focus()
      if (!chosen) return
      show(chosen)
      heard(chosen, true)
    }},
  }, '…')
  return {root: element('div', {class: 'with-button'}, root, button), kind: 'field', show}
}

function choice(schema, {id, describedBy}, heard) {
  const words = schema.enum.filter((each) => each !== null)
  const byDefault = schema.default ?? null
  const option = (value, said) => element('option', {value}, said)
  const strange = option('', '')
  const root = element('select', {
    id, 'aria-describedby': describedBy,
    on: {change: () => {
      const value = words.find((each) => String(each) === root.value)
      heard(value === undefined || value === byDefault ? undefined : value, true)
    }},
  })
  const show = (value) => {
    const isStrange = value !== undefined && value !== null && !words.includes(value)
    root.replaceChildren(
      ...(byDefault === null ? [option('', 'as usual')] : []),
      ...words.map((each) => option(each, each === byDefault ? `${each} (default)` : each)),
      ...(isStrange ? [strange] : []))
    if (isStrange) strange.value = strange.textContent = shown(value)
    root.value = shown(value ?? byDefault)
  }
  return {root, kind: 'field', show}
}

function tick(schema, {id, describedBy}, heard) {
  const byDefault = schema.default ?? false
  const root = element('input', {
    id, type: 'checkbox', 'aria-describedby': describedBy,
    on: {change: () => heard(root.checked === byDefault ? undefined : root.checked, true)},
  })
  const show = (value) => {
    root.checked = (value ?? byDefault) === true
    root.indeterminate = value !== undefined && typeof value !== 'boolean'
  }
  return {root, kind: 'tick', show}
}

function boxes(schema, {describedBy}, heard) {
  const root = element('div', {class: 'boxes'})
  const byDefault = schema.default ?? []
  let strange = []
  const tell = () => {
    const chosen = [...root.querySelectorAll('input:checked')].map(({value}) => value)
    const all = schema.items.enum.concat(strange).filter((each) => chosen.includes(each))
    heard(same(all, byDefault) ? undefined : all, true)
  }
  const show = (value) => {
    const chosen = Array.isArray(value) ? value.map(String) : byDefault
    strange = chosen.filter((each) => !schema.items.enum.includes(each))
    root.replaceChildren(...schema.items.enum.concat(strange).map((each) => element('label', {},
      element('input', {
        type: 'checkbox', value: each, checked: chosen.includes(each), 'aria-describedby': describedBy,
        on: {change: tell},
      }), ` ${each}`)))
  }
  return {root, kind: 'boxes', show}
}

/** Boxes for what is usual, and a field for the rest: commas between. */
function boxesAndMore(schema, names, heard) {
  const usual = schema.items.examples
  const byDefault = schema.default ?? []
  const read = () => {
    const more = others.value.split(/[\s,]+/).filter(Boolean)
    const all = [...usual.filter((each) => chosen.has(each)), ...more]
    return same(all, byDefault) ? undefined : all
  }
  let chosen = new Set()
  const others = element('input', {
    type: 'text', placeholder: 'others, with commas between', 'aria-label': 'Others, with commas between',
    'aria-describedby': names.describedBy, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false',
    on: {input: () => heard(read(), false), change: () => heard(read(), true)},
  })
  const ticks = element('div', {class: 'boxes'})
  const show = (value) => {
    const all = Array.isArray(value) ? value.map(String) : value === undefined || value === null ? byDefault : [shown(value)]
    chosen = new Set(all.filter((each) => usual.includes(each)))
    if (document.activeElement !== others) others.value = all.filter((each) => !usual.includes(each)).join(', ')
    ticks.replaceChildren(...usual.map((each) => {
      const box = element('input', {
        type: 'checkbox', value: each, checked: chosen.has(each), 'aria-describedby': names.describedBy,
        on: {change: () => {
          chosen[box.checked ? 'add' : 'delete'](each)
          heard(read(), true)
        }},
      })
      return element('label', {}, box, ` ${each}`)
    }))
  }
  return {root: element('div', {class: 'lines'}, ticks, others), kind: 'boxes', show}
}

function lines(schema, {id, describedBy}, heard) {
  const byDefault = schema.default ?? []
  const read = () => {
    const found = area.value.split('\n').map((line) => line.trim()).filter(Boolean)
    return found.length ? found.map((line) => typedValue(schema.items ?? {}, line)) : undefined
  }
  const area = element('textarea', {
    id, 'aria-describedby': describedBy, rows: Math.min(6, Math.max(2, byDefault.length)),
    spellcheck: 'false', autocomplete: 'off',
    on: {input: () => heard(read(), false), change: () => heard(read(), true)},
  })
  const none = element('button', {
    type: 'button', class: 'small', on: {click: () => { show([]); heard([], true) }},
  }, 'None at all')
  const show = (value) => {
    area.value = Array.isArray(value) ? value.map(shown).join('\n') : shown(value)
    const isNone = Array.isArray(value) && !value.length
    area.placeholder = isNone ? 'none at all' : byDefault.join('\n') || 'one a line'
    none.hidden = !byDefault.length || isNone
  }
  return {root: element('div', {class: 'lines'}, area, none), kind: 'field', show}
}

function shown(value) {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
