
// Put a table on the clipboard, as a spreadsheet takes it.
function copyTable(table) {
  const selection = window.getSelection();
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNode(table);
  selection.addRange(range);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  return done;
}

function savePicture(figure) {
  const shown = [...figure.querySelectorAll(".drawing")].find((each) => each.offsetParent !== null);
  const text = new XMLSerializer().serializeToString(shown.querySelector("svg"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  link.download = "calibration.svg";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", () => action(made));
  return made;
}

function equip(place) {
  for (const table of place.querySelectorAll("table.sortable")) {
    const copy = (made) => { made.textContent = copyTable(table) ? "Copied" : "Cannot copy here"; };
    table.closest(".scroll").after(button("Copy table", copy));
  }
  for (const figure of place.querySelectorAll("figure.picture")) {
    figure.append(button("Save picture", () => savePicture(figure)));
  }
}

// The data sets of a long list stand in the page gzipped.
let unpacked;
async function unpack() {
  const text = atob(document.getElementById("folded").textContent);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(plain).text());
}

async function fill(details) {
  if (!details.open || details.dataset.filled) return;
  details.dataset.filled = "yes";
  const place = details.appendChild(document.createElement("div"));
  try {
    unpacked ??= unpack();
    place.innerHTML = (await unpacked)[details.id];
    equip(place);
  } catch (error) {
    place.textContent = `This browser could not unpack it (${error}); it is in the PDF and the TSV.`;
  }
}

for (const details of document.querySelectorAll("details.dataset")) {
  details.addEventListener("toggle", () => fill(details));
}
function show(id) {
  const place = document.getElementById(id);
  if (place?.tagName === "DETAILS") place.open = true;
  (place ?? document.body).scrollIntoView();
}

document.getElementById("jump")?.addEventListener("change", (event) => show(event.target.value));
equip(document);
if (location.hash) show(decodeURIComponent(location.hash.slice(1)));
