// The lines of a log as rows, of which only some pages are in memory. How many lines a page
// has is known once it was read, and guessed until then.

const KEPT = 40 // pages

export class LogPages {
  /** @param {FileLog|MessageLog} source */
  constructor(source) {
    this.source = source
    this.clear()
  }

  /** Forget everything: the file was begun anew. */
  clear() {
    this.counts = [] // lines of each page that was ever read
    this.kept = new Map() // page → {lines, isWhole, until}, the one used last at the end
    this.reading = new Map()
    this.starts = [0]
  }

  /** Rows of all pages together. */
  get rows() {
    return this.starts.at(-1)
  }

  /** Count anew: the source has grown, or a page was read. */
  count() {
    const known = this.counts.filter((lines) => lines !== undefined)
    const mean = known.length ? known.reduce((sum, lines) => sum + lines, 0) / known.length : this.source.guess
    const guess = Math.max(1, Math.round(mean))
    this.starts = [0]
    for (let page = 0; page < this.source.pages; page += 1) {
      this.starts.push(this.starts[page] + (this.counts[page] ?? guess))
    }
  }

  /** Page of a row, and which of its lines. */
  locate(row) {
    let [low, high] = [0, Math.max(0, this.starts.length - 2)]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.starts[middle] <= row) low = middle
      else high = middle - 1
    }
    return {page: low, at: row - this.starts[low]}
  }

  /** Row of a line. */
  rowOf({page, at}) {
    return (this.starts[Math.min(page, this.starts.length - 1)] ?? 0) + at
  }

  /** A line that is in memory; undefined where it is not. */
  line(row) {
    const {page, at} = this.locate(row)
    return this.kept.get(page)?.lines[at]
  }

  /** The page with its lines, read where that is needed. */
  async page(page) {
    const kept = this.fresh(page)
    if (kept) {
      this.kept.delete(page) // to the end: it was used last
      this.kept.set(page, kept)
      return kept
    }
    if (!this.reading.has(page)) {
      const read = this.source.read(page).then((found) => {
        this.put(page, found)
        return found
      }).finally(() => this.reading.delete(page))
      this.reading.set(page, read)
    }
    return this.reading.get(page)
  }

  /** The pages that are to be read to show rows `first` to `last`. */
  missing(first, last) {
    const [from, to] = [this.locate(first).page, this.locate(Math.max(first, last - 1)).page]
    const pages = []
    for (let page = from; page <= to && page < this.source.pages; page += 1) {
      if (!this.fresh(page)) pages.push(page)
    }
    return pages
  }

  /** The source has grown: pages that were not whole are to be read again. */
  grown() {
    for (const kept of this.kept.values()) kept.isStale = !kept.isWhole && kept.until === undefined
    this.count()
  }

  /** Messages as they come; only for a log of messages. */
  hear(messages) {
    this.source.hear(messages, (page) => this.kept.get(page))
    for (const [page, kept] of this.kept) this.counts[page] = kept.lines.length
    this.count()
  }

  /** What is in memory of a page, unless there is more of it by now. */
  fresh(page) {
    const kept = this.kept.get(page)
    if (!kept || kept.isStale) return undefined
    return kept.isWhole || this.source.hasAll(page, kept) ? kept : undefined
  }

  put(page, found) {
    this.kept.delete(page)
    this.kept.set(page, found)
    this.counts[page] = found.lines.length
    for (const old of this.kept.keys()) {
      if (this.kept.size <= KEPT) break
      this.kept.delete(old)
    }
    this.count()
  }
}
