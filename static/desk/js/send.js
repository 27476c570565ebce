// Ctrl Enter sends the form that somebody is in, by its button with data-send.

document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = event.target.closest?.("form")?.querySelector("[data-send]");
    if (button) {
        event.preventDefault();
        button.click();
    }
});
