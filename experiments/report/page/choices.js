"use strict";
// Which choices matter: importance of genes, and the mean of a metric by option.

(() => {
  const percent = share => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

  function importancePlot() {
    const note = byId("importance-note");
    if (data.importance.length === 0) {
      byId("importance-box").remove();
      byId("importance-of").parentElement.parentElement.remove();
      note.textContent = "There are too few results to say yet, or they are all equal.";
      return;
    }
    const select = byId("importance-of");
    fillSelect(select, data.importance.map(one => data.objectives[one.objective].name), 0);
    const rowsOf = one => {
      const alone = data.genes.map((gene, i) => ({name: gene.name, share: one.single[i]}));
      const pairs = one.pairs.map(([a, b, share]) => ({name: `${data.genes[a].name} with ${data.genes[b].name}`, share}));
      return [...alone, ...pairs].filter(row => row.share >= 0.001).sort((a, b) => b.share - a.share).slice(0, 20);
    };
    addPlot("importance", byId("importance-plot"), colours => {
      const one = data.importance[select.value];
      const rows = rowsOf(one);
      byId("importance-box").style.height = `${60 + 22 * Math.max(rows.length, 1)}px`;
      const good = one.explained === null ? "" : one.explained < 0.3
        ? ` The forest explains only ${percent(Math.max(one.explained, 0))} of what it has not seen: don't build on this.`
        : ` The forest explains ${percent(one.explained)} of the variance of results that it has not seen.`;
      note.textContent = "Share of the variance over the whole space that a gene makes by itself, or two beyond what " +
        `each does alone: functional ANOVA on a random forest.${good}`;
      return {
        type: "bar",
        data: {labels: rows.map(row => row.name),
               datasets: [{data: rows.map(row => 100 * row.share), backgroundColor: colours.bar, borderRadius: 3}]},
        options: {
          indexAxis: "y",
          plugins: {legend: {display: false}, tooltip: {callbacks: {label: item => percent(item.parsed.x / 100)}}},
          scales: {x: axis("% of the variance", {min: 0}),
                   y: {ticks: {autoSkip: false, color: colours.ink,
                               callback(value) {
                                 const name = this.getLabelForValue(value);
                                 return name.length > 42 ? `${name.slice(0, 40)}...` : name;
                               }}}},
        },
      };
    });
    select.addEventListener("change", () => draw("importance"));
  }

  // Mean, standard error and count of a column for each option of a gene.
  function meansOf(column, gene) {
    const sums = data.genes[gene].options.map(() => ({count: 0, sum: 0, squares: 0}));
    trials.choices[gene].forEach((option, place) => {
      const value = column[place];
      const ended = stateOf(place) === "ok";
      if (option < 0 || !ended || value === null || value === undefined) return;
      sums[option].count += 1;
      sums[option].sum += value;
      sums[option].squares += value * value;
    });
    return sums.map(({count, sum, squares}, option) => {
      const mean = sum / count;
      const variance = count > 1 ? Math.max(squares / count - mean * mean, 0) * count / (count - 1) : NaN;
      return {option: data.genes[gene].options[option], count, mean, error: Math.sqrt(variance / count)};
    });
  }

  function meanRow(row, low, high, best) {
    const width = high > low ? 5 + 95 * (row.mean - low) / (high - low) : 50;
    const fill = element("div", {class: best ? "fill best" : "fill", style: `width:${row.count ? width : 0}%`});
    const error = Number.isFinite(row.error) ? ` ± ${Number(row.error.toPrecision(2))}` : "";
    const text = row.count ? `${numberText(Number(row.mean.toPrecision(5)))} (${error ? `${error.trim()}, ` : ""}${row.count})` : "never";
    return element("div", {class: "mean"}, element("span", {title: row.option}, row.option),
                   element("div", {class: "track"}, fill), element("span", {}, text));
  }

  function means() {
    const select = byId("means-of");
    fillSelect(select, quantityNames, 0);
    const show = () => {
      const quantity = quantities[select.value];
      const maximise = quantity.objective === undefined || data.objectives[quantity.objective].maximise;
      const most = byId("means-all").checked ? Infinity : 12;
      const genes = window.genesByImportance.filter((_, i) => i < most);
      const tables = genes.map(gene => [gene, meansOf(quantity.column, gene)]);
      const all = tables.flatMap(([, rows]) => rows.filter(row => row.count).map(row => row.mean));
      const low = all.reduce((a, b) => Math.min(a, b), Infinity);
      const high = all.reduce((a, b) => Math.max(a, b), -Infinity);
      byId("means").replaceChildren(element("div", {class: "means"}, ...tables.map(([gene, rows]) => {
        const tried = rows.filter(row => row.count).map(row => row.mean);
        const best = maximise ? Math.max(...tried) : Math.min(...tried);
        return element("div", {}, element("h4", {}, data.genes[gene].name),
                       ...rows.map(row => meanRow(row, low, high, row.mean === best)));
      })));
    };
    select.addEventListener("change", show);
    byId("means-all").addEventListener("change", show);
    byId("means-all").parentElement.hidden = data.genes.length <= 12;
    show();
  }

  importancePlot();
  means();
})();
