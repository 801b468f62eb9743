// The SHA-256 of a file, beside the page: {file, atOnce} → {sha256} or {error}.
// Up to `atOnce` bytes the browser's own is asked, where it has one (only with https or on
// this machine); what is larger would not fit into memory, and is read piece by piece.
import {Sha256, hexOf} from './sha256.js'

const PIECE = 4 << 20

addEventListener('message', async ({data: {file, atOnce}}) => {
  try {
    const isSmall = crypto.subtle && file.size <= atOnce
    postMessage({sha256: await (isSmall ? own(file) : byPieces(file))})
  } catch (error) {
    postMessage({error: String(error)})
  }
})

async function own(file) {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer())))
}

async function byPieces(file) {
  const sum = new Sha256()
  for (let at = 0; at < file.size; at += PIECE) {
    sum.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()))
  }
  return sum.hex()
}
