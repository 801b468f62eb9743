// All that is known of a variant, over the page: why it has its tier, on what evidence, and the texts.
import {element, setText} from '../common/dom.js'
import {changeOf, shortProtein} from './variant.js'
import {tierBadge} from './variant_columns.js'
import {contents} from './variant_parts.js'

export class VariantDetail {
  /**
   * @param {object} options
   * @param {(step: number) => void} options.onStep the next (1) or the one before (-1) is wanted
   * @param {() => void} options.onClose
   */
  constructor({onStep, onClose}) {
    this.title = element('h2', {id: 'variant-title', tabindex: -1})
    this.body = element('div', {class: 'variant-body'})
    this.before = element('button', {type: 'button', on: {click: () => onStep(-1)}}, '← Previous')
    this.after = element('button', {type: 'button', on: {click: () => onStep(1)}}, 'Next →')
    this.where = element('span', {class: 'faint', role: 'status'})
    this.root = element('dialog', {class: 'variant-detail', 'aria-labelledby': 'variant-title', on: {close: onClose}},
      element('div', {class: 'variant-head'}, this.title,
        element('p', {class: 'buttons'}, this.before, this.after, this.where,
          element('button', {type: 'button', class: 'variant-close', on: {click: () => this.root.close()}}, 'Close'))),
      this.body)
    this.root.addEventListener('click', ({target}) => { if (target === this.root) this.root.close() })
  }

  /** @param {object} variant @param {number} at its place among those shown; -1: none @param {number} count of those */
  show(variant, at, count) {
    const short = variant.protein && !variant.structural ? shortProtein(variant.protein) : ''
    this.title.replaceChildren(element('i', {}, variant.gene), variant.gene ? ' ' : '', changeOf(variant), ' ',
      ...(short ? [element('small', {class: 'faint'}, short), ' '] : []), tierBadge(variant))
    this.body.replaceChildren(...contents(variant))
    this.before.disabled = at <= 0
    this.after.disabled = at < 0 || at >= count - 1
    setText(this.where, at < 0 ? '' : `${(at + 1).toLocaleString('en')} of ${count.toLocaleString('en')}`)
    if (!this.root.open) this.root.showModal()
    this.body.scrollTop = 0
    if (this.root.contains(document.activeElement) && document.activeElement.disabled) this.title.focus()
  }
}
