// A dialog in which one finds samples in a store or an open folder, a level at a time.
import {ask} from '../common/api.js'
import {counted, element, setText} from '../common/dom.js'
import {sizeText} from '../common/sizes.js'
import {show as showTime} from '../common/times.js'

const KEY = 'plumbline.source'

export class SourceListing {
  /** @param {object} [options] `api`: address of the API, seen from the page */
  constructor({api = 'api/v1'} = {}) {
    this.api = `${new URL(api, document.baseURI).pathname}/sources`
  }

  /**
   * Let somebody choose folders, or one file or folder.
   *
   * @param {{isMany: boolean, from: ?string}} options where to begin
   * @returns {Promise<{name: string, address: string}[]>} [] where nothing was chosen
   */
  choose({isMany = true, from = ''} = {}) {
    Object.assign(this, {isMany, chosen: new Map(), result: []})
    this.build()
    document.body.append(this.dialog)
    this.dialog.showModal()
    this.open(beside(from ?? '') || (sessionStorage.getItem(KEY) ?? ''))
    return new Promise((resolve) => this.dialog.addEventListener('close', () => {
      this.reading?.abort()
      this.dialog.remove()
      resolve(this.result)
    }, {once: true}))
  }

  build() {
    this.address = element('input', {id: 'source-address', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', placeholder: 's3://bucket/folder/', 'aria-describedby': 'source-trouble'})
    this.trouble = element('p', {class: 'wrong', role: 'alert', id: 'source-trouble', hidden: true})
    this.trail = element('nav', {class: 'trail', 'aria-label': 'Folders above'})
    this.status = element('p', {class: 'faint', role: 'status'})
    this.list = element('ul', {class: 'choices source-list'})
    this.all = element('button', {type: 'button', hidden: true, on: {click: () => this.chooseAll()}})
    this.more = element('button', {type: 'button', hidden: true, on: {click: () => this.read(this.next)}}, 'Show more')
    this.use = element('button', {type: 'button', on: {click: () => this.end([...this.chosen].map(([address, name]) => ({address, name})))}})
    this.dialog = element('dialog', {class: 'picker', 'aria-labelledby': 'source-title'},
      element('h2', {id: 'source-title'}, this.isMany ? 'Find samples' : 'Find where the files are'),
      element('form', {class: 'source-form', on: {submit: (event) => { event.preventDefault(); this.open(this.address.value.trim()) }}},
        element('label', {for: 'source-address'}, 'Address'), this.address, element('button', {}, 'Show')),
      element('p', {class: 'faint'}, this.isMany
        ? 'Each folder that you choose becomes a sample of its name.'
        : 'Choose a folder whose files belong to the sample, or one file.',
      ' Without a slash at its end an address shows what begins so.'),
      this.trouble, this.trail, this.status, this.list,
      element('p', {class: 'buttons'}, this.more, this.all),
      element('p', {class: 'buttons'}, this.isMany ? this.use : null,
        element('button', {type: 'button', on: {click: () => this.dialog.close()}}, 'Cancel')))
    this.count()
  }

  /** Show what is at an address; '' shows where one can begin. */
  async open(address) {
    const hadFocus = this.list.contains(document.activeElement) || this.trail.contains(document.activeElement)
    this.list.replaceChildren()
    this.found = []
    this.all.hidden = true
    this.here = address
    this.address.value = address
    this.drawTrail()
    if (hadFocus) this.trail.querySelector('button:last-of-type')?.focus()
    const query = address ? `?address=${encodeURIComponent(address)}` : ''
    await this.read(`${this.api}${query}`)
  }

  async read(address) {
    this.reading?.abort()
    const reading = this.reading = new AbortController()
    this.more.hidden = true
    this.say('')
    setText(this.status, 'Looking…')
    try {
      const told = await ask(address, {signal: reading.signal})
      this.take(told)
      if (this.here) sessionStorage.setItem(KEY, this.here)
    } catch (error) {
      if (reading.signal.aborted) return
      setText(this.status, '')
      this.say(error.message)
    }
  }

  take({items, next}) {
    this.next = next
    this.more.hidden = !next
    const first = this.found.length
    this.found.push(...items)
    this.list.append(...items.map((item) => this.item(item)))
    const folders = this.found.filter(({kind}) => kind === 'folder').length
    const files = this.found.length - folders
    const more = next ? ', and there are more' : ''
    const inWords = this.here ? `${counted(folders, 'folder')}, ${counted(files, 'file')}${more}` : 'You can begin in:'
    const none = this.here ? 'Nothing is here.' : 'Type where your files are, for instance s3://bucket/folder/'
    setText(this.status, this.found.length ? inWords : none)
    const canBeAll = this.isMany && this.here && folders > 1
    this.all.hidden = !canBeAll
    setText(this.all, `Choose all ${folders} folders`)
    if (first) this.list.children[first]?.querySelector('button, input')?.focus()
    else if (!items.length) this.address.focus()
  }

  item(item) {
    const {name, address, kind, size, changed} = item
    if (kind === 'folder') {
      const open = element('button', {type: 'button', class: 'link', on: {click: () => this.open(address)}, 'aria-label': `Open ${name}/`}, `${name}/`)
      if (!this.here) return element('li', {}, open)
      return element('li', {}, this.isMany ? this.box(item) : this.takeButton(item), open)
    }
    const when = element('time', {})
    if (changed) showTime(when, changed)
    const text = element('small', {}, size === null ? '' : `${sizeText(size)} `, when)
    return element('li', {class: 'is-file'}, this.isMany ? null : this.takeButton(item), element('span', {}, name), text)
  }

  box({name, address}) {
    const box = element('input', {type: 'checkbox', 'aria-label': `Choose ${name}`, 'data-address': address})
    box.checked = this.chosen.has(address)
    box.addEventListener('change', () => {
      if (box.checked) this.chosen.set(address, name)
      else this.chosen.delete(address)
      this.count()
    })
    return box
  }

  takeButton({name, address}) {
    return element('button', {type: 'button', 'aria-label': `Choose ${name}`, on: {click: () => this.end([{name, address}])}}, 'Choose')
  }

  chooseAll() {
    for (const {name, address, kind} of this.found) if (kind === 'folder') this.chosen.set(address, name)
    for (const box of this.list.querySelectorAll('input')) box.checked = true
    this.count()
  }

  count() {
    const {size} = this.chosen
    this.use.disabled = size === 0
    setText(this.use, size ? `Add ${counted(size, 'sample')}` : 'Add samples')
  }

  drawTrail() {
    const start = this.here.startsWith('s3://') ? 's3://' : '/'
    const [bucket, ...steps] = this.here.slice(start.length).split('/').filter(Boolean)
    const links = [element('button', {type: 'button', class: 'link', on: {click: () => this.open('')}}, 'Start')]
    let address = start
    for (const step of bucket ? [bucket, ...steps] : []) {
      address += `${step}/`
      const to = address
      links.push(' / ', element('button', {type: 'button', class: 'link', on: {click: () => this.open(to)}}, step))
    }
    this.trail.hidden = !this.here
    this.trail.replaceChildren(...links)
  }

  end(result) {
    this.result = result
    this.dialog.close()
  }

  say(message) {
    this.trouble.hidden = !message
    setText(this.trouble, message)
  }
}

/** The folder in which something lies, so that what is beside it is seen; '' for other addresses. */
function beside(address) {
  const [, start, path] = /^(s3:\/\/|\/)([^{]*)/.exec(address) ?? []
  const folder = (path ?? '').replace(/[^/]*\/?$/, '')
  return folder ? start + folder : ''
}
