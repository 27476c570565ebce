// What Django's own widgets leave without a name that a screen reader could say, or name where nobody may.

/** The box that filters a list of choices has its help on an element without a role. */
function nameHelp() {
    for (const help of document.querySelectorAll(".help-tooltip[aria-label]")) {
        help.setAttribute("role", "img");
    }
}

/** A moment is two fields, and the label of both names neither: the word before each does. */
function nameMoments() {
    for (const field of document.querySelectorAll("p.datetime input:not([aria-label])")) {
        const label = field.closest(".form-row")?.querySelector("label, legend")?.textContent ?? "";
        const part = field.classList.contains("vTimeField") ? "time" : "date";
        field.setAttribute("aria-label", `${label.trim()} ${part}`.trim());
    }
}

// Django draws these boxes once the page is loaded, by a listener that was there first.
window.addEventListener("load", () => {
    nameHelp();
    nameMoments();
});
