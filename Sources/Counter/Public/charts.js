// Draws each <canvas data-chart="…"> from the JSON it carries. Pages are complete without it:
// every chart stands beside the table of its figures.
"use strict";
for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const chart = JSON.parse(canvas.dataset.chart);
  const colours = ["#0b6b63", "#e08a1e", "#3c78b4", "#a04668", "#7a8b3a", "#6b6b8d", "#b3261e", "#49a09a"];
  new Chart(canvas, {
    type: chart.type,
    data: {
      labels: chart.labels,
      datasets: chart.series.map((series, index) => ({
        label: series.name, data: series.values, tension: 0.25, borderWidth: 2, pointRadius: 2,
        borderColor: chart.type === "doughnut" ? "#fff" : colours[index % colours.length],
        backgroundColor: chart.type === "doughnut" ? colours : colours[index % colours.length] + (chart.type === "line" ? "22" : "cc"),
        fill: chart.type === "line",
      })),
    },
    options: {
      responsive: true, maintainAspectRatio: false, animation: false, indexAxis: chart.sideways ? "y" : "x",
      plugins: { legend: { display: chart.series.length > 1 || chart.type === "doughnut", position: "bottom" } },
      scales: chart.type === "doughnut" ? {} : { x: { grid: { display: false } }, y: { beginAtZero: true, grid: { color: "#e8eeed" } } },
    },
  });
}
