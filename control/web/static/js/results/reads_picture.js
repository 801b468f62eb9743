// The reads behind a call, as the service draws them: a picture, and what is to be heeded.
import {ask} from '../common/api.js'
import {element, setText} from '../common/dom.js'
import {list} from '../common/text_list.js'

const PATIENCE_MS = 200 // who steps from row to row asks for none of those in between

export class ReadsPicture {
  constructor() {
    this.asked = null
    this.status = element('p', {class: 'faint', role: 'status'})
    this.image = element('img', {class: 'reads-picture'})
    this.frame = element('div', {class: 'reads-frame', tabindex: 0, role: 'region', 'aria-label': 'Picture of the reads'}, this.image)
    this.notes = element('ul', {class: 'notes'})
    this.save = element('a', {class: 'reads-save'}, 'Save the picture')
    this.root = element('section', {class: 'row-reads', hidden: true},
      element('h3', {}, 'Reads at this place'), this.status, this.frame, this.notes, this.save)
  }

  /** @param {string} address of the reads; '' where there are none */
  async show(address) {
    this.asked?.abort()
    const asked = this.asked = new AbortController()
    this.root.hidden = !address
    this.frame.hidden = this.save.hidden = true
    list(this.notes, [])
    if (!address) return
    this.say('Drawing the reads …')
    try {
      await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
      if (asked.signal.aborted) return
      this.draw(await ask(address, {signal: asked.signal}))
    } catch (problem) {
      if (this.asked === asked) this.say(`The reads cannot be shown: ${problem.message}`)
    }
  }

  draw({name, site, picture, alleles, depth, notes}) {
    const carried = alleles.map(({allele, reads}) => `${allele} in ${reads}`).join(', ')
    const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture)}`
    this.image.src = source
    this.image.alt = `Reads of ${name} at ${site}: ${depth} cover it; ${carried}`
    Object.assign(this.save, {href: source, download: `${name}_${site.replaceAll(':', '_')}.svg`})
    list(this.notes, notes)
    this.say('')
    this.frame.hidden = this.save.hidden = false
  }

  say(text) {
    setText(this.status, text)
    this.status.hidden = !text
  }
}
