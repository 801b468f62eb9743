// The variants of a run, as they are tiered: a table, what could not be annotated, and details.
//
//   const view = new VariantsView(root, {name})
//   view.hear(messages)        as they come, in any order, also twice
//
// A page that has it needs data_table.css and variants.css.
import {DataTable} from '../table/data_table.js'
import {counted, element, seldom, setText} from '../common/dom.js'
import * as place from '../common/place.js'
import {pause} from '../common/slices.js'
import {TIERS, recordOf} from './variant.js'
import {ERROR_COLUMNS, VARIANT_COLUMNS} from './variant_columns.js'
import {VariantDetail} from './variant_detail.js'
import {VariantStore, lacksSome} from './variant_store.js'

const SLICE = 250 // messages that are taken before the page may answer
const DRAW_MS = 200
const OPENED = 'variant' // in the address

export class VariantsView {
  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {string} options.name of the run: files are called after it
   */
  constructor(root, {name}) {
    Object.assign(this, {root, name})
    this.store = new VariantStore()
    this.waiting = [] // messages that were not taken yet
    this.added = []
    this.isOther = false
    this.hasErrors = false
    this.drawSoon = seldom(() => this.draw(), DRAW_MS)
    this.make()
  }

  /** Messages of any types. */
  hear(messages) {
    for (const message of messages) this.waiting.push(message)
    this.working ??= this.work().finally(() => { this.working = null })
  }

  /** What was told before the page was opened has been heard. */
  heardAll() {
    this.hasAll = true
    this.drawSoon()
  }

  /** Take what waits, in slices. */
  async work() {
    while (this.waiting.length) {
      const change = this.store.take(this.waiting.splice(0, SLICE))
      for (const variant of change.added) this.added.push(variant)
      this.isOther ||= change.isOther
      this.hasErrors ||= change.hasErrors
      this.drawSoon()
      await pause()
    }
  }

  draw() {
    const {added, isOther, store} = this
    Object.assign(this, {added: [], isOther: false})
    if (isOther) this.table.set(store.variants.values())
    else this.table.add(added)
    this.showTiers()
    this.lacking.hidden = !this.hasAll || !lacksSome(store)
    if (this.hasErrors) this.showErrors()
    this.hasErrors = false
    if (!this.detail.root.open) this.openFromPlace()
  }

  make() {
    this.tiers = element('ul', {class: 'tiers', 'aria-label': 'Variants by tier'})
    this.trouble = element('p', {role: 'alert', hidden: true})
    this.lacking = element('p', {class: 'faint', hidden: true}, 'Not all variants are here: a tumour with very many tells the first ones, and after them those of tiers I and II. The files of the results have all.')
    const body = element('div')
    this.errors = element('details', {class: 'variant-errors', hidden: true}, this.errorTitle = element('summary', {}))
    this.detail = new VariantDetail({onStep: (step) => this.step(step), onClose: () => this.closed()})
    this.root.append(this.trouble, this.tiers, this.lacking, body, this.errors)
    document.body.append(this.detail.root) // seen also while another tab is
    this.table = new DataTable(body, {
      name: `${this.name}-variants`, title: 'Variants', isTitleShown: false, noun: 'variant', place: 'variants', sort: 'tier',
      columns: VARIANT_COLUMNS, record: recordOf, onOpen: (variant) => this.open(variant, true), empty: 'No variant was tiered yet.',
    })
    place.onChange(() => this.followPlace())
  }

  showTiers() {
    const counts = new Map(TIERS.map((tier) => [tier, 0]))
    for (const {tier} of this.store.variants.values()) counts.set(tier, counts.get(tier) + 1)
    const shown = TIERS.filter((tier) => counts.get(tier) || tier)
    while (this.tiers.children.length < shown.length) this.tiers.append(element('li', {class: 'tier'}))
    shown.forEach((tier, at) => {
      const item = this.tiers.children[at]
      item.dataset.tier = tier
      setText(item, `${tier ? `Tier ${tier}` : 'no tier'}: ${counts.get(tier).toLocaleString('en')}`)
    })
    while (this.tiers.children.length > shown.length) this.tiers.lastElementChild.remove()
  }

  showErrors() {
    const {errors, unclear} = this.store
    this.errors.hidden = !errors.size && !unclear
    const said = [
      errors.size && `${counted(errors.size, 'variant')} could not be annotated`,
      unclear && `${counted(unclear, 'message')} did not say of which variant`,
    ]
    setText(this.errorTitle, said.filter(Boolean).join('; '))
    if (!this.errorTable && errors.size) {
      const body = element('div')
      this.errors.append(body)
      this.errorTable = new DataTable(body, {
        name: `${this.name}-variant-errors`, title: 'Variants that could not be annotated', isTitleShown: false, noun: 'variant', columns: ERROR_COLUMNS,
      })
    }
    this.errorTable?.set(errors.values())
  }

  open(variant, isChosen = false) {
    const {shown} = this.table
    this.opened = variant
    this.detail.show(variant, shown.indexOf(variant), shown.length)
    // the link shows it over the table that it was chosen in
    if (isChosen) place.write({view: 'variants', [OPENED]: variant.key}, {step: true})
  }

  step(step) {
    const {shown} = this.table
    const next = shown[shown.indexOf(this.opened) + step]
    if (!next) return
    this.open(next)
    place.write({[OPENED]: next.key})
  }

  closed() {
    this.opened = null
    place.write({[OPENED]: ''})
  }

  /** The link that led here names a variant: it is opened once, as soon as it is there. */
  openFromPlace() {
    const key = place.read(OPENED)
    if (!key) return
    for (const variant of this.store.variants.values()) if (variant.key === key) return this.open(variant)
  }

  followPlace() {
    if (place.read(OPENED)) this.openFromPlace()
    else this.detail.root.close()
  }

  /** Say what could not be done. */
  complain(text) {
    setText(this.trouble, text)
    this.trouble.hidden = false
  }
}
