// The editor of a journal by keyboard. What is typed goes to the server, which calculates, checks and keeps it:
// amounts are read in one place, and nothing here knows what money is.
import { Picker, describe } from "./pick.js";
import { Asker } from "./ask.js";

const MOST_ROWS = 100;
const CELLS = "input:not([type=hidden])";

const form = document.getElementById("editor");
const body = form.querySelector("#lines tbody");
const post = form.querySelector("#post");
const picker = new Picker(form.dataset.accounts, (input, account) => {
    rowOf(input).querySelector(".lf-name-of").textContent = `${account.code} · ${account.name}`;
    asker.changed();
});
const asker = new Asker(form, () => [...body.rows], show);
let isSent = false;
let last = null; // what the server found last, and the rows that it was asked about

const rowOf = (input) => input.closest("tbody tr");
const cellsOf = (row) => [...row.querySelectorAll(CELLS)];
const isAmount = (input) => input.name === "debit" || input.name === "credit";
const isEmpty = (row) => cellsOf(row).every((input) => !input.value.trim());

body.querySelectorAll("[name=account]").forEach(describe);

// Lines

function addRow() {
    if (body.rows.length >= MOST_ROWS) return null;
    const row = body.rows[body.rows.length - 1].cloneNode(true);
    cellsOf(row).forEach((input) => {
        input.value = "";
    });
    clear(row);
    body.append(row);
    number();
    return row;
}

function number() {
    [...body.rows].forEach((row, place) => {
        row.querySelector("th").textContent = String(place + 1);
        row.querySelector(".lf-said").id = `said-${place + 1}`;
        row.querySelectorAll("[aria-describedby]").forEach((input) => input.setAttribute("aria-describedby", `said-${place + 1}`));
        cellsOf(row).forEach((input) => {
            input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+(?!.*\d)/, String(place + 1)));
        });
    });
}

function clear(row) {
    mark(row, []);
    row.querySelector(".lf-name-of").textContent = "";
    row.querySelector(".lf-said").replaceChildren();
    row.querySelector(".lf-after").textContent = "";
}

/** Mark the cells that something is wrong with, for eyes and for assistive technology. */
function mark(row, refusals) {
    row.classList.toggle("lf-refused", refusals.length > 0);
    const wrong = new Set(refusals.map((one) => (one.field === "amount" ? "debit" : one.field)));
    if (wrong.has("debit")) wrong.add("credit");
    cellsOf(row).forEach((input) => input.toggleAttribute("aria-invalid", false));
    cellsOf(row).filter((input) => wrong.has(input.name)).forEach((input) => input.setAttribute("aria-invalid", "true"));
}

function copyAbove(row) {
    const above = row.previousElementSibling;
    if (!above) return;
    const from = cellsOf(above);
    cellsOf(row).forEach((input, place) => {
        input.value = from[place].value;
    });
    asker.changed();
}

function dropRow(row, input) {
    const place = cellsOf(row).indexOf(input);
    const next = row.nextElementSibling || row.previousElementSibling || addRow();
    row.remove();
    number();
    cellsOf(next)[place].focus();
    asker.changed();
}

/** The cell after this one; after an amount that is the next line, which is made where there is none. */
function next(input) {
    const row = rowOf(input);
    if (!row) return cellsOf(form)[cellsOf(form).indexOf(input) + 1];
    const cells = cellsOf(row);
    const following = cells[cells.indexOf(input) + 1];
    if (following && !(isAmount(input) && input.value.trim())) return following;
    const below = row.nextElementSibling || (isEmpty(row) ? null : addRow());
    return below ? cellsOf(below)[0] : post;
}

function goOn(input) {
    const target = next(input);
    target.focus();
    target.select?.();
}

// What the server found

function show(answer, rows) {
    last = { answer, rows };
    const totals = answer.totals.map((total) => totalRow(total));
    form.querySelector("#totals").replaceChildren(...totals);
    form.querySelector("#refusals").replaceChildren(...answer.refusals.map((one) => said("p", "errornote", one.message)));
    showRows();
}

/** What is found of each line; what is wrong with the one that is being typed in only when it is sent. */
function showRows({ isSent = false } = {}) {
    last?.rows.forEach((row, place) => {
        if (!row.isConnected) return;
        const found = last.answer.rows[place + 1];
        const isTyped = !isSent && row.contains(document.activeElement);
        if (found) fill(row, found, isTyped ? [] : found.refusals);
        else clear(row);
    });
    picker.place();
}

function fill(row, found, refusals) {
    row.querySelector(".lf-name-of").textContent = found.account;
    const after = row.querySelector(".lf-after");
    after.textContent = found.after ? `${found.after} ${found.currency}` : "";
    after.classList.toggle("lf-against", found.is_against);
    const note = found.note ? [said("li", "lf-quiet", found.note)] : [];
    row.querySelector(".lf-said").replaceChildren(
        ...note, ...refusals.map((one) => said("li", "lf-wrong", one.message)));
    mark(row, refusals);
    if (found.debit === null) return;
    const inputs = ["debit", "credit"].map((name) => row.querySelector(`[name=${name}]`));
    const isTyped = inputs.some((input) => input === document.activeElement && input.value.trim() !== "=");
    if (isTyped) return;
    inputs[0].value = found.debit;
    inputs[1].value = found.credit;
}

function totalRow(total) {
    const row = document.createElement("tr");
    const dimensions = body.rows[0].cells.length - 6;
    row.append(said("td", "", ""), said("td", "", total.currency), said("td", "", ""));
    for (let place = 0; place < dimensions; place++) row.append(said("td", "", ""));
    row.append(said("td", "lf-amount", total.debit), said("td", "lf-amount", total.credit));
    const last = said("td", "lf-amount", "");
    last.append(said("span", total.is_balanced ? "" : "lf-wrong", total.said));
    row.append(last);
    return row;
}

function said(tag, name, text) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.textContent = text;
    return element;
}

// Sending

/** Post, unless the server has just said what is in the way: then go there. */
async function send() {
    picker.close();
    if (asker.stops(await asker.settled())) stay();
    else form.requestSubmit(post);
}

function stay() {
    showRows({ isSent: true });
    const refused = body.querySelector(".lf-refused [name=account]") || form.querySelector("#lines input");
    refused.focus();
    form.querySelector("#state").textContent = form.querySelector(".lf-said .lf-wrong, .errornote:not([hidden])")?.textContent ?? "";
}

form.addEventListener("submit", (event) => {
    if (event.submitter === post && !event.submitter.dataset.checked) {
        event.preventDefault();
        if (isSent) return;
        asker.settled().then((answer) => {
            if (asker.stops(answer)) return stay();
            isSent = true;
            post.dataset.checked = "1";
            form.requestSubmit(post);
            return undefined;
        });
    } else if (asker.isBusy) {
        event.preventDefault();
        asker.settled().then(() => form.requestSubmit(event.submitter));
    } else {
        asker.stop();
    }
});

// Keys

function isPlain(event) {
    return !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
}

function onCommand(event) {
    const row = rowOf(event.target);
    if (event.key === "Enter") send();
    else if (row && event.key.toLowerCase() === "d") copyAbove(row);
    else if (row && event.key === "Backspace") dropRow(row, event.target);
    else return;
    event.preventDefault();
}

function onPlain(event) {
    const input = event.target;
    if (input.name === "account" && event.key === "Tab" && picker.isOpen) picker.take();
    if (event.key === "Enter") {
        event.preventDefault();
        if (input.name === "account" && picker.isOpen) picker.take();
        goOn(input);
    } else if (event.key === "Tab" && input.name === "credit" && !rowOf(input).nextElementSibling && !isEmpty(rowOf(input))) {
        event.preventDefault();
        goOn(input);
    } else if (event.key === "=" && isAmount(input) && !input.value.trim()) {
        event.preventDefault();
        input.value = "=";
        asker.now();
    }
}

form.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.isComposing || !(input instanceof HTMLElement)) return;
    if (event.ctrlKey || event.metaKey) return onCommand(event);
    if (!input.matches(CELLS)) return undefined;
    if (input.name === "account" && picker.key(event)) {
        event.stopPropagation(); // Escape leaves the list, not the cell
        return event.preventDefault();
    }
    if (isPlain(event)) return onPlain(event);
    return undefined;
});
form.addEventListener("input", (event) => {
    if (event.target.name === "account") picker.look(event.target);
    asker.changed();
});
form.addEventListener("focusin", () => showRows());
form.addEventListener("focusout", (event) => {
    if (event.target.name === "account") picker.close();
    if (isAmount(event.target)) asker.changed();
});
