"use strict";
// One architecture: its drawing, choices, metrics and learning curve; the gallery of the front; the lineage.

(() => {
  // The pictures are SVG files of our own program; parsed as XML they bring no HTML with them.
  function picture(svg) {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    return element("div", {class: "drawing"}, document.importNode(parsed, true));
  }

  function pictures(id) {
    const drawing = drawingOf(id);
    const box = element("div", {class: "drawings"});
    if (!drawing) {
      box.append(element("p", {class: "note"}, data.why_no_drawings || "Not among the drawings that this file has room for: ",
                         data.why_no_drawings ? "" : element("code", {}, `nas space draw ${data.space} --genotype ${genotypeOf(placeOf.get(id))}`)));
      return box;
    }
    for (const [, svg] of drawing.cells) box.append(picture(svg));
    if (drawing.cells.length === 0) {
      box.append(picture(drawing.network));
      return box;
    }
    if (!drawing.network) return box;
    // Whole networks are long: drawn when somebody looks.
    const whole = element("details", {class: "network"}, element("summary", {}, "whole network"));
    whole.addEventListener("toggle", () => {
      if (whole.open && !whole.querySelector(".drawing")) whole.append(picture(drawing.network));
    });
    box.append(whole);
    return box;
  }

  const optionText = (gene, place) => {
    const option = trials.choices[gene][place];
    return option < 0 ? "-" : data.genes[gene].options[option];
  };
  const genotypeOf = place => data.genes.map((_, gene) => Math.max(trials.choices[gene][place], 0)).join(",");

  const drawingOf = id => data.drawings[genotypeOf(placeOf.get(id))];

  function rows(pairs) {
    return element("table", {}, element("tbody", {}, ...pairs.map(([name, value, kind]) =>
      element("tr", {}, element("td", {}, name), element("td", {class: kind || ""}, value)))));
  }

  function metrics(place) {
    return rows(quantities.filter(quantity => quantity.name !== "evaluation" && quantity.column[place] !== null)
      .map(quantity => [quantity.name, numberText(quantity.column[place]), "number"]));
  }

  function choices(place) {
    return rows(data.genes.map((gene, i) => [gene.name, optionText(i, place)])
      .filter(([, option]) => option !== "-"));
  }

  let canvases = 0;
  // One line for each metric of the curve; the metric that is chosen first is the first objective, if it has one.
  function curve(id) {
    const known = data.curves[id];
    if (!known) return null;
    const names = Object.keys(known.metrics);
    const select = element("select", {});
    fillSelect(select, names, Math.max(names.indexOf(data.objectives[0].name), 0));
    const canvas = element("canvas", {});
    const box = element("div", {}, element("div", {class: "controls"}, element("label", {}, "learning curve of ", select)),
                        element("div", {class: "plot small"}, canvas));
    const name = `curve${canvases += 1}`;
    const configure = colours => {
      const metric = names[select.value];
      const points = known.epoch.map((epoch, i) => ({x: epoch, y: known.metrics[metric][i]})).filter(p => p.y !== null);
      return linePlot(metric, "epoch", "", [{label: metric, points}])(colours);
    };
    select.addEventListener("change", () => draw(name));
    addPlot(name, canvas, configure);
    return box;
  }

  function showDetail(id) {
    const place = placeOf.get(id);
    const state = stateOf(place);
    byId("detail").replaceChildren(
      element("h3", {}, `Candidate ${id}${onFront.has(id) ? ", on the front" : ""}`),
      element("p", {class: "note"}, `${state === "ok" ? "complete" : state}; ${trials.origin.names[trials.origin.of[place]]}; ` +
              `${trials.worker.names[trials.worker.of[place]]}; genotype ${genotypeOf(place)}`),
      pictures(id), metrics(place), element("h4", {}, "Choices"), choices(place), curve(id) || "");
    byId("detail").scrollTop = 0;
  }

  function card(id) {
    const place = placeOf.get(id);
    const look = element("button", {type: "button"}, "show above");
    look.addEventListener("click", () => {
      choose(id);
      byId("front").scrollIntoView();
    });
    const values = data.objectives.map((objective, i) => [objective.name, numberText(trials.objectives[i][place]), "number"]);
    return element("article", {class: "card", id: `member-${id}`}, element("h3", {}, `Candidate ${id}`, look),
                   rows(values), drawingOf(id) ? pictures(id) : null, curve(id),
                   element("div", {class: "choices"}, choices(place)),
                   element("details", {}, element("summary", {}, "metrics"), metrics(place)));
  }

  function gallery() {
    const atFirst = 18;
    const seen = new Set();
    const different = data.front.filter(id => {
      const genotype = genotypeOf(placeOf.get(id));
      return !seen.has(genotype) && seen.add(genotype);
    });
    const drawn = different.filter(drawingOf);
    const members = drawn.length > 0 ? drawn : different.slice(0, 200);
    byId("members-note").textContent = data.front.length === 0 ? "No finished trial meets every limit yet."
      : `${members.length} of ${different.length} different ones, the best in ${data.objectives[0].name} first. ` +
        data.why_no_drawings;
    byId("gallery").replaceChildren(...members.slice(0, atFirst).map(card));
    if (members.length <= atFirst) return;
    const more = element("button", {type: "button"}, `and ${members.length - atFirst} more`);
    more.addEventListener("click", () => {
      more.remove();
      byId("gallery").append(...members.slice(atFirst).map(card));
    });
    byId("members").append(more);
  }

  // What a child has that its parent has not.
  function changes(parent, child) {
    return data.genes.map((gene, i) => ({name: gene.name, from: optionText(i, parent), to: optionText(i, child)}))
      .filter(change => change.from !== change.to);
  }

  // From a candidate back to a sample; of two parents, the one that it has most from.
  function ancestry(id) {
    const line = [];
    const seen = new Set();
    for (let now = id; placeOf.has(now) && !seen.has(now);) {
      seen.add(now);
      const place = placeOf.get(now);
      const parents = trials.parents[place].filter(parent => placeOf.has(parent));
      const nearest = parents.map(parent => ({parent, changed: changes(placeOf.get(parent), place)}))
        .sort((a, b) => a.changed.length - b.changed.length)[0];
      line.push({id: now, place, parents: trials.parents[place], nearest});
      if (!nearest) break;
      now = nearest.parent;
    }
    return line.reverse();
  }

  function ancestorItem({id, place, parents, nearest}) {
    const value = data.objectives.map((objective, i) => `${objective.name} ${numberText(trials.objectives[i][place])}`).join(", ");
    const link = element("a", {href: "#front"}, `candidate ${id}`);
    link.addEventListener("click", () => choose(id));
    const item = element("li", {}, link, ` by ${trials.origin.names[trials.origin.of[place]]}`,
                         parents.length ? ` from ${parents.join(" and ")}` : "", `: ${value} `);
    if (!nearest) return item;
    const shown = nearest.changed.slice(0, 12);
    for (const change of shown) item.append(element("span", {class: "change"}, `${change.name}: ${change.from} → ${change.to}`), " ");
    if (nearest.changed.length > shown.length) item.append(`and ${nearest.changed.length - shown.length} more`);
    if (nearest.changed.length === 0) item.append(element("span", {class: "change"}, "the same choices"));
    return item;
  }

  function lineage() {
    const select = byId("lineage-of");
    const better = (objective, a, b) => (objective.maximise ? b - a : a - b);
    const best = data.objectives.map((objective, i) => [...data.front].sort((a, b) =>
      better(objective, trials.objectives[i][placeOf.get(a)], trials.objectives[i][placeOf.get(b)]))[0]);
    fillSelect(select, [...data.objectives.map(objective => `the best in ${objective.name}`), "the chosen candidate"], 0);
    const show = () => {
      const id = Number(select.value) < best.length ? best[select.value] : chosen.id;
      const line = id === null || id === undefined ? [] : ancestry(id);
      byId("lineage-list").replaceChildren(...line.map(ancestorItem));
      if (line.length === 0) byId("lineage-list").append(element("p", {class: "note"}, "Click a candidate in a plot first."));
    };
    select.addEventListener("change", show);
    chosen.listeners.push(show);
    show();
  }

  gallery();
  lineage();
  chosen.listeners.unshift(showDetail);
  if (chosen.id !== null) showDetail(chosen.id);
  document.documentElement.dataset.ready = "yes";
})();
