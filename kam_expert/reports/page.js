const all = (open) => document.querySelectorAll("details").forEach((each) => { each.open = open; });
const bar = document.getElementById("folding");
bar.hidden = false;
bar.children[0].addEventListener("click", () => all(true));
bar.children[1].addEventListener("click", () => all(false));
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((each) => { each.open = true; });
});
addEventListener("afterprint", () => closed.forEach((each) => { each.open = false; }));
