// What is wrong with a sample sheet, as a list that leads to the cells.
import {counted, element} from '../common/dom.js'

const MOST = 20

export class SheetProblems {
  /**
   * @param {HTMLElement} root
   * @param {(index: number, column: string) => void} onOpen go to a cell
   */
  constructor(root, onOpen) {
    this.onOpen = onOpen
    this.root = element('div', {class: 'sheet-problems', role: 'alert', hidden: true})
    root.append(this.root)
  }

  /** @param {{row: ?number, key: string, message: string, hint: string}[]} problems */
  show(problems) {
    this.root.hidden = problems.length === 0
    const more = problems.length - MOST
    this.root.replaceChildren(...problems.length ? [
      element('p', {}, `${counted(problems.length, 'problem')} in the sample sheet:`),
      element('ul', {}, ...problems.slice(0, MOST).map((each) => this.item(each)),
        more > 0 ? element('li', {}, `and ${more} more`) : null),
    ] : [])
  }

  item({row, key, message, hint}) {
    const place = [row ? `Row ${row}` : '', key].filter(Boolean).join(', ')
    const open = row
      ? element('button', {type: 'button', class: 'link', on: {click: () => this.onOpen(row - 2, key)}}, place)
      : element('span', {}, place)
    return element('li', {}, place ? open : null, place ? ': ' : '', message, hint ? element('small', {}, hint) : null)
  }
}
