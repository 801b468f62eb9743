// The parts of a run's page: in the order in which they are wanted, with links that stay in sight.
import {element} from '../common/dom.js'

export class PageParts {
  /**
   * @param {HTMLElement} nav where the links are
   * @param {HTMLElement[]} parts sections with an id and a `data-part`: how they are called
   */
  constructor(nav, parts) {
    this.nav = nav
    this.near = new Set()
    this.links = new Map(parts.map((part) => [part, element('a', {href: `#${part.id}`}, part.dataset.part)]))
    this.list = element('ul', {}, ...parts.map((part) => element('li', {hidden: true}, this.links.get(part))))
    nav.append(this.list)
    this.wanted = location.hash.slice(1) // it may not be there yet
    const near = new IntersectionObserver((seen) => this.hear(seen), {rootMargin: '-15% 0px -70% 0px'})
    const changes = new MutationObserver(() => this.show())
    for (const part of parts) {
      near.observe(part)
      changes.observe(part, {attributes: true, attributeFilter: ['hidden']})
    }
    for (const moved of ['wheel', 'keydown', 'pointerdown', 'touchmove']) {
      addEventListener(moved, () => { this.wanted = '' }, {once: true, passive: true}) // the reader goes elsewhere
    }
    this.show()
  }

  /** Links to those that are there, in the order of the page. */
  show() {
    const parts = [...this.links.keys()].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))
    parts.forEach((part, at) => {
      const item = this.links.get(part).parentElement
      item.hidden = part.hidden
      if (this.list.children[at] !== item) this.list.insertBefore(item, this.list.children[at])
    })
    this.nav.hidden = parts.every((part) => part.hidden)
    const wanted = parts.find((part) => part.id === this.wanted)
    if (wanted && !wanted.hidden) wanted.scrollIntoView()
  }

  /** The part that is read now. */
  hear(seen) {
    for (const {target, isIntersecting} of seen) {
      if (isIntersecting) this.near.add(target)
      else this.near.delete(target)
    }
    const links = [...this.near].map((part) => this.links.get(part))
    const [first] = links.sort((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
    for (const link of this.links.values()) {
      if (link === first) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
    }
  }

  /** Put `first` before `second`, unless it is there already; what has the focus stays where it is. */
  order(first, second) {
    if (first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING) return
    if (first.contains(document.activeElement)) first.after(second)
    else second.before(first)
    this.show()
  }
}
