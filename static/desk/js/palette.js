// The palette: a dialog that finds as somebody types, and gives commands. Without script the box in the header is a form.

const OFF = ".lf-without-keys, [data-single-keys=off]"; // the person wants no single keys
const WAIT_MS = 120; // until somebody has typed on
const box = document.querySelector("form[data-palette]");
const dialog = document.getElementById("lf-palette");
const text = document.getElementById("lf-palette-text");
const hits = document.getElementById("lf-palette-hits");
const status = document.getElementById("lf-palette-status");

let options = [];
let active = -1;
let shownFor = null; // the text that the hits belong to
let timer = 0;
let asking = null;

function isTyping(element) {
    return element.closest("input, textarea, select, [contenteditable]") !== null;
}

function open() {
    if (dialog.open) {
        return;
    }
    text.value = "";
    dialog.showModal();
    text.focus();
    ask();
}

async function ask() {
    const wanted = text.value;
    asking?.abort();
    asking = new AbortController();
    const address = `${box.dataset.palette}?${new URLSearchParams({ q: wanted })}`;
    try {
        const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "application/json" } });
        if (!answer.ok || answer.redirected) {
            throw new Error(String(answer.status));
        }
        show(await answer.json(), wanted);
    } catch (error) {
        if (error.name !== "AbortError") {
            show({ groups: [], note: status.dataset.failed }, wanted);
        }
    }
}

function show(found, wanted) {
    shownFor = wanted;
    options = [];
    hits.replaceChildren(...found.groups.map(groupOf));
    text.setAttribute("aria-expanded", String(options.length > 0));
    choose(options.length ? 0 : -1);
    const count = options.length ? `${options.length} ${status.dataset.some}` : status.dataset.none;
    status.textContent = found.note || (wanted ? count : "");
}

function groupOf(group, place) {
    const element = document.createElement("div");
    element.setAttribute("role", "group");
    const title = document.createElement("div");
    title.className = "lf-palette-title";
    title.id = `lf-palette-group-${place}`;
    title.textContent = group.title;
    element.setAttribute("aria-labelledby", title.id);
    element.append(title, ...group.hits.map(optionOf));
    return element;
}

function optionOf(hit) {
    const element = document.createElement("div");
    element.setAttribute("role", "option");
    element.id = `lf-palette-hit-${options.length}`;
    element.dataset.url = hit.url;
    element.append(...["title", "detail", "amount"].map((name) => partOf(name, hit[name])));
    element.addEventListener("click", () => location.assign(hit.url));
    options.push(element);
    return element;
}

function partOf(name, value) {
    const element = document.createElement("span");
    element.className = `lf-palette-${name}`;
    element.textContent = value;
    return element;
}

function choose(place) {
    options[active]?.removeAttribute("aria-selected");
    active = place;
    const chosen = options[place];
    if (chosen) {
        chosen.setAttribute("aria-selected", "true");
        chosen.scrollIntoView({ block: "nearest" });
        text.setAttribute("aria-activedescendant", chosen.id);
    } else {
        text.removeAttribute("aria-activedescendant");
    }
}

function move(step) {
    if (options.length) {
        choose((active + step + options.length) % options.length);
    }
}

function onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
        event.preventDefault();
        move(step);
    } else if (event.key === "Enter" && !event.isComposing && options[active] && shownFor === text.value) {
        event.preventDefault(); // hits of an older text are not opened: the form leads to the page of finding
        location.assign(options[active].dataset.url);
    }
}

function onShortcut(event) {
    const isControlK = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && event.key === "/";
    const mayBeSingle = !document.body.matches(OFF) && !isTyping(event.target);
    if (isControlK || (isPlain && mayBeSingle && !document.querySelector("dialog[open]"))) {
        event.preventDefault();
        open();
    }
}

if (box && dialog) {
    document.addEventListener("keydown", onShortcut);
    text.addEventListener("keydown", onKey);
    text.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(ask, WAIT_MS);
    });
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog) {
            dialog.close(); // beside it
        }
    });
    dialog.addEventListener("close", () => {
        clearTimeout(timer);
        asking?.abort();
    });
}
