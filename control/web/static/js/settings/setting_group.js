// Settings that belong together: a part of the form that opens, or one inside another.
import {element} from '../common/dom.js'
import {groupFrame, openFound, showBadge} from './group_frame.js'
import {isGroup, ofOtherKeys, plain, typesOf} from './schema_check.js'
import {nameOf, valueText} from './schema_words.js'
import {Setting} from './setting.js'
import {toldFrame} from './told_settings.js'
import {SettingMap} from './setting_map.js'

/** The field for a schema: a setting, a group of them, or several of one kind by name. */
export function fieldOf(given, path, form, options = {}) {
  const schema = plain(given)
  if (schema.properties) return new SettingGroup(schema, path, form, options)
  if (typesOf(schema).includes('object') && ofOtherKeys(schema)) {
    return new SettingMap(schema, path, form, {...options, fieldOf})
  }
  return new Setting(schema, path, form, options.name)
}

export class SettingGroup {
  /**
   * @param {object} options
   * @param {number} [options.depth] 0 is the form itself; those of 1 open and close
   * @param {boolean} [options.isBare] without a frame
   * @param {boolean} [options.isFlat] what is in it neither opens nor closes
   */
  constructor(schema, path, form, {depth = 1, name, isBare = false, isFlat = false} = {}) {
    this.schema = schema
    this.path = path
    this.form = form
    this.depth = depth
    this.isBare = isBare
    this.name = name ?? nameOf(path.split('.').at(-1) || 'settings')
    this.others = {}
    this.raw = undefined
    this.fields = new Map(Object.entries(schema.properties).map(([key, its]) => [
      key, fieldOf(its, path ? `${path}.${key}` : key, form, {depth: depth + (isFlat ? 2 : 1)}),
    ]))
    this.badge = element('span', {class: 'badge'})
    this.wrong = element('span', {class: 'wrong', hidden: true})
    this.strangers = element('div', {class: 'strangers', hidden: true})
    this.root = this.frame()
  }

  read() {
    if (this.raw !== undefined) return this.raw
    const found = {...this.others}
    for (const [key, field] of this.fields) {
      const value = field.read()
      if (value !== undefined) found[key] = value
    }
    return Object.keys(found).length ? found : undefined
  }

  write(value) {
    this.raw = value === null || isGroup(value) ? undefined : value
    const given = isGroup(value) ? value : {}
    this.others = Object.fromEntries(
      Object.entries(given).filter(([key, each]) => !this.fields.has(key) && each !== null))
    for (const [key, field] of this.fields) field.write(given[key])
    this.told?.show()
    this.showStrangers()
    showBadge(this, 0)
  }

  changes() {
    if (this.raw !== undefined) return 1
    let number = Object.keys(this.others).length
    for (const field of this.fields.values()) number += field.changes()
    return number
  }

  faults() {
    return [...this.fields].flatMap(([key, field]) => field.faults().map((fault) => below(key, fault)))
  }

  tell(faults) {
    const own = []
    const theirs = new Map([...this.fields.keys()].map((key) => [key, []]))
    for (const fault of faults) {
      const key = keyIn(theirs.keys(), fault.key)
      if (key === null) own.push(fault)
      else theirs.get(key).push({...fault, key: fault.key.slice(key.length + 1)})
    }
    let number = own.length
    for (const [key, field] of this.fields) number += field.tell(theirs.get(key))
    this.wrong.hidden = !own.length
    this.wrong.replaceChildren(...own.map(({key, message, hint}) => element('span', {class: 'wrong'},
      `${key ? `${key}: ` : ''}${message}${hint ? ` (${hint})` : ''}`)))
    this.told?.show()
    showBadge(this, number)
    return number
  }

  search(text) {
    const isMeant = this.depth > 0 && `${this.name} ${this.path}`.toLowerCase().includes(text)
    let found = false
    for (const field of this.fields.values()) found = field.search(isMeant ? '' : text) || found
    this.root.hidden = !found && this.depth > 0
    this.told?.find(text)
    openFound(this, text, found)
    return found
  }

  focus(key) {
    if ('open' in this.root) this.root.open = true
    const name = keyIn(this.fields.keys(), key)
    if (name === null) this.root.querySelector('summary, input, select, textarea, button')?.focus()
    else {
      if (this.fields.get(name).isTold) this.told.root.open = true
      this.fields.get(name).focus(key.slice(name.length + 1))
    }
  }

  showStrangers() {
    const names = Object.keys(this.others)
    const isWhole = this.raw !== undefined
    this.strangers.hidden = !names.length && !isWhole
    const say = this.depth === 0
      ? 'Set too, but this analysis does not use it:' : 'Set too, but not known here:'
    const remove = (name) => element('button', {
      type: 'button', class: 'small', 'aria-label': `Remove ${name}`, on: {click: () => this.drop(name)},
    }, 'Remove')
    this.strangers.replaceChildren(
      element('p', {}, isWhole ? `Set to ${valueText(this.raw)}, which is no group of settings.` : say),
      element('ul', {}, ...names.map((name) => element('li', {},
        element('code', {}, name), ' ', valueText(this.others[name]), ' ', remove(name)))),
      ...(isWhole ? [remove('')] : []))
  }

  drop(name) {
    delete this.others[name]
    this.raw = undefined
    this.showStrangers()
    this.form.changed(this, true)
  }

  frame() {
    const fields = [...this.fields.values()]
    const leaves = fields.filter((field) => field instanceof Setting && !field.isTold)
    const groups = fields.filter((field) => !(field instanceof Setting))
    this.told = toldFrame(fields.filter((field) => field.isTold))
    return groupFrame(this, [
      this.wrong, this.strangers, leaves.length ? element('div', {class: 'settings'},
        ...leaves.map(({root}) => root)) : null, ...groups.map(({root}) => root), this.told?.root,
    ])
  }
}

/** The name with which `key` begins: 'qc' of 'qc.keep'; null where it is none of them. */
export function keyIn(names, key) {
  let found = null
  for (const name of names) {
    if ((key === name || key.startsWith(`${name}.`)) && name.length > (found?.length ?? -1)) found = name
  }
  return found
}

function below(name, fault) {
  return {...fault, key: fault.key ? `${name}.${fault.key}` : name}
}
