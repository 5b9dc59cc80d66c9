// Draws the figure on the chart page with Plotly, which only that page loads.
(() => {
  const place = document.getElementById("chart");
  const figure = JSON.parse(document.getElementById("figure").textContent);
  const layout = { ...figure.layout, autosize: true };
  delete layout.width;
  Plotly.newPlot(place, figure.data, layout, { responsive: true, displaylogo: false });
})();
