// The dialog for an API key. The key stays in this browser and goes to this service alone.

import { get } from "./api.js";
import { byId, memory, show } from "./dom.js";

/** `onChange` is called when a key was saved or forgotten. */
export function keyDialog(onChange) {
  const [dialog, value, problem] = ["key-dialog", "key-value", "key-problem"].map(byId);
  byId("key-open").addEventListener("click", () => {
    value.value = memory.get("key");
    show(problem, false);
    dialog.showModal();
  });
  byId("key-cancel").addEventListener("click", () => dialog.close());
  byId("key-forget").addEventListener("click", () => {
    memory.set("key", "");
    dialog.close();
    onChange();
  });
  byId("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const before = memory.get("key");
    memory.set("key", value.value.trim());
    try {
      await get("models"); // the cheapest route that needs a key
    } catch (error) {
      memory.set("key", before);
      problem.textContent = error.message;
      show(problem, true);
      value.setAttribute("aria-invalid", "true");
      return;
    }
    value.removeAttribute("aria-invalid");
    dialog.close();
    onChange();
  });
}
