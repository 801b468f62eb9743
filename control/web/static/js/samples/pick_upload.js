// A file for a setting: one that is uploaded already, or one that is sent now.
import {pickFile} from './file_picker.js'

/**
 * @param {Uploads} uploads of the page
 * @param {{title: string, help: string, fits: (name: string) => boolean}} about what it is for
 * @returns {Promise<?string>} `upload:ID`; null where nothing was chosen, or it could not be sent
 */
export async function pickUpload(uploads, {title, help, fits}) {
  const chosen = await pickFile({title, help, words: [], files: uploads.fitting(fits)})
  if (!chosen?.upload) return chosen?.text ?? null
  const [file] = await uploads.choose({isMany: false})
  return file ? idOf(uploads, uploads.add([file])[0]) : null
}

/** The service knows it before it is there whole. */
function idOf(uploads, upload) {
  return new Promise((resolve) => {
    const look = () => {
      const isRefused = ['failed', 'removed'].includes(upload.state)
      if (!upload.id && !isRefused) return
      stop()
      resolve(upload.id ? `upload:${upload.id}` : null)
    }
    const stop = uploads.listen(look)
  })
}
