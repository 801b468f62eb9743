// One file in the list of uploads: how far it is, and what can be done with it.
import {element, setText} from '../common/dom.js'
import {sizeText} from '../common/sizes.js'
import {length} from '../common/times.js'

export class UploadRow {
  /** @param {import('./upload_list.js').Uploads} uploads whose row it is */
  constructor(uploads) {
    this.uploads = uploads
    this.label = element('span', {class: 'upload-name'})
    this.text = element('span', {class: 'upload-text'})
    this.bar = element('progress', {max: 1})
    this.main = element('button', {type: 'button', on: {click: () => this.act()}})
    this.drop = element('button', {type: 'button', on: {click: () => this.remove(), blur: () => this.calm()}})
    this.root = element('li', {}, this.label, this.bar, this.text, element('span', {class: 'upload-buttons'}, this.main, this.drop))
  }

  /** @param {{upload?: object, known?: object}} told a FileUpload, or what the service told */
  show({upload = null, known = null}) {
    Object.assign(this, {upload, known})
    const state = upload?.state ?? (known.is_finished ? 'finished' : 'left')
    const {size} = upload ?? known
    const sent = upload?.sent ?? known.received
    this.state = state
    this.name = (upload ?? known).name
    this.id = (upload ?? known).id
    this.root.dataset.state = state
    setText(this.label, this.name)
    setText(this.text, textOf(state, sent, size, upload))
    this.bar.hidden = state === 'finished'
    this.bar.value = sent / size
    this.bar.setAttribute('aria-label', `${this.name}: uploaded`)
    const action = ACTIONS[state] ?? ''
    this.main.hidden = !action
    setText(this.main, action)
    this.main.setAttribute('aria-label', `${action}: ${this.name}`)
    this.drop.hidden = state === 'checking'
    if (!this.isSure) this.calm()
    return this
  }

  async act() {
    if (this.state === 'left') this.uploads.add(await this.uploads.choose({isMany: false}))
    else if (ACTIONS[this.state] === 'Pause') {
      this.upload.pause()
      this.uploads.next()
    } else this.uploads.goOn(this.upload)
  }

  /** What is there whole is deleted by the second press only. */
  remove() {
    if (this.isSure || this.state !== 'finished') {
      this.isSure = false
      this.uploads.remove(this)
      return
    }
    this.isSure = true
    setText(this.drop, 'Really delete')
    this.drop.setAttribute('aria-label', `Really delete ${this.name}? Runs that were submitted with it keep it`)
  }

  calm() {
    this.isSure = false
    const word = this.state === 'finished' ? 'Delete' : 'Remove'
    setText(this.drop, word)
    this.drop.setAttribute('aria-label', `${word}: ${this.name}`)
  }
}

const ACTIONS = {
  waiting: 'Pause', sending: 'Pause', broken: 'Pause', paused: 'Go on', failed: 'Try again', left: 'Choose the file again…',
}

function textOf(state, sent, size, upload) {
  const part = `${sizeText(sent)} of ${sizeText(size)}`
  switch (state) {
    case 'waiting': return sent ? `${part}, waits for its turn` : `${sizeText(size)}, waits for its turn`
    case 'paused': return `${part}, paused`
    case 'left': return `${part} are there. Choose the same file to send the rest.`
    case 'checking': return `${sizeText(size)}, is being checked`
    case 'broken': case 'failed': return `${sent ? part : sizeText(size)}. ${upload.message}`
    case 'finished': return sizeText(size)
    default: return [part, upload.speed ? `${sizeText(upload.speed)}/s` : '', left(upload.secondsLeft)].filter(Boolean).join(', ')
  }
}

function left(seconds) {
  return seconds === null || !Number.isFinite(seconds) ? '' : `${length(Math.ceil(seconds))} left`
}
