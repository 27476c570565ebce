// Keys of a page: a single key presses what carries it as `data-key`, Ctrl Enter sends the form.

const TEXT_FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=submit]), textarea, select, [contenteditable]";

/** Whether somebody is typing, so that a single key is a letter. */
export function isTyping(target) {
    return target instanceof Element && target.closest(TEXT_FIELDS) !== null;
}

document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        const button = event.target.closest?.("form")?.querySelector("[data-send]");
        if (button) {
            event.preventDefault();
            button.click();
        }
        return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || isTyping(event.target)) return;
    const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (pressed) {
        event.preventDefault();
        pressed.click();
    }
});
