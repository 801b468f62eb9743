const NARROW_PANEL = 195; // pixels

// The chart library and the data stand in the page gzipped.
async function unpacked(id) {
  const text = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).text();
}

// Run in a scope of its own, for it has hundreds of short names; it leaves window.vegaEmbed.
async function runLibrary() {
  new Function(await unpacked("library"))();
}

async function draw() {
  await runLibrary();
  const datasets = JSON.parse(await unpacked("data"));
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const options = {
    mode: "vega-lite",
    renderer: document.body.dataset.renderer,
    actions: { export: true, source: false, compiled: false, editor: false },
  };
  const narrow = matchMedia("(max-width: 45rem)").matches;
  const charts = [];
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const told = specs[figure.dataset.chart];
    const isMap = told.params.some((param) => param.name === "metric");
    const spec = { ...(narrow && !isMap ? narrowed(told) : told), datasets };
    const place = figure.appendChild(document.createElement("div"));
    const { view } = await vegaEmbed(place, spec, options);
    figure.dataset.drawn = "yes";
    const known = spec.params.map((param) => param.name);
    charts.push({ view, known, selections: JSON.parse(figure.dataset.selections) });
  }
  for (const name of ["selection", "picked", "metric", "zoom"]) follow(name, charts);
  document.body.dataset.drawn = charts.length;
}

function narrowed({ config, ...spec }) {
  return { ...stacked(spec), config: { ...config, legend: { ...config.legend, orient: "bottom" } } };
}

// On a narrow screen what stands side by side stands one below the other: nothing is out of sight.
// Not so a map, whose panels share the names beside the first.
function stacked({ hconcat, vconcat, bounds, ...spec }) {
  const panels = hconcat ?? vconcat;
  if (panels) return { ...spec, spacing: 22, vconcat: panels.map(stacked) };
  return { ...named(spec), ...(spec.width > NARROW_PANEL ? { width: NARROW_PANEL } : {}) };
}

// With the names of its lines, which on a wide screen only the first of several panels has.
function named(part) {
  if (Array.isArray(part)) return part.map(named);
  if (!part || typeof part !== "object") return part;
  const pairs = Object.entries(part).map(([key, value]) =>
    key === "y" && value?.axis?.labels === false
      ? [key, { ...value, axis: { ...value.axis, labels: true } }]
      : [key, named(value)]);
  return Object.fromEntries(pairs);
}

// What is chosen above the charts holds for all of them that have numbers of it.
function follow(name, charts) {
  const choice = document.getElementById(name);
  if (!choice) return;
  choice.addEventListener("change", () => {
    for (const { view, known, selections } of charts) {
      if (known.includes(name) && (name !== "selection" || selections.includes(choice.value))) {
        view.signal(name, choice.value).runAsync();
      }
    }
    if (name === "picked") markRows(choice.value);
  });
}

function markRows(sample) {
  for (const table of document.querySelectorAll("table.sortable")) {
    if (table.tHead.rows[0].cells[0].textContent !== "Sample") continue;
    for (const row of table.tBodies[0].rows) {
      row.classList.toggle("picked", sample !== "" && row.cells[0].textContent === sample);
    }
  }
}

document.getElementById("context")?.addEventListener("change", ({ target }) => {
  for (const cluster of document.querySelectorAll(".cluster")) {
    cluster.hidden = target.value !== "" && cluster.dataset.context !== target.value;
  }
});

draw().catch((error) => {
  for (const figure of document.querySelectorAll("figure:not([data-drawn])")) {
    figure.textContent = `This browser could not draw the chart (${error}); the numbers are in the tables.`;
  }
});
