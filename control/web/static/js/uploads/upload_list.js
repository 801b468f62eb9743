// The files of a user on the service, and those on their way there.
//
//   const uploads = new Uploads(root, {onFinish: (file) => …})
//   uploads.add(files)      starts sending; gives a FileUpload for each
//   uploads.fitting(name => …)   files that are there and whole
//   uploads.find(id)        {id, name, size, received, state} of a file, here or there
import {ask} from '../common/api.js'
import {element, setText} from '../common/dom.js'
import {FileUpload} from './file_upload.js'
import {headFor, headOf, keepOnly} from './upload_memory.js'
import {UploadRow} from './upload_row.js'

const AT_ONCE = 2 // more of them would only share the line
const ENDINGS = '.vcf,.gvcf,.fastq,.fq,.fasta,.fa,.fna,.bed,.csv,.tsv,.txt,.json,.gz,.bgz,.tbi,.csi,.fai,.gzi'

export class Uploads {
  /**
   * @param {HTMLElement} root
   * @param {object} [options]
   * @param {string} [options.api] address of the API, seen from the page
   * @param {(file: object) => void} [options.onFinish] a file is there, whole and checked
   */
  constructor(root, {api = 'api/v1', onFinish = () => {}} = {}) {
    this.api = `${new URL(api, document.baseURI).pathname}/uploads`
    this.onFinish = onFinish
    this.sending = [] // FileUploads of this page
    this.known = new Map() // id → as the service told
    this.rows = new Map()
    this.listeners = new Set()
    this.build(root)
    this.ready = this.read()
    this.warn = (event) => event.preventDefault()
  }

  /** Whether a file is on its way, and leaving the page would stop it. */
  get isBusy() {
    return this.sending.some(({state}) => ['waiting', 'sending', 'broken', 'checking'].includes(state))
  }

  /** Hear of every change; gives what takes the listener away. */
  listen(listener) {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Send files; one that was begun earlier goes on where it is. */
  add(files) {
    const added = [...files].map((file) => new FileUpload(file, {
      api: this.api, onChange: (upload) => this.changed(upload),
    }))
    this.sending.push(...added)
    this.panel.open = true
    Promise.all(added.map((upload) => this.recognise(upload))).then(() => this.next())
    added.forEach((upload) => this.changed(upload))
    return added
  }

  /** Let somebody choose files. */
  choose({isMany = true} = {}) {
    this.input.multiple = isMany
    this.input.value = ''
    return new Promise((resolve) => {
      this.input.onchange = () => resolve([...this.input.files])
      this.input.oncancel = () => resolve([])
      this.input.click()
    })
  }

  /** A file by its id; null where there is none of this user. */
  find(id) {
    const upload = this.sending.find((each) => each.id === id && each.state !== 'removed')
    if (upload) return {id, name: upload.name, size: upload.size, received: upload.sent, state: upload.state, upload}
    const known = this.known.get(id)
    return known ? {...known, state: known.is_finished ? 'finished' : 'left'} : null
  }

  /** The files that are there, the newest first, whose name fits. */
  fitting(fits = () => true) {
    return [...this.known.values()].filter(({is_finished: isWhole, name}) => isWhole && fits(name))
  }

  /** Ask the service what is there. */
  async read() {
    try {
      const {items} = await ask(this.api)
      this.known = new Map(items.map((item) => [item.id, item]))
      keepOnly(new Set(this.known.keys()))
      this.say('')
    } catch (error) {
      this.say(error.message)
    }
    this.draw()
  }

  build(root) {
    this.input = element('input', {type: 'file', hidden: true, accept: ENDINGS, 'aria-label': 'Files to upload'})
    this.summary = element('summary', {}, 'Uploaded files')
    this.trouble = element('p', {class: 'wrong', hidden: true})
    this.status = element('p', {class: 'unseen', role: 'status'})
    this.list = element('ul', {class: 'uploads'})
    this.none = element('p', {class: 'faint'}, 'None yet. Files go on where they were when the connection breaks.')
    const button = element('button', {type: 'button', on: {click: () => this.chosen()}}, 'Upload files…')
    this.panel = element('details', {class: 'uploads-panel'}, this.summary, this.trouble, this.none, this.list, button, this.input)
    root.append(this.panel, this.status)
    onDrop(this.panel, (files) => this.add(files))
  }

  async chosen() {
    this.add(await this.choose())
  }

  /** Is it one that was begun earlier? */
  async recognise(upload) {
    await this.ready
    const {file} = upload
    const taken = new Set(this.sending.map(({id}) => id))
    const open = [...this.known.values()]
      .filter((each) => !each.is_finished && each.size === file.size && !taken.has(each.id))
    if (!open.length || upload.isEnded) return
    const head = await headOf(file).catch(() => '')
    const known = open.find(({id}) => headFor(id) && headFor(id) === head)
      ?? open.find(({id, name}) => !headFor(id) && name.toLowerCase() === file.name.toLowerCase())
    if (!known || this.sending.some(({id}) => id === known.id)) return
    upload.adopt(known)
    upload.isResumed = true
    this.draw()
  }

  next() {
    const active = this.sending.filter(({state}) => ['sending', 'broken', 'checking'].includes(state))
    const waiting = this.sending.filter(({state}) => state === 'waiting')
    for (const upload of waiting.slice(0, AT_ONCE - active.length)) {
      upload.run().then(() => this.next())
    }
  }

  /** Send one on that was paused, or has failed. */
  goOn(upload) {
    upload.set('waiting')
    this.next()
  }

  async remove(row) {
    const {upload, known} = row
    try {
      if (upload) await upload.remove()
      else await ask(known.link, {method: 'DELETE'})
      this.say('')
    } catch (error) {
      this.say(error.message)
      if (error.status !== 404) return
    }
    this.sending = this.sending.filter((each) => each !== upload)
    this.known.delete(row.id)
    setText(this.status, `${row.name} is removed`)
    this.draw()
    this.tell()
    this.next()
  }

  changed(upload) {
    if (upload.state === 'finished') {
      const {id, name, size, link} = upload
      const file = {id, name, size, link, received: size, is_finished: true}
      if (!this.known.get(id)?.is_finished) {
        this.known = new Map([[id, file], ...this.known])
        setText(this.status, `${name} is uploaded`)
        this.onFinish(file)
      }
    } else if (upload.state === 'failed') setText(this.status, `${upload.name}: ${upload.message}`)
    this.draw()
    this.tell()
  }

  tell() {
    // only while it is needed: pages that listen are not kept for going back
    if (this.isBusy) addEventListener('beforeunload', this.warn)
    else removeEventListener('beforeunload', this.warn)
    for (const listener of this.listeners) listener()
  }

  say(message) {
    this.trouble.hidden = !message
    setText(this.trouble, message)
  }

  draw() {
    const here = new Set(this.sending.map(({id}) => id))
    const all = [
      ...this.sending.map((upload) => [upload, {upload}]),
      ...[...this.known.values()].filter(({id}) => !here.has(id)).map((known) => [known.id, {known}]),
    ]
    const rows = new Map(all.map(([key, told]) => [key, (this.rows.get(key) ?? new UploadRow(this)).show(told)]))
    for (const [key, row] of this.rows) if (rows.get(key) !== row) row.root.remove()
    let at = 0
    for (const row of rows.values()) {
      if (this.list.children[at] !== row.root) this.list.insertBefore(row.root, this.list.children[at] ?? null)
      at += 1
    }
    this.rows = rows
    this.none.hidden = rows.size > 0
    const moving = this.sending.filter(({isEnded}) => !isEnded).length
    setText(this.summary, `Uploaded files (${rows.size}${moving ? `, ${moving} on the way` : ''})`)
  }
}

/** Let files be dropped on an element. */
export function onDrop(target, take) {
  const hasFiles = (event) => [...event.dataTransfer?.types ?? []].includes('Files')
  target.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    target.classList.add('is-target')
  })
  target.addEventListener('dragleave', (event) => {
    if (!target.contains(event.relatedTarget)) target.classList.remove('is-target')
  })
  target.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    event.stopPropagation() // what is around may take files too
    target.classList.remove('is-target')
    take([...event.dataTransfer.files])
  })
}
