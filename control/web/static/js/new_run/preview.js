// What a run would do, before it is submitted: jobs by rule, the graph of its rules, what is left out.
//
//   const preview = new Preview(root)
//   preview.busy(text, onStop) the dry run is on its way
//   preview.show(validation)   the answer of POST /runs/validate
//
// Its page needs run.css (the graph) and samples.css.
import {counted, element, setText} from '../common/dom.js'
import {RuleGraph} from '../run/rule_graph.js'

const FEW = 40 // jobs in words
const MOST = 1000 // of what is left out

export class Preview {
  /** @param {HTMLElement} root empty; hidden until there is something to show */
  constructor(root) {
    this.root = root
    this.status = element('p', {role: 'status', class: 'preview-status'})
    this.content = element('div')
    root.append(this.status, this.content)
    root.classList.add('preview')
    this.clear()
  }

  /** Show nothing. */
  clear() {
    this.stop()
    setText(this.status, '')
    this.content.replaceChildren()
    this.root.hidden = true
  }

  /**
   * Something is on its way; how long it has been is shown.
   *
   * @param {string} text what it is
   * @param {() => void} [onStop] it is not waited for any more
   */
  busy(text = 'Asking the workflow what it would do', onStop = null) {
    this.clear()
    this.root.hidden = false
    this.root.setAttribute('aria-busy', 'true')
    const began = performance.now()
    const seconds = element('span', {'aria-hidden': 'true'})
    this.status.replaceChildren(`${text}… `, seconds)
    if (onStop) this.content.replaceChildren(element('button', {type: 'button', on: {click: onStop}}, 'Do not wait for it'))
    this.timer = setInterval(() => setText(seconds, `${Math.round((performance.now() - began) / 1000)} s`), 1000)
  }

  /** It could not be asked. */
  fail(message) {
    this.clear()
    this.root.hidden = false
    this.content.replaceChildren(element('p', {role: 'alert'}, message))
  }

  /**
   * Show what came of a check.
   *
   * @param {{accepted: boolean, problems: object[], jobs: Object<string, number>, plan: string[],
   *   left_out: string[], rulegraph: {nodes: object[], edges: [string, string][]}}} validation
   */
  show(validation) {
    this.clear()
    this.root.hidden = false
    if (validation.accepted) this.showPlan(validation)
    else this.showProblems(validation.problems)
  }

  stop() {
    clearInterval(this.timer)
    this.root.removeAttribute('aria-busy')
  }

  showPlan({jobs, plan, left_out: leftOut, rulegraph}) {
    const all = Object.values(jobs).reduce((sum, number) => sum + number, 0)
    setText(this.status, `${counted(all, 'job')} of ${counted(Object.keys(jobs).length, 'rule')} would run. Nothing is submitted yet.`)
    this.content.append(...[
      this.leftOut(leftOut),
      this.graphOf(rulegraph, jobs),
      this.table(jobs),
      this.planOf(plan, all),
    ].filter(Boolean))
  }

  showProblems(problems) {
    setText(this.status, '')
    this.content.append(element('div', {role: 'alert'}, element('p', {}, 'This cannot run yet.'),
      element('ul', {}, ...problems.map(({file, row, key, message, hint}) => {
        const place = [file, row ? `row ${row}` : '', key].filter(Boolean).join(', ')
        return element('li', {}, place ? `${place}: ` : '', message, hint ? element('small', {}, hint) : null)
      }))))
  }

  leftOut(lines) {
    if (!lines.length) return element('p', {class: 'faint'}, 'Nothing is left out.')
    const more = lines.length - FEW
    return element('section', {class: 'left-out'}, element('h3', {}, 'Left out'), list(lines.slice(0, FEW)),
      more > 0 ? element('details', {}, element('summary', {}, `and ${more.toLocaleString('en')} more`), list(lines.slice(FEW, MOST)),
        lines.length > MOST ? element('p', {class: 'faint'}, `The first ${MOST.toLocaleString('en')} are shown.`) : null) : null)
  }

  graphOf(graph, jobs) {
    if (!graph?.nodes.length) return null
    const frame = element('div', {class: 'graph', tabindex: 0, role: 'region', 'aria-label': 'Graph of the rules'})
    this.graph = new RuleGraph(frame, (rule) => this.choose(rule))
    this.graph.draw(graph)
    this.counts = jobs
    this.choose('')
    return element('section', {}, element('h3', {}, 'What comes after what'), frame)
  }

  table(jobs) {
    this.lines = new Map(Object.entries(jobs).map(([rule, number]) => [rule, element('tr', {},
      element('th', {scope: 'row'}, rule), element('td', {class: 'number'}, number.toLocaleString('en')))]))
    return element('section', {}, element('h3', {}, 'Jobs'), element('table', {class: 'counts'},
      element('thead', {}, element('tr', {}, element('th', {scope: 'col'}, 'Rule'), element('th', {scope: 'col', class: 'number'}, 'Jobs'))),
      element('tbody', {}, ...this.lines.values())))
  }

  planOf(plan, all) {
    if (!plan.length) return null
    const shown = plan.slice(0, FEW)
    const more = all - shown.length
    return element('details', {}, element('summary', {}, 'The jobs in words'), list(shown),
      more > 0 ? element('p', {class: 'faint'}, `and ${counted(more, 'more job')}`) : null)
  }

  /** Mark one rule in the graph and the table, or none. */
  choose(rule) {
    this.chosen = rule === this.chosen ? '' : rule
    this.graph.show(Object.entries(this.counts).map(([name, number]) => [name, {waiting: number}]), this.chosen)
    for (const [name, node] of this.graph.nodes) {
      const said = counted(this.counts[name] ?? 0, 'job')
      setText(node.count, said)
      setText(node.title, `${name}: ${said}`)
      node.root.setAttribute('aria-label', `${name} ${said}`)
      node.root.setAttribute('aria-pressed', String(name === this.chosen))
    }
    for (const [name, line] of this.lines ?? []) line.classList.toggle('is-chosen', name === this.chosen)
  }
}

function list(lines) {
  return element('ul', {}, ...lines.map((line) => element('li', {}, line)))
}
