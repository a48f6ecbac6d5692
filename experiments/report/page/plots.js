"use strict";
// The front, the progress and the parallel coordinates.

(() => {
  // Rising in x: Chart.js takes the range from both ends of what it need not parse.
  const rising = points => points.filter(point => Number.isFinite(point.x) && Number.isFinite(point.y))
    .sort((a, b) => a.x - b.x);
  const pointsAlong = (x, y, places) => rising(places.map(place => ({x: x[place], y: y[place], place})));

  function frontPlot() {
    const xSelect = byId("front-x");
    const ySelect = byId("front-y");
    const several = data.objectives.length > 1;
    fillSelect(xSelect, quantityNames, several ? 1 : quantityNames.length - 1);
    fillSelect(ySelect, quantityNames, 0);
    const all = trials.id.map((_, place) => place);
    const front = all.filter(place => onFront.has(trials.id[place]));
    const competing = all.filter(place => trials.competes[place] && !onFront.has(trials.id[place]));
    const partial = all.filter(place => !trials.competes[place] && trials.objectives[0][place] !== null);

    const label = item => {
      const id = item.raw.id !== undefined ? item.raw.id : trials.id[item.raw.place];
      const x = quantities[xSelect.value].name;
      const y = quantities[ySelect.value].name;
      return [`${item.dataset.label}: candidate ${id}`, `${x}: ${numberText(item.parsed.x)}`,
              `${y}: ${numberText(item.parsed.y)}`];
    };

    addPlot("front", byId("front-plot"), colours => {
      const x = quantities[xSelect.value];
      const y = quantities[ySelect.value];
      const only = byId("front-only").checked;
      const scatter = (name, points, colour, radius, more = {}) => ({
        label: name, data: points, backgroundColor: colour, borderColor: colour, pointRadius: radius,
        pointHoverRadius: radius + 2, ...more});
      const datasets = [];
      if (chosen.id !== null && placeOf.has(chosen.id)) {
        datasets.push(scatter("chosen", pointsAlong(x.column, y.column, [placeOf.get(chosen.id)]), "transparent", 9,
                              {borderColor: colours.chosen, borderWidth: 3}));
      }
      datasets.push(scatter("front", pointsAlong(x.column, y.column, front), colours.front, 5));
      data.overlays.forEach((run, i) => {
        const points = rising(run.id.map((id, place) => ({x: x.overlays[i][place], y: y.overlays[i][place], id})));
        datasets.push(scatter(run.label, points, seriesColours[(i + 2) % seriesColours.length], 4,
                              {pointStyle: "triangle"}));
      });
      if (!only) {
        datasets.push(scatter("other", pointsAlong(x.column, y.column, competing), colours.other,
                              competing.length > 2000 ? 1.5 : 2.5));
        if (partial.length > 0) {
          datasets.push(scatter("not compared", pointsAlong(x.column, y.column, partial), colours.line, 2.5,
                                {pointStyle: "rect"}));
        }
      }
      const scale = (quantity, log) => axis(quantity.name, {
        type: byId(log).checked ? "logarithmic" : "linear", ticks: {maxTicksLimit: 9, callback: numberText}});
      return {
        type: "scatter",
        data: {datasets: datasets.filter(set => set.data.length > 0)},
        options: {
          parsing: false,
          interaction: {mode: "nearest", intersect: true},
          plugins: {legend: {labels: {usePointStyle: true, boxWidth: 8}}, tooltip: {callbacks: {label}}},
          scales: {x: scale(x, "front-x-log"), y: scale(y, "front-y-log")},
          onClick: (event, items) => {
            const own = items.map(item => event.chart.data.datasets[item.datasetIndex].data[item.index])
              .find(point => point.place !== undefined);
            if (own) choose(trials.id[own.place]);
          },
          onHover: (event, items) => { event.native.target.style.cursor = items.length ? "pointer" : "default"; },
        },
      };
    });
    for (const id of ["front-x", "front-y", "front-x-log", "front-y-log", "front-only"]) {
      byId(id).addEventListener("change", () => draw("front"));
    }
    chosen.listeners.push(() => draw("front"));
    if (trials.id.length < trials.of) {
      byId("front-note").append(` ${trials.id.length} of ${trials.of} evaluations are shown: all on the front, and an ` +
                                "even choice of the others.");
    }
    if (partial.length > 0) {
      byId("front-note").append(" Not compared: over a limit, or of fewer epochs than others.");
    }
  }

  const series = (x, y) => data.progress.map((run, i) => ({
    label: run.label, dashed: i > 0,
    points: (run[x] || []).map((value, place) => ({x: value, y: y(run)[place]}))
      .filter(point => point.y !== null && point.y !== undefined),
  }));

  function progressPlots() {
    const xText = timeText(Math.max(...data.progress.map(run => (run.seconds || [0]).at(-1))));
    if (data.objectives.length > 1) {
      const volume = run => run.hypervolume || [];
      addPlot("hv", byId("hypervolume-evaluations"),
              linePlot("Hypervolume over evaluations", "evaluations", "hypervolume", series("evaluations", volume)));
      addPlot("hvt", byId("hypervolume-time"),
              linePlot("Hypervolume over time", "search time", "hypervolume", series("seconds", volume),
                       {xText}));
    } else {
      byId("hypervolume-evaluations").parentElement.remove();
      byId("hypervolume-time").parentElement.remove();
    }
    const select = byId("best-of");
    fillSelect(select, data.objectives.map(objective => objective.name), 0);
    const best = run => run.best[select.value];
    const name = () => data.objectives[select.value].name;
    addPlot("best", byId("best-evaluations"), colours =>
      linePlot("Best over evaluations", "evaluations", name(), series("evaluations", best), {stepped: "before"})(colours));
    addPlot("bestt", byId("best-time"), colours =>
      linePlot("Best over time", "search time", name(), series("seconds", best),
               {stepped: "before", xText})(colours));
    select.addEventListener("change", () => { draw("best"); draw("bestt"); });
  }

  // Genes from the most important one, by all objectives together.
  const genesByImportance = (() => {
    const sums = data.genes.map((_, gene) =>
      data.importance.reduce((sum, one) => sum + one.single[gene], 0));
    return data.genes.map((_, gene) => gene).sort((a, b) => sums[b] - sums[a] || a - b);
  })();
  window.genesByImportance = genesByImportance;

  // Blue for the least, orange for the most.
  const shade = share => `hsl(${210 - 185 * share}, 75%, 50%)`;

  function parallelAxes(count) {
    const axes = data.objectives.map((objective, i) => ({name: objective.name, column: trials.objectives[i]}));
    for (const gene of genesByImportance.slice(0, count)) {
      axes.push({name: data.genes[gene].name, column: trials.choices[gene], options: data.genes[gene].options});
    }
    for (const axis of axes) {
      const values = axis.column.filter(value => value !== null && (!axis.options || value >= 0));
      axis.low = axis.options ? 0 : values.reduce((a, b) => Math.min(a, b), Infinity);
      axis.high = axis.options ? axis.options.length - 1 : values.reduce((a, b) => Math.max(a, b), -Infinity);
      axis.share = value => axis.high > axis.low ? (value - axis.low) / (axis.high - axis.low) : 0.5;
      axis.text = value => axis.options ? axis.options[value] : numberText(value);
    }
    return axes;
  }

  function parallelPlaces(frontOnly) {
    const most = 300;
    const places = trials.id.map((_, place) => place).filter(place => trials.competes[place]);
    const front = places.filter(place => onFront.has(trials.id[place]));
    if (frontOnly) return front.slice(0, most);
    const step = Math.max(1, Math.ceil(places.length / most));
    return [...new Set([...places.filter((_, i) => i % step === 0), ...front.slice(0, most)])];
  }

  // What the places along each axis mean: the options of a gene, both ends of an objective.
  const axisLabels = (axes, colours) => ({
    id: "axisLabels",
    afterDraw: chart => {
      const {ctx, scales} = chart;
      ctx.save();
      ctx.font = `11px ${Chart.defaults.font.family}`;
      ctx.fillStyle = colours.ink;
      ctx.strokeStyle = colours.card;
      ctx.lineWidth = 3;
      axes.forEach((axis, i) => {
        const many = !axis.options || axis.options.length > 12;
        const values = many ? [axis.low, axis.high] : axis.options.map((_, option) => option);
        const last = i + 1 === axes.length;
        ctx.textAlign = last ? "right" : "left";
        for (const value of values.filter(Number.isFinite)) {
          const x = scales.x.getPixelForValue(i) + (last ? -5 : 5);
          const y = scales.y.getPixelForValue(axis.share(value)) + 4;
          const text = axis.text(value).slice(0, 16);
          ctx.strokeText(text, x, y);
          ctx.fillText(text, x, y);
        }
      });
      ctx.restore();
    },
  });

  function parallelPlot() {
    const select = byId("parallel-show");
    fillSelect(select, ["of all", "of the front"], 0);
    const genes = byId("parallel-genes");
    addPlot("parallel", byId("parallel-plot"), colours => {
      const axes = parallelAxes(Number(genes.value) || 0);
      const places = parallelPlaces(select.value === "1");
      byId("parallel-note").textContent = `${places.length} evaluations, blue to orange from the least to the most ` +
        `${data.objectives[0].name}. Axes: the objectives, then the genes that matter most. Thick: on the front.`;
      const ordered = [...places].sort((a, b) => onFront.has(trials.id[a]) - onFront.has(trials.id[b]));
      return {
        type: "line",
        plugins: [axisLabels(axes, colours)],
        data: {
          labels: axes.map(axis => axis.name),
          datasets: ordered.map(place => ({
            label: `candidate ${trials.id[place]}`, place,
            data: axes.map(axis => {
              const value = axis.column[place];
              return value === null || (axis.options && value < 0) ? null : axis.share(value);
            }),
            borderColor: trials.id[place] === chosen.id ? colours.chosen : shade(axes[0].share(axes[0].column[place])),
            borderWidth: trials.id[place] === chosen.id ? 4 : onFront.has(trials.id[place]) ? 2 : 0.6,
            pointRadius: 0, pointHitRadius: 4, spanGaps: true,
          })).reverse(),
        },
        options: {
          interaction: {mode: "nearest", intersect: false},
          plugins: {legend: {display: false}, tooltip: {callbacks: {label: item => {
            const axis = axes[item.dataIndex];
            return `${item.dataset.label}: ${axis.text(axis.column[item.dataset.place])}`;
          }}}},
          scales: {x: {grid: {color: colours.pale}, ticks: {autoSkip: false, maxRotation: 60}},
                   y: {display: false, min: -0.04, max: 1.04}},
          onClick: (event, items) => {
            if (items.length) choose(trials.id[event.chart.data.datasets[items[0].datasetIndex].place]);
          },
        },
      };
    });
    for (const control of [select, genes]) control.addEventListener("change", () => draw("parallel"));
    chosen.listeners.push(() => draw("parallel"));
  }

  frontPlot();
  progressPlots();
  parallelPlot();
})();
