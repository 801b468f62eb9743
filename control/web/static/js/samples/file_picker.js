// A dialog that fills one cell with a file: uploaded now or before, or a word in its place.
import {element} from '../common/dom.js'
import {helpText} from '../common/help_text.js'
import {sizeText} from '../common/sizes.js'

const MOST = 200 // uploads in the list: who has more types a part of the name

/**
 * Let somebody choose.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.help
 * @param {string[]} options.words that may stand there too
 * @param {object[]} options.files uploads that fit
 * @returns {Promise<{text: string}|{upload: true}|null>} null where nothing was chosen
 */
export function pickFile({title, help, words, files}) {
  return new Promise((resolve) => {
    let chosen = null
    const end = (value) => { chosen = value; dialog.close() }
    const list = element('ul', {class: 'choices'})
    const search = element('input', {type: 'search', 'aria-label': 'Part of the name', placeholder: 'Part of the name', hidden: files.length < 8})
    const none = element('p', {class: 'faint'}, 'None of your uploads fits here yet.')
    const draw = () => {
      const found = files.filter(({name}) => name.toLowerCase().includes(search.value.toLowerCase()))
      none.hidden = files.length > 0
      list.replaceChildren(...found.slice(0, MOST).map((file) => element('li', {}, element('button', {
        type: 'button', class: 'choice', on: {click: () => end({text: `upload:${file.id}`})},
      }, element('span', {}, file.name), element('small', {}, sizeText(file.size))))))
    }
    search.addEventListener('input', draw)
    const dialog = element('dialog', {class: 'picker', 'aria-labelledby': 'picker-title'},
      element('h2', {id: 'picker-title'}, title),
      element('p', {class: 'faint'}, ...helpText(help)),
      element('p', {class: 'buttons'},
        element('button', {type: 'button', on: {click: () => end({upload: true})}}, 'Upload from this computer…'),
        ...words.map((word) => element('button', {type: 'button', on: {click: () => end({text: word})}}, `Write “${word}”`))),
      element('h3', {}, 'Uploaded before'), search, none, list,
      element('p', {class: 'buttons'}, element('button', {type: 'button', on: {click: () => dialog.close()}}, 'Cancel')))
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(chosen)
    })
    draw()
    document.body.append(dialog)
    dialog.showModal()
  })
}
