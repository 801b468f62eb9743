// Where the rules of a graph are drawn: columns by level, as few crossing lines as a few
// sweeps of barycentres find. Pure: numbers in, numbers out.

export const NODE = {width: 204, height: 46, gapX: 56, gapY: 14}
const SWEEPS = 8

/**
 * Lay out a graph.
 *
 * @param {{rule: string, level?: number}[]} nodes
 * @param {[string, string][]} edges from, to; those of unknown rules are left out
 * @returns {{nodes: Map<string, {x: number, y: number}>, edges: {from: string, to: string,
 *   points: [number, number][]}[], width: number, height: number}}
 */
export function layout(nodes, edges) {
  const names = new Set(nodes.map(({rule}) => rule))
  const known = edges.filter(([from, to]) => names.has(from) && names.has(to) && from !== to)
  const level = levels(nodes, known)
  const {columns, chains} = place(nodes, known, level)
  order(columns)
  columns.forEach(spread)
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) relax(columns, sweep % 2 === 0)
  return drawn(columns, chains)
}

/** Each rule's column: as it was told, or the longest way from a rule that needs no other. */
function levels(nodes, edges) {
  const told = new Map(nodes.map((node) => [node.rule, node.level]))
  if ([...told.values()].every(Number.isInteger)) return told
  const level = new Map(nodes.map(({rule}) => [rule, 0]))
  for (let round = 0; round < nodes.length; round += 1) {
    let moved = false
    for (const [from, to] of edges) {
      if (level.get(to) <= level.get(from) && level.get(from) + 1 < nodes.length) {
        level.set(to, level.get(from) + 1)
        moved = true
      }
    }
    if (!moved) break
  }
  return level
}

/** Cells by column. A line that passes a column has a cell there, so that rules make room. */
function place(nodes, edges, level) {
  const cells = new Map(nodes.map(({rule}) => [rule, cell(level.get(rule), rule)]))
  const columns = []
  const put = (each) => (columns[each.column] ??= []).push(each)
  cells.forEach(put)
  const chains = edges.map(([from, to]) => {
    const [a, b] = [cells.get(from), cells.get(to)]
    const chain = [a]
    const step = b.column >= a.column ? 1 : -1
    for (let column = a.column + step; column !== b.column && a.column !== b.column; column += step) {
      const passing = cell(column, null)
      put(passing)
      chain.push(passing)
    }
    chain.push(b)
    for (let at = 1; at < chain.length; at += 1) {
      chain[at - 1].right.push(chain[at])
      chain[at].left.push(chain[at - 1])
    }
    return {from, to, chain}
  })
  return {columns: Array.from(columns, (column) => column ?? []), chains}
}

function cell(column, rule) {
  return {column, rule, left: [], right: [], y: 0, height: rule === null ? 8 : NODE.height}
}

function order(columns) {
  columns.forEach((column) => column.forEach((each, at) => { each.at = at }))
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0
    for (const column of forth ? columns : columns.toReversed()) {
      const wish = new Map(column.map((each) => [each, mean(forth ? each.left : each.right, 'at') ?? each.at]))
      column.sort((a, b) => wish.get(a) - wish.get(b) || a.at - b.at)
      column.forEach((each, at) => { each.at = at })
    }
  }
}

function mean(cells, key) {
  return cells.length ? cells.reduce((sum, each) => sum + each[key], 0) / cells.length : null
}

function spread(column) {
  let y = 0
  for (const each of column) {
    each.y = y + each.height / 2
    y += each.height + NODE.gapY
  }
}

/** Move cells towards their neighbours, their order and distances kept. */
function relax(columns, forth) {
  for (const column of forth ? columns : columns.toReversed()) {
    for (const each of column) each.y = mean(forth ? each.left : each.right, 'y') ?? each.y
    // push apart downwards, then back up by half of what that moved them on the whole
    const wished = column.map(({y}) => y)
    column.forEach((each, at) => {
      const above = column[at - 1]
      if (above) each.y = Math.max(each.y, above.y + (above.height + each.height) / 2 + NODE.gapY)
    })
    const shift = column.reduce((sum, each, at) => sum + each.y - wished[at], 0) / (column.length || 1)
    for (const each of column) each.y -= shift
  }
}

function drawn(columns, chains) {
  const cells = columns.flat()
  const top = Math.min(...cells.map(({y, height}) => y - height / 2))
  const x = ({column}) => column * (NODE.width + NODE.gapX)
  const nodes = new Map()
  for (const each of cells) {
    each.y -= top
    if (each.rule !== null) nodes.set(each.rule, {x: x(each), y: each.y - NODE.height / 2})
  }
  const edges = chains.map(({from, to, chain}) => {
    const points = chain.flatMap((each, at) => {
      const [left, right] = [x(each), x(each) + NODE.width]
      if (at === 0) return [[right, each.y]]
      return at === chain.length - 1 ? [[left, each.y]] : [[left, each.y], [right, each.y]]
    })
    return {from, to, points}
  })
  const height = Math.max(0, ...cells.map(({y, height: own}) => y + own / 2))
  return {nodes, edges, width: Math.max(0, columns.length * (NODE.width + NODE.gapX) - NODE.gapX), height}
}
