// Which sample, lane and mate a file of reads is of, by its name. Pure.

const NAME = /^(.+?)(?:_S\d+)?(?:[._](L\d{3}))?[._]R?([12])(?:_\d{3})?\.(?:fastq|fq)(?:\.b?gz)?$/i

/**
 * Files of reads, put together by sample: those of one lane at one place of both lists.
 *
 * @template {{name: string}} F
 * @param {F[]} files
 * @returns {?{sample: string, forward: F[], reverse: F[]}[]} in the order of the samples' first
 *   files; null where names do not tell it, or mates are missing
 */
export function readSets(files) {
  const found = new Map()
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const [, sample, , mate] = NAME.exec(file.name) ?? []
    if (!sample) return null
    if (!found.has(sample)) found.set(sample, {sample, forward: [], reverse: []})
    found.get(sample)[mate === '1' ? 'forward' : 'reverse'].push(file)
  }
  const sets = [...found.values()]
  const isWhole = ({forward, reverse}) => forward.length > 0 && (reverse.length === forward.length || !reverse.length)
  return sets.every(isWhole) ? sets : null
}

/** The columns of reads and of their mates, of which `name` is one; null for any other column. */
export function pairOf(name) {
  const [, stem] = /^(.+)_[12]$/.exec(name) ?? []
  return stem ? [`${stem}_1`, `${stem}_2`] : null
}
