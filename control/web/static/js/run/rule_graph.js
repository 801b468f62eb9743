// The rules of a run as a graph: which of them takes what another one makes.
import {setText, svg} from '../common/dom.js'
import {NODE, layout} from './graph_layout.js'
import {STATES, doneOf, inWords, total} from './states.js'

const MARGIN = 8
const LONGEST_NAME = 28

export class RuleGraph {
  /**
   * @param {HTMLElement} root
   * @param {(rule: string) => void} onChoose a rule was chosen, or the same one again
   */
  constructor(root, onChoose) {
    this.root = root
    this.onChoose = onChoose
    this.nodes = new Map()
  }

  /** Draw a graph: {nodes: [{rule, level}], edges: [[from, to]]}. */
  draw({nodes, edges}) {
    const {nodes: places, edges: lines, width, height} = layout(nodes, edges)
    const size = [width + 2 * MARGIN, height + 2 * MARGIN]
    this.edges = lines.map(({from, to, points}) => ({
      from, to, path: svg('path', {d: curve(points), class: 'edge', 'marker-end': 'url(#arrow)'}),
    }))
    this.nodes = new Map(nodes.map(({rule}) => [rule, this.node(rule, places.get(rule))]))
    const drawing = svg('svg', {
      viewBox: `${-MARGIN} ${-MARGIN} ${size[0]} ${size[1]}`, width: size[0], height: size[1],
      role: 'group', 'aria-label': 'Graph of the rules',
    }, arrow(), ...this.edges.map(({path}) => path), ...[...this.nodes.values()].map(({root}) => root))
    this.root.replaceChildren(drawing)
  }

  show(rules, chosen, isOver = false) {
    for (const [rule, counts] of rules) {
      const node = this.nodes.get(rule)
      if (!node) continue
      setText(node.count, doneOf(counts))
      setText(node.title, `${rule}: ${inWords(counts, isOver)}`)
      node.root.setAttribute('aria-pressed', rule === chosen)
      node.root.classList.toggle('has-failed', Boolean(counts.failed))
      node.root.classList.toggle('is-running', Boolean(counts.running))
      showParts(node.parts, counts)
    }
    for (const {from, to, path} of this.edges ?? []) {
      path.classList.toggle('near', Boolean(chosen) && (from === chosen || to === chosen))
    }
  }

  node(rule, {x, y}) {
    const title = svg('title', {}, rule)
    const count = svg('text', {class: 'node-count', x: NODE.width - 10, y: 32, 'text-anchor': 'end'})
    const parts = new Map(STATES.map((state) => [
      state, svg('rect', {class: `part ${state}`, y: 38, height: 4, width: 0}),
    ]))
    const name = rule.length > LONGEST_NAME ? `${rule.slice(0, LONGEST_NAME - 1)}…` : rule
    const choose = () => this.onChoose(rule)
    const root = svg('g', {
      class: 'node', tabindex: 0, role: 'button', 'data-rule': rule,
      transform: `translate(${x} ${y})`,
      on: {
        click: choose,
        keydown: (event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return
          event.preventDefault()
          choose()
        },
      },
    }, svg('rect', {class: 'box', width: NODE.width, height: NODE.height, rx: 5}, title), ' ',
    svg('text', {class: 'node-name', x: 10, y: 17}, name), ' ', count, ...parts.values())
    return {root, title, count, parts}
  }
}

function showParts(parts, counts) {
  const all = total(counts) || 1
  const room = NODE.width - 20
  let x = 10
  for (const [state, part] of parts) {
    const width = ((counts[state] ?? 0) / all) * room
    part.setAttribute('x', x)
    part.setAttribute('width', width)
    x += width
  }
}

/** A line through points: flat where it leaves and where it arrives. */
function curve(points) {
  return points.map(([x, y], at) => {
    if (at === 0) return `M${x} ${y}`
    const [fromX, fromY] = points[at - 1]
    const middle = (fromX + x) / 2
    return `C${middle} ${fromY} ${middle} ${y} ${x} ${y}`
  }).join('')
}

function arrow() {
  return svg('defs', {}, svg('marker', {
    id: 'arrow', viewBox: '0 0 8 8', refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto',
  }, svg('path', {d: 'M0 0L8 4L0 8z', class: 'arrow'})))
}
