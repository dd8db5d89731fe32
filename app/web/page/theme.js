// Runs before the first paint, so that a chosen appearance never flashes in the other one.
try {
  const chosen = localStorage.getItem("undertone.appearance");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // No storage: the appearance of the system.
}
