const list = document.querySelector("#recipes");
const recipes = await (await fetch("/api/recipes")).json();
for (const { name, minutes } of recipes) {
  const item = document.createElement("li");
  item.textContent = `${name}, ${minutes} minutes`;
  list.append(item);
}
