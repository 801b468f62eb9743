// Which part of a time axis is to be seen: all of it, or what one has zoomed to.

const SHORTEST = 50 // milliseconds

export class TimeWindow {
  constructor() {
    this.whole = {from: 0, to: 1}
    this.part = null
  }

  get isWhole() {
    return this.part === null
  }

  get from() {
    return (this.part ?? this.whole).from
  }

  get to() {
    return (this.part ?? this.whole).to
  }

  /** How long all of it is: it grows while the run does. */
  setWhole(from, to) {
    this.whole = {from, to: Math.max(to, from + SHORTEST)}
  }

  showAll() {
    this.part = null
  }

  /** Show a part; what lies beside the whole is left out. */
  show(from, to) {
    const {whole} = this
    const length = Math.min(Math.max(to - from, SHORTEST), whole.to - whole.from)
    const start = Math.min(Math.max(from, whole.from), whole.to - length)
    const isAll = length >= (whole.to - whole.from) * 0.999
    this.part = isAll ? null : {from: start, to: start + length}
  }

  /** Show `factor` times as much; the time `around` stays where it is. */
  zoom(factor, around = (this.from + this.to) / 2) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor)
  }

  /** Go on by a share of what is to be seen. */
  pan(share) {
    const by = (this.to - this.from) * share
    if (!this.isWhole) this.show(this.from + by, this.to + by)
  }

  /** Let a stretch of time be in sight. */
  reveal(from, to) {
    if (this.isWhole || (from < this.to && to > this.from && from >= this.from)) return
    const length = this.to - this.from
    this.show(from - length * 0.1, from + length * 0.9)
  }

  /** For the address: seconds since the beginning, "" for all. */
  get text() {
    if (!this.part) return ''
    const seconds = (time) => Number(((time - this.whole.from) / 1000).toFixed(2))
    return `${seconds(this.part.from)}-${seconds(this.part.to)}`
  }

  set text(text) {
    const [from, to] = text.split('-').map((part) => Number.parseFloat(part) * 1000)
    if (from < to) this.show(this.whole.from + from, this.whole.from + to)
    else this.showAll()
  }
}
