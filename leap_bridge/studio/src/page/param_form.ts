/** A form made from a model's own description of what it can be told. */

import { ArrangeError } from "../arranger";
import type { Param, Value } from "../daemon";
import { make } from "./dom";

/** One field for each knob; `read` gives what was changed, or says what is wrong with it. */
export class ParamForm {
  private readonly fields = new Map<Param, HTMLInputElement | HTMLSelectElement>();

  constructor(host: HTMLElement, params: Param[]) {
    host.replaceChildren(...params.map((param) => this.field(param)));
  }

  /** Values that differ from the defaults. Throws an ArrangeError at the first that is not allowed, and goes there. */
  read(): Record<string, Value> {
    const values: Record<string, Value> = {};
    for (const [param, field] of this.fields) {
      const value = valueOf(param, field);
      field.removeAttribute("aria-invalid");
      if (value === null) {
        field.setAttribute("aria-invalid", "true");
        field.focus();
        throw new ArrangeError("bad_parameter", `${param.name} must be ${param.allowed}, got “${field.value}”`);
      }
      if (value !== param.default) values[param.name] = value;
    }
    return values;
  }

  private field(param: Param): HTMLElement {
    const id = `param-${param.name}`;
    const field = control(param, id);
    field.setAttribute("aria-describedby", `${id}-help`);
    this.fields.set(param, field);
    const unit = param.unit && param.unit !== param.name ? ` (${param.unit})` : "";
    const name = param.name.replaceAll("_", " ") + unit;
    const label = make("label", { for: id }, name.charAt(0).toUpperCase() + name.slice(1));
    const help = make("p", { class: "hint", id: `${id}-help` }, param.help);
    if (param.kind !== "bool") return make("div", { class: "field" }, label, field, help);
    return make("div", { class: "field" }, make("div", { class: "check" }, field, label), help);
  }
}

function control(param: Param, id: string): HTMLInputElement | HTMLSelectElement {
  if (param.kind === "bool") return make("input", { id, type: "checkbox", checked: param.default === true });
  if (param.kind === "word" && param.choices.length) {
    const options = param.choices.map((choice) => make("option", { value: choice, selected: choice === param.default }, choice));
    return make("select", { id }, ...options);
  }
  const isNumber = param.kind === "float" || param.kind === "int";
  return make("input", { id, type: "text", inputmode: isNumber ? "decimal" : "text", autocomplete: "off", value: String(param.default) });
}

/** Null where what was given is not allowed. */
function valueOf(param: Param, field: HTMLInputElement | HTMLSelectElement): Value | null {
  if (field instanceof HTMLInputElement && param.kind === "bool") return field.checked;
  if (param.kind === "word") return param.choices.length && !param.choices.includes(field.value) ? null : field.value;
  const value = field.value.trim() === "" ? NaN : Number(field.value.replace(",", "."));
  const isIn = value >= (param.low ?? -Infinity) && value <= (param.high ?? Infinity);
  return !isIn || (param.kind === "int" && !Number.isInteger(value)) ? null : value;
}
