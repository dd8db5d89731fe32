// The request on the page as a command or a program: to copy and to run.

import { root } from "./api.js";
import { copyFrom, element, memory, rove } from "./dom.js";
import { t } from "./strings.js";

const WRITERS = { curl, Python: python, JavaScript: javascript };

/** Fill a section. Returns a function that writes the code anew; `request` gives the path and the body. */
export function code(section, request) {
  let chosen = "curl";
  const pre = element("pre", { tabindex: 0, role: "group" });
  const copy = element("button", { type: "button" });
  const note = element("p", { class: "hint" });
  const choices = Object.keys(WRITERS).map((name) => {
    const choose = () => ((chosen = name), write());
    return element("button", { type: "button", role: "radio", onclick: choose, onfocus: choose }, name);
  });
  const group = element("div", { role: "radiogroup", class: "choices" }, ...choices);
  rove(group, "[role=radio]");
  copy.addEventListener("click", () => copyFrom(copy, pre.textContent, t("copied"), t("copy_failed")));
  section.querySelector(".inside").append(group, pre, copy, note);
  section.addEventListener("toggle", write);

  function write() {
    copy.textContent = t("copy");
    group.setAttribute("aria-label", t("code"));
    pre.setAttribute("aria-label", `${t("code")}: ${chosen}`);
    note.textContent = memory.get("key") ? t("code_key") : "";
    for (const choice of choices) {
      const isChosen = choice.textContent === chosen;
      choice.setAttribute("aria-checked", String(isChosen));
      choice.tabIndex = isChosen ? 0 : -1;
    }
    if (!section.open) return; // a long text is not written at each key for nobody
    const [path, body] = request();
    pre.textContent = WRITERS[chosen](new URL(path, root).href, body, Boolean(memory.get("key")));
  }
  write();
  return write;
}

/** One string of a POSIX shell, whatever stands in it. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl(url, body, withKey) {
  const lines = [`curl -s ${quoted(url)}`, "-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`];
  if (withKey) lines.splice(1, 0, '-H "Authorization: Bearer $UNDERTONE_KEY"');
  return lines.join(" \\\n  ");
}

function python(url, body, withKey) {
  const key = withKey ? ', "Authorization": f"Bearer {os.environ[\'UNDERTONE_KEY\']}"' : "";
  return `import json
${withKey ? "import os\n" : ""}import urllib.request

body = json.loads(${JSON.stringify(JSON.stringify(body))})
request = urllib.request.Request(
    ${JSON.stringify(url)},
    json.dumps(body).encode(),
    {"Content-Type": "application/json"${key}},
)
with urllib.request.urlopen(request) as response:
    print(json.load(response))
`;
}

function javascript(url, body, withKey) {
  const key = withKey ? ", Authorization: `Bearer ${process.env.UNDERTONE_KEY}`" : "";
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "Content-Type": "application/json"${key} },
  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),
});
console.log(await response.json());
`;
}
