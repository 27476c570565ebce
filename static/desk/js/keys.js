// Keys of the desk, of lists, and of what carries one as data-key. Single ones do nothing while somebody types, or where
// the person does not want them.

const OFF = ".lf-without-keys, [data-single-keys=off]";
const SEQUENCE_MS = 1500; // between the two keys of "g j"
const LISTS = "table[data-keys=list] > tbody > tr, #result_list > tbody > tr";
const FIELDS = "input:not([type=hidden]):not([type=submit]):not(:disabled), select:not(:disabled)";
const NO_TEXT = ["checkbox", "radio", "button", "submit", "reset", "image", "file"];
const help = document.getElementById("lf-keys");
const said = document.getElementById("lf-keys-said");

let begun = ""; // the first key of a sequence
let timer = 0;
let lastSelected = null;

function isTyping(element) {
    const field = element.closest("input, textarea, select, [contenteditable]");
    return field !== null && !(field.matches("input") && NO_TEXT.includes(field.type));
}

function rows() {
    return [...document.querySelectorAll(LISTS)].filter((row) => row.offsetParent !== null);
}

function currentRow() {
    return document.activeElement?.closest(LISTS) ?? null;
}

function focusRow(row) {
    const link = row.querySelector("a[href]");
    if (!link) {
        row.tabIndex = -1;
    }
    (link ?? row).focus();
    row.scrollIntoView({ block: "nearest" });
}

function move(step) {
    const all = rows();
    const here = all.indexOf(currentRow());
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step;
    if (all[next]) {
        focusRow(all[next]);
    }
}

function select(isRange) {
    const all = rows();
    const here = all.indexOf(currentRow());
    const from = isRange && all.includes(lastSelected) ? all.indexOf(lastSelected) : here;
    for (const row of all.slice(Math.min(from, here), Math.max(from, here) + 1)) {
        const field = row.querySelector("input[type=checkbox]:not(:disabled)");
        if (field && (!isRange || !field.checked)) {
            field.click(); // so that whatever listens to it is told
        }
    }
    lastSelected = all[here] ?? null;
    if (lastSelected) {
        focusRow(lastSelected);
    }
}

function filter() {
    const place = document.querySelector("[data-keys=filters], form.lf-filters, form.lf-find-form, #changelist-search");
    const closed = place?.closest("details");
    if (closed) {
        closed.open = true;
    }
    const field = place?.querySelector(FIELDS);
    field?.focus();
    field?.select?.(); // what was looked for before is written over
    return Boolean(field);
}

function follow(selector) {
    const found = document.querySelector(selector);
    found?.click();
    return found !== null;
}

function turn(rel, step) {
    if (follow(`a[rel=${rel}]`)) {
        return true;
    }
    const here = document.querySelector(".paginator .this-page");
    const place = step < 0 ? here?.previousElementSibling : here?.nextElementSibling;
    (place?.matches("a") ? place : place?.querySelector("a"))?.click();
    return Boolean(place);
}

function up() {
    const links = [...document.querySelectorAll(".breadcrumbs a[href]")];
    const above = links.filter((link) => link.pathname !== location.pathname).at(-1);
    above?.click();
    return above !== undefined;
}

function otherBooks() {
    const menu = document.querySelector("details.lf-books");
    if (menu) {
        menu.open = true;
        (menu.querySelector("a:not([aria-current])") ?? menu.querySelector("summary")).focus();
    }
    return menu !== null;
}

function savedViews() {
    const found = document.querySelector("[data-keys=views] :is(a, summary)");
    found?.focus();
    return Boolean(found);
}

async function copyLink() {
    try {
        await navigator.clipboard.writeText(location.href);
        said.textContent = said.dataset.copied;
    } catch {
        said.textContent = location.href; // without https a page may not write there: it can be copied from here
    }
}

// What each key does; false where this page has nothing for it, and then the key is the browser's.
const LIST_KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => select(false),
    X: () => select(true),
};
const KEYS = {
    e: otherBooks,
    f: filter,
    "[": () => turn("prev", -1),
    "]": () => turn("next", 1),
    u: up,
    v: savedViews,
    p: () => window.print(),
    y: copyLink,
    "?": showHelp,
};

function keyed(sequence) {
    const found = [...document.querySelectorAll("[data-key]")].filter((element) => element.dataset.key === sequence);
    return found.find((element) => !help.contains(element)) ?? found[0]; // what the page has of its own comes first
}

function beginsSequence(key) {
    return [...document.querySelectorAll("[data-key]")].some((element) => element.dataset.key.startsWith(`${key} `));
}

function showHelp() {
    document.getElementById("lf-keys-list").hidden = rows().length === 0;
    const others = [...document.querySelectorAll("[data-key]")].filter((element) => !help.contains(element));
    const page = document.getElementById("lf-keys-page");
    page.hidden = others.length === 0;
    page.querySelector("dl").replaceChildren(...others.map(entryOf));
    help.showModal();
}

function entryOf(element) {
    const entry = document.createElement("div");
    const key = document.createElement("kbd");
    key.textContent = element.dataset.key;
    const name = document.createElement("dt");
    name.append(key);
    const what = document.createElement("dd");
    what.textContent = element.getAttribute("aria-label") ?? (element.value || element.textContent).trim();
    entry.append(name, what);
    return entry;
}

function actOn(key) {
    const sequence = begun ? `${begun} ${key}` : key;
    const isSecond = begun !== "";
    begun = "";
    clearTimeout(timer);
    const element = keyed(sequence);
    if (element) {
        element.click();
        return true;
    }
    if (isSecond) {
        return true; // a sequence that there is not does nothing, rather than half of it
    }
    if (beginsSequence(key)) {
        begun = key;
        timer = setTimeout(() => {
            begun = "";
        }, SEQUENCE_MS);
        return true;
    }
    const does = (rows().length ? LIST_KEYS[key] : undefined) ?? KEYS[key];
    return does !== undefined && does() !== false;
}

function send(event) {
    const button = event.target.closest?.("form")?.querySelector("[data-send]");
    if (button) {
        event.preventDefault();
        button.click();
    }
}

function onKey(event) {
    if (event.defaultPrevented || event.isComposing) {
        return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) {
        if (event.key === "Enter" && !event.altKey) {
            send(event);
        }
        return;
    }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
        document.activeElement?.blur(); // out of a field, so that keys work again
        return;
    }
    const isOff = document.body.matches(OFF);
    if (isOff || event.key.length !== 1 || isTyping(event.target) || document.querySelector("dialog[open]")) {
        return;
    }
    if (actOn(event.key)) {
        event.preventDefault();
    }
}

if (help) {
    document.addEventListener("keydown", onKey);
    if (document.body.matches(OFF)) {
        help.querySelectorAll("[data-single], #lf-keys-list").forEach((element) => element.remove());
    }
}
