// The SHA-256 of a file, read piece by piece beside the page.
import {Sha256} from './sha256.js'

const PIECE = 4 << 20

addEventListener('message', async ({data: file}) => {
  try {
    const sum = new Sha256()
    for (let at = 0; at < file.size; at += PIECE) {
      sum.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()))
    }
    postMessage({sha256: sum.hex()})
  } catch (error) {
    postMessage({error: String(error)})
  }
})
