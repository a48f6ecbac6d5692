"use strict";
// The data of the page and what all its parts share. All text from the run reaches the page as text, never as HTML.

const data = JSON.parse(document.getElementById("data").textContent);
const trials = data.trials;
const placeOf = new Map(trials.id.map((id, place) => [id, place]));
const onFront = new Set(data.front);
const stateOf = place => trials.state.names[trials.state.of[place]];
const byId = id => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter(child => child !== null));
  return made;
}

function numberText(value) {
  if (value === null || value === undefined) return "-";
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? value.toLocaleString("en") : value.toExponential(4);
  return String(Number(value.toPrecision(5)));
}

function durationText(seconds) {
  const whole = Math.round(seconds);
  const two = part => String(part).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

// For times of up to `most` seconds.
const timeText = most => seconds => most < 60 ? `${Number(seconds.toPrecision(3))} s` : durationText(seconds);

function fillSelect(select, names, chosen) {
  names.forEach((name, value) => select.append(new Option(name, value)));
  select.value = chosen;
}

// What can be an axis or be averaged: objectives first, then metrics, then what is known of every evaluation.
// Each has a name, a column over the page's trials, and a column over each overlaid front.
const quantities = (() => {
  const list = data.objectives.map((objective, i) => ({
    name: objective.name, column: trials.objectives[i], objective: i,
    overlays: data.overlays.map(run => run.objectives[i]),
  }));
  const known = new Set(list.map(quantity => quantity.name));
  for (const [name, column] of Object.entries(trials.metrics)) {
    if (known.has(name)) continue;
    list.push({name, column, overlays: data.overlays.map(run => run.metrics[name] || [])});
  }
  list.push({name: "seconds", column: trials.seconds, overlays: data.overlays.map(() => [])});
  list.push({name: "epochs", column: trials.epochs, overlays: data.overlays.map(() => [])});
  list.push({name: "evaluation", column: trials.id, overlays: data.overlays.map(run => run.id)});
  return list;
})();
const quantityNames = quantities.map(quantity => quantity.name);

const seriesColours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31"];

function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(`--${name}`).trim();
  return {ink: colour("ink"), pale: colour("pale"), line: colour("line"), card: colour("card"), front: colour("front"),
          other: colour("other"), chosen: colour("chosen"), bar: colour("bar"), accent: colour("accent")};
}

// Every plot is a function that gives Chart.js its configuration in the present colours. It is drawn once it is near
// what can be seen: a page of many plots opens sooner.
const plots = new Map();

function draw(name) {
  const plot = plots.get(name);
  if (!plot.seen) return;
  if (plot.chart) plot.chart.destroy();
  plot.chart = null;
  if (!plot.canvas.isConnected) {
    plots.delete(name);
    return;
  }
  const colours = palette();
  Chart.defaults.color = colours.pale;
  Chart.defaults.borderColor = colours.line;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const config = plot.configure(colours);
  config.options = {animation: false, responsive: true, maintainAspectRatio: false, ...config.options};
  plot.chart = new Chart(plot.canvas, config);
}

const nearView = new IntersectionObserver(entries => {
  for (const entry of entries.filter(one => one.isIntersecting)) {
    nearView.unobserve(entry.target);
    for (const [name, plot] of plots) {
      if (plot.canvas !== entry.target || plot.seen) continue;
      plot.seen = true;
      draw(name);
    }
  }
}, {rootMargin: "300px"});

function addPlot(name, canvas, configure) {
  plots.set(name, {canvas, configure, chart: null, seen: false});
  nearView.observe(canvas);
}

const redrawAll = () => [...plots.keys()].forEach(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
// Paper is white, whatever the screen is.
window.addEventListener("beforeprint", () => {
  document.documentElement.classList.add("printing");
  for (const plot of plots.values()) plot.seen = true;
  redrawAll();
});
window.addEventListener("afterprint", () => {
  document.documentElement.classList.remove("printing");
  redrawAll();
});

function axis(title, more = {}) {
  return {title: {display: title !== "", text: title}, ticks: {maxTicksLimit: 9}, ...more};
}

// Several lines over a common kind of x.
function linePlot(title, xTitle, yTitle, series, more = {}) {
  return colours => ({
    type: "line",
    data: {datasets: series.filter(one => one.points.length > 0).map((one, i) => ({
      label: one.label, data: one.points, borderColor: seriesColours[i % seriesColours.length],
      backgroundColor: seriesColours[i % seriesColours.length], borderWidth: 2, pointRadius: one.points.length > 1 ? 0 : 3,
      pointHitRadius: 8, stepped: more.stepped || false, spanGaps: true, borderDash: one.dashed ? [5, 4] : [],
    }))},
    options: {
      parsing: false,
      interaction: {mode: "nearest", intersect: false},
      plugins: {title: {display: Boolean(title), text: title, color: colours.ink},
                legend: {display: series.length > 1, labels: {boxWidth: 14}},
                tooltip: {callbacks: {title: items => items.length ? `${xTitle}: ${(more.xText || numberText)(items[0].parsed.x)}` : "",
                                      label: item => `${item.dataset.label}: ${numberText(item.parsed.y)}`}}},
      scales: {x: axis(xTitle, {type: "linear", ticks: {maxTicksLimit: 8, callback: more.xText || numberText}}),
               y: axis(yTitle)},
    },
  });
}

// Which architecture the page is looking at.
const chosen = {id: data.front.length > 0 ? data.front[0] : null, listeners: []};
// Later than the click that asks for it: a chart must not be replaced while it handles an event.
function choose(id) {
  setTimeout(() => {
    chosen.id = id;
    chosen.listeners.forEach(listener => listener(id));
  });
}
