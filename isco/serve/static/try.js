"use strict";

// The page to try the interface, built from the description of it. Texts are set as texts alone.

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

const resolved = (description, schema) =>
  schema && schema.$ref ? description.components.schemas[schema.$ref.split("/").pop()] : schema;

function parameterField(operation, parameter) {
  const id = `${operation.operationId}-${parameter.name}`;
  const schema = parameter.schema || {};
  const example = (schema.examples || [parameter.example])[0];
  const input = element("input", { id, name: parameter.name, value: example ?? "" });
  input.required = Boolean(parameter.required);
  input.dataset.place = parameter.in;
  return element("p", {}, element("label", { htmlFor: id }, parameter.name), input);
}

function bodyField(operation) {
  const content = operation.requestBody.content["application/json"];
  const id = `${operation.operationId}-body`;
  const [first] = Object.values(content.examples || {});
  const text = JSON.stringify(first ? first.value : {}, null, 2);
  const area = element("textarea", { id, rows: 8, value: text, spellcheck: false });
  area.dataset.place = "body";
  return element("p", {}, element("label", { htmlFor: id }, "body (application/json)"), area);
}

async function send(form, method, path, output) {
  const query = new URLSearchParams();
  const options = { method: method.toUpperCase(), headers: {} };
  let url = path;
  for (const field of form.querySelectorAll("[data-place]")) {
    const { place } = field.dataset;
    if (place === "path") url = url.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (place === "query" && field.value) query.set(field.name, field.value);
    else if (place === "body") {
      options.body = field.value;
      options.headers["content-type"] = "application/json";
    }
  }
  if (query.size) url += `?${query}`;
  output.textContent = "…";
  try {
    const answer = await fetch(url, options);
    const text = await answer.text();
    const json = (answer.headers.get("content-type") || "").includes("json");
    const body = json ? JSON.stringify(JSON.parse(text), null, 2) : text;
    output.textContent = `${options.method} ${url}\n${answer.status} ${answer.statusText}\n\n${body}`;
  } catch (error) {
    output.textContent = String(error);
  }
}

function shown(operation, method, path) {
  const output = element("pre", { tabIndex: 0 });
  output.setAttribute("role", "region");
  output.setAttribute("aria-label", `Answer of ${path}`);
  output.setAttribute("aria-live", "polite");
  const form = element("form", { className: "fields" });
  form.append(...(operation.parameters || []).map((each) => parameterField(operation, each)));
  if (operation.requestBody) form.append(bodyField(operation));
  form.append(element("button", {}, "Try it"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, method, path, output);
  });
  const [summary, ...more] = (operation.description || operation.summary || "").split("\n\n");
  return element(
    "section",
    {},
    element("h2", {}, element("code", {}, `${method.toUpperCase()} ${path}`)),
    element("p", {}, summary),
    ...more.map((text) => element("p", { className: "note" }, text)),
    form,
    output,
  );
}

async function begin() {
  const place = document.getElementById("operations");
  const description = await (await fetch("/openapi.json")).json();
  const sections = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      shown(
        { ...operation, parameters: (operation.parameters || []).map((p) => ({ ...p, schema: resolved(description, p.schema) })) },
        method,
        path,
      ),
    ),
  );
  place.replaceChildren(...sections);
}

begin();
