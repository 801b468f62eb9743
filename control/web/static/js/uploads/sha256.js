// SHA-256 (FIPS 180-4) of what comes piece by piece. The browser's own wants the whole file in
// memory, and is not there at all on a page without https.

const K = new Int32Array(64)
const FIRST = new Int32Array(8)

fillConstants()

export class Sha256 {
  constructor() {
    this.state = FIRST.slice()
    this.rest = new Uint8Array(64)
    this.kept = 0
    this.length = 0
    this.words = new Int32Array(64)
  }

  /** @param {Uint8Array} bytes the next ones */
  update(bytes) {
    this.length += bytes.length
    let at = 0
    if (this.kept) {
      at = Math.min(64 - this.kept, bytes.length)
      this.rest.set(bytes.subarray(0, at), this.kept)
      this.kept += at
      if (this.kept < 64) return this
      this.block(this.rest, 0)
      this.kept = 0
    }
    for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at)
    this.rest.set(bytes.subarray(at))
    this.kept = bytes.length - at
    return this
  }

  /** @returns {string} in hexadecimal; nothing can be added afterwards */
  hex() {
    const bits = [Math.floor(this.length / 2 ** 29), (this.length << 3) >>> 0]
    const padding = new Uint8Array(this.kept < 56 ? 64 - this.kept : 128 - this.kept)
    padding[0] = 0x80
    const view = new DataView(padding.buffer)
    view.setUint32(padding.length - 8, bits[0])
    view.setUint32(padding.length - 4, bits[1])
    this.update(padding)
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  block(bytes, at) {
    const w = this.words
    for (let i = 0; i < 16; i += 1, at += 4) {
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15]
      const y = w[i - 2]
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0
    }
    const s = this.state
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7]
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g; g = f; f = e; e = (d + t1) | 0
      d = c; c = b; b = a; a = (t1 + t2) | 0
    }
    s[0] += a; s[1] += b; s[2] += c; s[3] += d
    s[4] += e; s[5] += f; s[6] += g; s[7] += h
  }
}

/** @param {Uint8Array} bytes */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The first 32 bits of the fractional parts of roots of the first 64 primes: cube, and square. */
function fillConstants() {
  const fraction = (number) => ((number - Math.floor(number)) * 2 ** 32) | 0
  for (let candidate = 2, found = 0; found < 64; candidate += 1) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
      if (candidate % divisor === 0) isPrime = false
    }
    if (!isPrime) continue
    if (found < 8) FIRST[found] = fraction(Math.sqrt(candidate))
    K[found] = fraction(Math.cbrt(candidate))
    found += 1
  }
}
