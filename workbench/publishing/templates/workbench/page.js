"use strict";
// Draws every chart of the page with the library that is stored in it, compressed. Until that is done,
// and wherever it cannot be done, each chart shows the picture that is also printed.
(() => {
  const root = document.documentElement;
  const plots = [...document.querySelectorAll(".plot")];
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const swaps = JSON.parse(document.getElementById("swaps").textContent);
  const config = {
    displaylogo: false,
    responsive: true,
    typesetMath: false,
    modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "autoScale2d"],
  };

  const library = async () => {
    const packed = document.getElementById("library");
    const bytes = Uint8Array.from(atob(packed.textContent.trim()), (sign) => sign.charCodeAt(0));
    packed.remove();
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    // The policy of the page lists the hash of exactly this text.
    script.textContent = await new Response(stream).text();
    // The library brings style sheets for maps, which the policy would refuse with an error. It skips
    // one whose identifier is taken.
    for (const [, id] of script.textContent.matchAll(/getElementById\("([0-9a-f]{64})"\)/g)) {
      document.head.append(Object.assign(document.createElement("meta"), { id }));
    }
    document.head.append(script);
    if (!window.Plotly) throw new Error("the chart library did not start");
  };

  // Figures are stored in light colours: in the dark each is swapped for its counterpart.
  const themed = (value) => {
    if (!dark.matches) return value;
    if (typeof value === "string") return swaps[value] ?? value;
    if (Array.isArray(value)) return value.map(themed);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item)]));
  };

  // What is pressed leads to the row of its packet, where the page has one.
  const follow = ({ points: [point] }) => {
    const at = point?.data.meta?.frame;
    const row = at === undefined ? null : document.getElementById(`frame-${point.customdata[at]}`);
    if (row) location.hash = row.id;
  };

  const draw = async (plot, again) => {
    const figure = JSON.parse(plot.dataset.figure);
    plot.closest("figure").classList.add("drawn");
    await (again ? Plotly.react : Plotly.newPlot)(
      plot, themed(figure.data), themed(figure.layout), config);
    if (!again) plot.on("plotly_click", follow);
    const [first, ...others] = plot.querySelectorAll("svg.main-svg");
    first.setAttribute("role", "img");
    first.setAttribute("aria-label", plot.getAttribute("aria-label"));
    others.forEach((svg) => svg.setAttribute("aria-hidden", "true"));
  };

  const drawAll = async (again) => {
    for (const plot of plots) await draw(plot, again);
    root.dataset.charts = "drawn";
  };

  const failed = (error) => {
    root.dataset.charts = "failed";
    document.querySelectorAll("figure.drawn").forEach((figure) => figure.classList.remove("drawn"));
    console.warn("Charts are shown as pictures:", error);
  };

  if (!plots.length) {
    root.dataset.charts = "drawn";
    return;
  }
  library()
    .then(() => drawAll(false))
    .then(() => dark.addEventListener("change", () => drawAll(true).catch(failed)))
    .catch(failed);
})();
