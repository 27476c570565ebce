// Rows of a list that are ticked, by a box or the key x, are counted below it, and their amounts are summed per column and
// currency. Sums are of what stands in <data value data-currency>, exactly: no amount becomes a floating-point number.

const table = document.getElementById("result_list");
const place = document.getElementById("lf-sums");
const BOX = "input.action-select, input.lf-select";

/** A decimal string as a whole number of units of 10 ** -decimals. */
function read(text) {
    const [whole, decimals = ""] = text.split(".");
    return { units: BigInt(whole + decimals), decimals: decimals.length };
}

function add(one, other) {
    const decimals = Math.max(one.decimals, other.decimals);
    const scaled = (amount) => amount.units * 10n ** BigInt(decimals - amount.decimals);
    return { units: scaled(one) + scaled(other), decimals };
}

/** As the pages write it for whoever looks. */
function write({ units, decimals }) {
    const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals);
    const rest = digits.slice(digits.length - decimals);
    const { minus, group, decimal } = place.dataset;
    const places = "indian" in place.dataset ? /(?<=\d)(?=(\d\d)*\d{3}$)/g : /(?<=\d)(?=(\d{3})+$)/g;
    return (units < 0n ? minus : "") + whole.replace(places, group) + (rest ? decimal + rest : "");
}

function ticked() {
    return [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.querySelector(BOX)?.checked);
}

/** The sums of these rows: of each column a map from currency to amount, in the order of the page. */
function sumsOf(rows) {
    const sums = new Map();
    for (const amount of rows.flatMap((row) => [...row.querySelectorAll("data[data-currency]")])) {
        const column = table.tHead.rows[0].cells[amount.closest("td, th").cellIndex].textContent.trim();
        const ofColumn = sums.get(column) ?? sums.set(column, new Map()).get(column);
        const found = read(amount.value);
        const before = ofColumn.get(amount.dataset.currency);
        ofColumn.set(amount.dataset.currency, before ? add(before, found) : found);
    }
    return sums;
}

function show() {
    const rows = ticked();
    place.hidden = rows.length === 0;
    const all = table.querySelector("input.lf-select-all");
    if (all) {
        const boxes = table.querySelectorAll("tbody input.lf-select").length;
        all.checked = rows.length === boxes;
        all.indeterminate = rows.length > 0 && rows.length < boxes;
    }
    const parts = [`${rows.length} ${place.dataset.selected}`];
    for (const [column, amounts] of sumsOf(rows)) {
        const written = [...amounts].map(([currency, amount]) => `${write(amount)} ${currency}`);
        parts.push(`${column} ${written.join(", ")}`);
    }
    place.textContent = parts.join(" · ");
}

function boxCalled(name, className) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = className;
    box.setAttribute("aria-label", name);
    return box;
}

/** Boxes for a list that has none, because nothing can be done with several of its rows. */
function addBoxes() {
    const all = boxCalled(place.dataset.selectAll, "lf-select-all");
    const head = document.createElement("th");
    head.scope = "col";
    head.className = "lf-box";
    head.append(all);
    table.tHead.rows[0].prepend(head);
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
        const name = row.querySelector("th, a, td")?.textContent.trim() ?? "";
        const cell = row.insertCell(0);
        cell.className = "lf-box";
        cell.append(boxCalled(`${place.dataset.select} ${name}`, "lf-select"));
    }
    all.addEventListener("change", () => {
        table.querySelectorAll("input.lf-select").forEach((box) => {
            box.checked = all.checked;
        });
    });
}

if (table && place && table.querySelector("tbody data[data-currency]")) {
    if (!table.querySelector(BOX)) {
        addBoxes();
    }
    table.addEventListener("change", show);
    show(); // what was ticked before, when the browser comes back to the page
}
