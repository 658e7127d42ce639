const all = (open) => document.querySelectorAll("details").forEach((each) => { each.open = open; });
const folding = document.getElementById("folding");
folding.hidden = false;
folding.children[0].addEventListener("click", () => all(true));
folding.children[1].addEventListener("click", () => all(false));
