// A box with data-confirms="id of a field" confirms what stands in that field: its value says what that was when it was
// ticked, and another value takes the tick away. The server compares both.
document.querySelectorAll("[data-confirms]").forEach((box) => {
    const field = document.getElementById(box.dataset.confirms);
    box.addEventListener("change", () => {
        box.value = field.value;
    });
    field.addEventListener("input", () => {
        box.checked = false;
    });
});
