
"use strict";
for (const field of document.querySelectorAll(".search")) {
  const section = field.closest("section");
  const items = [...section.parentElement.querySelectorAll(".item")].filter((item) => !item.querySelector(".item"));
  const groups = [...section.querySelectorAll(".group")];
  const findings = [...section.querySelectorAll(".finding")];
  const input = field.querySelector("input");
  const output = field.querySelector("output");
  const lists = [...section.querySelectorAll(".names")];
  field.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase();
    for (const item of items) {
      const name = item.querySelector(".name").textContent;
      item.hidden = words !== "" && !name.toLowerCase().includes(words);
    }
    for (const group of groups) {
      group.hidden = !group.querySelector(".shot:not([hidden])");
      if (!group.hidden) for (const shot of group.querySelectorAll(".shot")) shot.hidden = false;
    }
    for (const finding of findings) finding.hidden = words !== "" && !finding.querySelector(".item:not([hidden])");
    for (const list of lists) list.open = words !== "" && list.querySelector("li:not([hidden])") !== null;
    const left = findings.filter((finding) => !finding.hidden).length;
    output.textContent = words === "" ? "" : "in " + left + (left === 1 ? " finding" : " findings");
  });
}
const open = (anchor) => {
  const target = anchor && document.getElementById(anchor);
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener("hashchange", () => open(location.hash.slice(1)));
open(location.hash.slice(1));
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});
