// Draws the figure on the chart page with Plotly, which only that page loads.
(() => {
  const place = document.getElementById("chart");
  const figure = JSON.parse(document.getElementById("figure").textContent);
  // Never narrower than it was made: on a phone one scrolls sideways instead of reading words on top of one another.
  const width = Math.max(figure.layout.width || 0, place.parentElement.clientWidth);
  Plotly.newPlot(place, figure.data, { ...figure.layout, width }, { displaylogo: false });
})();
